import type { Readable } from 'node:stream';

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
export interface ExecOptions extends ExecProcessOptions {
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
  /** The most bytes that are collected of each output: beyond, the session is killed, and the result is an error, ERR_OUTPUT_LIMIT. 100 MB unless given. */
  readonly maxBuffer?: number | undefined;
  /** How collected output is told: as text in this encoding, utf8 unless given, or as `buffer`. */
  readonly encoding?: BufferEncoding | 'buffer' | undefined;
  /** Whether a code other than 0, or a timeout, is an error, ERR_EXEC_FAILED, with the result as its `cause`; false unless given. */
  readonly reject?: boolean | undefined;
}

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
}
