import type { Readable, Writable } from 'node:stream';
import { millisecondsOf } from '../base/seconds.js';
import type { AttachEnd, MonitorConnection } from '../monitor/connection.js';
import { anything, flag, number, object, text, type Shape } from '../spec/shape.js';
import type { ContainerCore } from './core.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys, withDetachKeys } from './detach-keys.js';

/** The streams of what runs. With a terminal all output comes on stdout. */
export interface RunningStreams {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** There if stdin is kept open, and was attached; ending it ends the container's stdin. */
  readonly stdin: Writable | undefined;
  /** Tells the terminal its new size. */
  resize(rows: number, columns: number): void;
}

/** The streams of a container. */
export interface AttachedStreams extends RunningStreams {
  /** How it ended, once it has. It is never rejected. */
  readonly ended: Promise<AttachEnd>;
  /** Lets the container go on without us: the streams end. */
  detach(): void;
}

/** How to attach to a container. */
export interface AttachOptions {
  /** Whether stdin is attached too, if the container keeps one; true unless given. */
  readonly stdin?: boolean | undefined;
  /**
   * The keys that detach when they are written to stdin: letters and `ctrl-LETTER`, with commas between; '' for none.
   * `ctrl-p,ctrl-q` unless given, and none without a terminal, where stdin may be any bytes.
   */
  readonly detachKeys?: string | undefined;
  /**
   * Seconds for which a reader that does not read may hold the container's writes back, and with them the log and the other
   * clients; then it is cut off, with ERR_TIMEOUT on its streams. 10 unless given; 0 for ever, which is what
   * `startAndAttach` has.
   */
  readonly stallTimeout?: number | undefined;
  /** The size of the terminal, which it has then from the first byte on. */
  readonly size?: { readonly rows: number; readonly columns: number } | undefined;
  /** Detaches when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What the members of AttachOptions must look like. */
export const ATTACH_MEMBERS: Readonly<Record<keyof AttachOptions, Shape>> = {
  stdin: flag,
  detachKeys: text,
  stallTimeout: number,
  size: object<NonNullable<AttachOptions['size']>>({ rows: number, columns: number }, 'rows', 'columns'),
  signal: anything,
};

/** Who comes later than the start is a guest. */
export const GUEST_STALL_SECONDS = 10;

/**
 * Looks at the options of an attach, before there is anything that would have to be undone.
 *
 * @param stallTimeout what it is unless the options say
 * @returns attaches to the container through a connection to its monitor
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function prepareAttach(
  core: ContainerCore,
  options: AttachOptions,
  stallTimeout: number,
): (connection: MonitorConnection) => AttachedStreams {
  const terminal = core.config.spec.process.terminal === true;
  const keys = parseDetachKeys(options.detachKeys ?? (terminal ? DEFAULT_DETACH_KEYS : ''));
  const patience = Math.ceil(
    millisecondsOf('the stall timeout of an attach', options.stallTimeout ?? stallTimeout),
  );
  return (connection) => attach(core, connection, options, { keys, patience });
}

function attach(
  core: ContainerCore,
  connection: MonitorConnection,
  options: AttachOptions,
  { keys, patience }: { readonly keys: Buffer; readonly patience: number },
): AttachedStreams {
  // The stdin of a passthrough is its starter's own: read here as well, each byte would reach one of the two.
  const kept = core.config.stdin && core.config.logDriver !== 'passthrough';
  const input = kept && options.stdin !== false;
  const { stdout, stderr, ended } = connection.attach({ input, patience });
  if (options.size !== undefined) connection.send({ type: 'resize', ...options.size });
  const detach = (): void => connection.detach();
  const { signal } = options;
  if (signal?.aborted === true) detach();
  signal?.addEventListener('abort', detach, { once: true });
  void ended.then(() => signal?.removeEventListener('abort', detach));
  const stdin = input ? connection.stdin() : undefined;
  return {
    stdout,
    stderr,
    stdin: stdin !== undefined && keys.length > 0 ? withDetachKeys(stdin, keys, detach) : stdin,
    resize: (rows, columns) => connection.send({ type: 'resize', rows, columns }),
    ended,
    detach,
  };
}
