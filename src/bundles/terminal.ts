import { once } from 'node:events';
import { RawTerminal } from '../linux/raw-terminal.js';
import type { Readable, Writable } from 'node:stream';

/** The size of a terminal in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** What serves a terminal: a connection to a helper that has its master. */
export interface TerminalSource {
  attach(options: { input: boolean; patience: number }): { stdout: Readable };
  stdin(): Writable;
}

/** A terminal that is connected with the one of this process. */
export interface ServedTerminal extends Disposable {
  /** Settles when all of its output was passed on. */
  readonly ended: Promise<unknown>;
}

/**
 * Connects a terminal of a container with the terminal of this process: bytes both ways, and the size.
 *
 * @param resize tells the container's terminal a size
 */
export function serveTerminal(source: TerminalSource, resize: (size: TerminalSize) => void): ServedTerminal {
  const raw = process.stdin.isTTY ? new RawTerminal(process.stdin.fd) : undefined;
  const { stdout } = source.attach({ input: true, patience: 0 });
  const input = source.stdin();
  process.stdin.pipe(input);
  stdout.pipe(process.stdout, { end: false });
  const tellSize = (): void => {
    if (process.stdout.isTTY) resize({ rows: process.stdout.rows, columns: process.stdout.columns });
  };
  tellSize();
  process.stdout.on('resize', tellSize);
  return {
    ended: stdout.readableEnded ? Promise.resolve() : once(stdout, 'close'),
    [Symbol.dispose]: () => {
      process.stdout.off('resize', tellSize);
      process.stdin.unpipe(input);
      process.stdin.pause();
      raw?.[Symbol.dispose]();
    },
  };
}
