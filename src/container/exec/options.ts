import type { Readable } from 'node:stream';
import { PRESERVE_MEMBERS, type PreserveOptions } from '../preserve.js';
import { anything, flag, number, object, oneOf, record, text, type Shape } from '../../spec/shape.js';

/** What an exec session runs as. */
export interface ExecProcessOptions {
  /** Whether it has a terminal of its own. All output then comes on stdout. */
  readonly tty?: boolean | undefined;
  /** Its first size; 0 by 0 unless given. */
  readonly rows?: number | undefined;
  readonly columns?: number | undefined;
  /** `user`, `user:group`, names or numbers of the container's own /etc/passwd; the container's user unless given. */
  readonly user?: string | undefined;
  /** Variables in addition to the container's; these win. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The working directory; the container's unless given. It must be there. */
  readonly cwd?: string | undefined;
  /** All capabilities, whatever the container has. Its system call filter, namespaces and limits hold all the same. */
  readonly privileged?: boolean | undefined;
  /** Whether stdin is open, and taken from clients; it is /dev/null unless this or `input` is given. */
  readonly stdin?: boolean | undefined;
}

/** How a command runs in a container. */
export interface ExecOptions extends ExecProcessOptions, PreserveOptions {
  /** What comes on stdin, to its end. */
  readonly input?: string | Uint8Array | Readable | undefined;
  /** Kills every process of the session; the result is then an error, ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds after which every process of the session is killed, also if this process has ended; the result says so. */
  readonly timeout?: number | undefined;
  /** Whether to leave it alone once it runs: no streams, no result but a code of 0. It outlives this process. */
  readonly detach?: boolean | undefined;
  /** Whether the session is killed when this process ends before it; true unless given. Of no meaning with `detach`. */
  readonly cleanup?: boolean | undefined;
  /** Whether to collect the output for the result; true unless given. Else both streams have to be read, or destroyed. */
  readonly buffer?: boolean | undefined;
  /** Whether there is a third stream, `all`, with both outputs in the order in which they were read; also in the result, then. */
  readonly all?: boolean | undefined;
  /**
   * The keys that leave the command to itself when they are written to `stdin`, as those of an attach do: the streams end, and
   * the result says `detached`. `ctrl-p,ctrl-q` unless given, and none without a terminal.
   */
  readonly detachKeys?: string | undefined;
  /** The most bytes that are collected of each output: beyond, the session is killed, and the result is an error, ERR_OUTPUT_LIMIT. 100 MB unless given. */
  readonly maxBuffer?: number | undefined;
  /** How collected output is told: as text in this encoding, utf8 unless given, or as `buffer`. */
  readonly encoding?: BufferEncoding | 'buffer' | undefined;
  /** Whether a code other than 0, or a timeout, is an error, ERR_EXEC_FAILED, with the result as its `cause`; false unless given. */
  readonly reject?: boolean | undefined;
}

/** Options of whoever takes part in a session that there is already. */
export type ExecAttachOptions = Pick<
  ExecOptions,
  'stdin' | 'input' | 'signal' | 'buffer' | 'all' | 'detachKeys' | 'maxBuffer' | 'encoding' | 'reject'
>;

/** How a command ended. */
export interface ExecResult<Output extends string | Buffer = string> {
  /** The session's ID. */
  readonly id: string;
  readonly command: readonly string[];
  /** The exit status; 128 + signal after a signal. */
  readonly exitCode: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
  /** Whether its time was up. */
  readonly timedOut: boolean;
  /** What it wrote, as far as it was collected. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** Both, in the order in which they were read; there with `all: true`. */
  readonly all: Output | undefined;
  /** Whether it was left by the detach keys, and goes on: the exit code is 0 then. */
  readonly detached: boolean;
}

const PROCESS_MEMBERS: Readonly<Record<keyof ExecProcessOptions, Shape>> = {
  tty: flag,
  rows: number,
  columns: number,
  user: text,
  env: record(text),
  // Its own sentence is clearer: process.ts.
  cwd: anything,
  privileged: flag,
  stdin: flag,
};

/** What takes part in a session, made or found. */
const STREAM_MEMBERS: Readonly<Record<keyof ExecAttachOptions, Shape>> = {
  stdin: flag,
  input: anything,
  signal: anything,
  buffer: flag,
  all: flag,
  detachKeys: text,
  maxBuffer: number,
  encoding: oneOf(
    'buffer',
    'utf8',
    'utf-8',
    'ascii',
    'latin1',
    'binary',
    'base64',
    'base64url',
    'hex',
    'ucs2',
    'ucs-2',
    'utf16le',
    'utf-16le',
  ),
  reject: flag,
};

export const EXEC_CREATE_OPTIONS = object<ExecProcessOptions>(PROCESS_MEMBERS);
export const EXEC_ATTACH_OPTIONS = object<ExecAttachOptions>(STREAM_MEMBERS);
export const EXEC_OPTIONS = object<ExecOptions>({
  ...PROCESS_MEMBERS,
  ...STREAM_MEMBERS,
  ...PRESERVE_MEMBERS,
  timeout: number,
  detach: flag,
  cleanup: flag,
});
