import type { Readable, Writable } from 'node:stream';
import type { MonitorConnection } from '../monitor/connection.js';
import type { ContainerCore } from './core.js';

/** The streams of a container. With a terminal all output comes on stdout. */
export interface AttachedStreams {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** There if the container keeps stdin open; ending it ends the container's stdin. */
  readonly stdin: Writable | undefined;
  /** Tells the terminal its new size. */
  resize(rows: number, columns: number): void;
}

/** Attaches to a container through a connection to its monitor. */
export function attach(core: ContainerCore, connection: MonitorConnection): AttachedStreams {
  const { stdout, stderr } = connection.attach();
  return {
    stdout,
    stderr,
    stdin: core.config.stdin ? connection.stdin() : undefined,
    resize: (rows, columns) => connection.send({ type: 'resize', rows, columns }),
  };
}
