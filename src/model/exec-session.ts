/** The states of an exec session, with libpod's strings. */
export const EXEC_SESSION_STATES = ['created', 'running', 'stopped'] as const;
export type ExecSessionState = (typeof EXEC_SESSION_STATES)[number];

/** A further command inside of a container (ExecSession of libpod, and what later versions know of it). */
export interface ExecSession {
  readonly id: string;
  readonly containerId: string;
  /** The command and its arguments; of one beyond 60 KB the first words. */
  readonly command: readonly string[];
  /** The PID on the host; 0 before the start. That of another process, perhaps, once the session has stopped. */
  readonly pid: number;
  readonly state: ExecSessionState;
  /** 128 + signal after a signal; 126 and 127 for a command that cannot be executed or is not there. 0 before the end. */
  readonly exitCode: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
  readonly timedOut: boolean;
  /** Whether it has a terminal of its own, and whether its stdin is open. Known once it was started. */
  readonly tty: boolean;
  readonly stdin: boolean;
  /** ISO 8601; '' for what has not come yet. */
  readonly createdTime: string;
  readonly startedTime: string;
  readonly finishedTime: string;
}
