import type { Readable } from 'node:stream';
import type { Container, RunningStreams } from '../index.js';
import { RawTerminal } from '../linux.js';
import { BROKEN_PIPE_STATUS, isReaderGone, unwritable } from './output/broken-pipe.js';
import { ExitError, UsageError } from './errors.js';
import { proxySignals } from './signals.js';
import { onTerminalGone } from './terminal.js';

/** How a container runs in the foreground. */
export interface ForegroundOptions {
  /** Forward this process's stdin. */
  readonly interactive?: boolean | undefined;
  /** The container has a terminal. */
  readonly tty?: boolean | undefined;
  /** Pass signals on; true unless given. */
  readonly sigProxy?: boolean | undefined;
  /** The keys that leave the container to itself. */
  readonly detachKeys?: string | undefined;
  /** The container goes when it ends: nobody would find it if it went on unread, so it is killed then. */
  readonly throwaway?: boolean | undefined;
  /** Descriptors of ours that it is given if it is started. */
  readonly preserveFds?: readonly (number | undefined)[] | undefined;
  /** Which of its streams are ours; all unless given. What nobody reads flows to nobody. */
  readonly attached?: readonly Standard[] | undefined;
}

/** A standard stream, as --attach names it. */
export type Standard = 'stdin' | 'stdout' | 'stderr';

/** Copies a stream to the end, holding the container back when the reader is slow. Answers whether the reader stayed. */
function copy(from: Readable, to: NodeJS.WriteStream): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const gone = (error: NodeJS.ErrnoException): void => {
      from.unpipe(to);
      // The monitor's answers come behind the output: it has to flow, even to nobody.
      from.resume();
      if (isReaderGone(error)) resolve(false);
      else reject(new UsageError(unwritable(error)));
    };
    // In front of the listener that ends the program: here the container is to be thought of.
    to.removeAllListeners('error').on('error', gone);
    from.once('end', () => to.write('', () => resolve(true))).once('error', reject);
    from.pipe(to, { end: false });
  });
}

/** Forwards stdin and its end. */
function forwardInput(streams: RunningStreams): void {
  if (streams.stdin === undefined) return;
  // The container may end, or close its stdin, before we have sent everything.
  streams.stdin.on('error', () => undefined);
  process.stdin.on('error', () => streams.stdin?.end());
  process.stdin.pipe(streams.stdin);
}

/** The signals whose default would end us with the terminal still raw. */
const ENDS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

/** Makes our terminal raw, so that keys reach the container's; answers how to undo it. */
function takeTerminal(streams: RunningStreams, interactive: boolean): () => void {
  const resize = (): void => streams.resize(process.stdout.rows, process.stdout.columns);
  if (process.stdout.isTTY) {
    resize();
    process.stdout.on('resize', resize);
  }
  if (!interactive || !process.stdin.isTTY) return () => process.stdout.off('resize', resize);
  const raw = new RawTerminal(process.stdin.fd);
  const restore = (): void => raw[Symbol.dispose]();
  // Whatever ends this process, the shell gets back the terminal that it had. A signal that is passed on to the container
  // does not end us.
  const end = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    restore();
    process.off(signal, end);
    process.kill(process.pid, signal);
  };
  for (const signal of ENDS) process.on(signal, end);
  process.once('exit', restore);
  return () => {
    process.stdout.off('resize', resize);
    process.off('exit', restore);
    for (const signal of ENDS) process.off(signal, end);
    restore();
  };
}

/**
 * Starts a container, unless it runs, and stands in for it until it ends: its streams are ours, our signals its.
 *
 * @returns its exit code: 128 + signal after a signal; 0 if it was left by the detach keys
 * @throws LibpodError if it does not start; ExitError if nobody reads its output any more
 */
export async function runInForeground(container: Container, options: ForegroundOptions): Promise<number> {
  const { tty = false, sigProxy = true } = options;
  const interactive = (options.interactive ?? false) && (options.attached?.includes('stdin') ?? true);
  // Before the start: a signal that comes meanwhile waits until there is somebody to get it.
  const signals = sigProxy ? proxySignals(container, tty) : undefined;
  let giveBack: (() => void) | undefined;
  let ignoreHangup: (() => void) | undefined;
  const left = new AbortController();
  try {
    const running = ['running', 'stopping', 'paused'].includes(await container.state());
    const attach = {
      stdin: interactive,
      detachKeys: options.detachKeys,
      size:
        tty && process.stdout.isTTY
          ? { rows: process.stdout.rows, columns: process.stdout.columns }
          : undefined,
    };
    const streams = running
      ? await container.attach(attach)
      : await container.startAndAttach({
          ...attach,
          preserveFds: options.preserveFds,
        });
    signals?.started();
    if (tty) giveBack = takeTerminal(streams, interactive);
    if (interactive) forwardInput(streams);
    // Asked for at once: the answer of a throwaway container comes once, and the wait keeps this process alive.
    const ended = container.wait({ signal: left.signal });
    ended.catch(() => undefined);
    const read = copyAll(streams, options.attached);
    // What runs in there may not care for a hangup, and never write again.
    const hungUp = new Promise<boolean>((resolve) => {
      ignoreHangup = onTerminalGone(() => resolve(false));
    });
    if (!(await Promise.race([read, hungUp]))) {
      if (options.throwaway) await container.stop({ timeout: 0 });
      throw new ExitError(BROKEN_PIPE_STATUS);
    }
    if ((await streams.ended) === 'detached') return 0;
    return (await ended).exitCode;
  } finally {
    left.abort();
    giveBack?.();
    ignoreHangup?.();
    signals?.stop();
    process.stdin.unpipe();
    process.stdin.pause();
  }
}

/** Copies the outputs that are attached; false as soon as one reader is gone. */
async function copyAll(streams: RunningStreams, attached?: readonly Standard[]): Promise<boolean> {
  const both = (['stdout', 'stderr'] as const).flatMap((name) => {
    if (attached?.includes(name) ?? true) return [copy(streams[name], process[name])];
    streams[name].resume();
    return [];
  });
  const gone = both.map((one) =>
    one.then((stayed) => (stayed ? new Promise<boolean>(() => undefined) : false)),
  );
  return Promise.race([...gone, Promise.all(both).then((stayed) => stayed.every(Boolean))]);
}

/**
 * Stands in for something that runs with streams of its own, until these end: ours are its, and our terminal, if it has one.
 *
 * @returns false if nobody reads its output any more
 */
export async function passThrough(
  streams: RunningStreams,
  { interactive = false, tty = false }: Pick<ForegroundOptions, 'interactive' | 'tty'>,
): Promise<boolean> {
  const giveBack = tty ? takeTerminal(streams, interactive) : undefined;
  try {
    if (interactive) forwardInput(streams);
    return await copyAll(streams);
  } finally {
    giveBack?.();
    process.stdin.unpipe();
    process.stdin.pause();
  }
}
