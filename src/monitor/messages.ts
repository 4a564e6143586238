// Generated from native/launch/launch.json by scripts/generate-launch.mjs; do not edit.
import type { ArgumentType } from '../launch/instructions.js';

/** The version of the control protocol; it grows when a message changes. */
export const PROTOCOL_VERSION = 2;

/** What a monitor is doing, as its hello says. */
export const MONITOR_STATES = ['creating', 'created', 'running', 'stopped', 'restarting'] as const;
export type MonitorState = (typeof MONITOR_STATES)[number];

/** What a monitor says. */
export type MonitorMessage =
  /** First on every connection. */
  | { type: 'hello'; protocol: number; state: number; pid: number; startTicks: bigint; startedNs: bigint }
  /** The child waits at the gate. */
  | { type: 'created'; pid: number; startTicks: bigint }
  /** The program runs. */
  | { type: 'started'; startedNs: bigint }
  /** An instruction failed; nothing runs. */
  | { type: 'failed'; section: number; index: number; stage: string; errno: number; detail: string }
  /** Output, to a connection that attached. */
  | { type: 'stdout'; data: Uint8Array }
  /** Error output, to a connection that attached. */
  | { type: 'stderr'; data: Uint8Array }
  /** The container ended; all output came before. */
  | { type: 'exited'; exitCode: number; signal: number; oomKilled: number; finishedNs: bigint }
  /** Before `exited`: another run follows by the restart policy, after this time. */
  | { type: 'restarting'; restarts: number; delayMs: bigint }
  /** The answer to `signal` and `lead-ports`: 0 or an errno. */
  | { type: 'done'; errno: number }
  /** This connection has held the output back beyond its patience: no more comes, and what is missing is lost to it. */
  | { type: 'cut-off' }
  /** Last on the birth connection: all of the container is gone, and this monitor waits for another program, or for the end of the connection. */
  | { type: 'released' }
  /** What there is to tell of a session. */
  | { type: 'session'; id: string; state: number; pid: number; startTicks: bigint; exitCode: number; signal: number; timedOut: number; terminal: number; stdin: number; createdNs: bigint; startedNs: bigint; finishedNs: bigint; command: readonly string[] }
  /** The sessions that there are. */
  | { type: 'session-ids'; ids: readonly string[] }
  /** A word about a session could not be followed. */
  | { type: 'session-refused'; errno: number }
  /** The session's program runs. */
  | { type: 'session-started'; pid: number; startTicks: bigint; startedNs: bigint }
  /** An instruction of the session failed; nothing of it runs. */
  | { type: 'session-failed'; section: number; index: number; stage: string; errno: number; detail: string }
  /** The session's program ended; all output came before. */
  | { type: 'session-exited'; exitCode: number; signal: number; timedOut: number; finishedNs: bigint }
  /** What came of the healthcheck that was asked for, and how the container is now: 0 starting, 1 healthy, 2 unhealthy. */
  | { type: 'health-checked'; passed: number; status: number };

/** What an engine says. */
export type EngineMessage =
  /** Open the gate. */
  | { type: 'start' }
  /** Stay when this connection closes, though not started. */
  | { type: 'keep' }
  /** Send a signal to the container's init. */
  | { type: 'signal'; signal: number }
  /** Let no other run follow, whatever the restart policy says. */
  | { type: 'no-restart' }
  /** Pass what comes from the loopback of IPv6 on to this address (4 or 16 bytes, or none) from now on; answered by `done`. */
  | { type: 'lead-ports'; to: Uint8Array }
  /** Tell of the container so in events from now on. */
  | { type: 'subject'; members: string }
  /** Stream the output to this connection. `input` tells that stdin is attached too; `patience` is how many milliseconds it may hold the output back for everybody before it is cut off, 0 for ever. */
  | { type: 'attach'; input: number; patience: number }
  /** No more output to this connection. */
  | { type: 'detach' }
  /** Bytes for the container's standard input. */
  | { type: 'stdin'; data: Uint8Array }
  /** The end of standard input. */
  | { type: 'stdin-close' }
  /** The terminal's new size. */
  | { type: 'resize'; rows: number; columns: number }
  /** On the birth connection: kill the container when this connection closes. */
  | { type: 'tie' }
  /** The next piece of the launch program of an exec session; from the first word of a session on, the connection speaks of sessions alone. */
  | { type: 'session-program'; data: Uint8Array }
  /** Make a session of the program, and speak of it from now on: `kept` stays until it is removed, `tied` is killed when this connection closes, and after `timeoutMs` if that is not 0. */
  | { type: 'session-create'; id: string; kept: number; tied: number; timeoutMs: bigint }
  /** Speak of this session from now on; answered by `session`. */
  | { type: 'session-select'; id: string }
  /** Stream the session's output to this connection. */
  | { type: 'session-attach' }
  /** Run the session's program. */
  | { type: 'session-start' }
  /** Send SIGKILL to every process of the session. */
  | { type: 'session-kill' }
  /** Forget a session that does not run; answered by `done`. */
  | { type: 'session-remove' }
  /** Answered by `session-ids`. */
  | { type: 'session-list' }
  /** Run a healthcheck; answered by `health-checked` when one has ended that began after this. */
  | { type: 'health-run' };

export type MessageName = MonitorMessage['type'] | EngineMessage['type'];

/** The number and the arguments of every message. */
export const MESSAGES: Readonly<
  Record<MessageName, { code: number; args: readonly (readonly [string, ArgumentType])[] }>
> = {
  'hello': { code: 1, args: [['protocol', 'u32'], ['state', 'u32'], ['pid', 'u32'], ['startTicks', 'u64'], ['startedNs', 'u64']] },
  'created': { code: 2, args: [['pid', 'u32'], ['startTicks', 'u64']] },
  'started': { code: 3, args: [['startedNs', 'u64']] },
  'failed': { code: 4, args: [['section', 'u32'], ['index', 'u32'], ['stage', 'string'], ['errno', 'u32'], ['detail', 'string']] },
  'stdout': { code: 5, args: [['data', 'bytes']] },
  'stderr': { code: 6, args: [['data', 'bytes']] },
  'exited': { code: 7, args: [['exitCode', 'u32'], ['signal', 'u32'], ['oomKilled', 'u32'], ['finishedNs', 'u64']] },
  'restarting': { code: 8, args: [['restarts', 'u32'], ['delayMs', 'u64']] },
  'done': { code: 9, args: [['errno', 'u32']] },
  'cut-off': { code: 10, args: [] },
  'released': { code: 11, args: [] },
  'start': { code: 12, args: [] },
  'keep': { code: 13, args: [] },
  'signal': { code: 14, args: [['signal', 'u32']] },
  'no-restart': { code: 15, args: [] },
  'lead-ports': { code: 16, args: [['to', 'bytes']] },
  'subject': { code: 17, args: [['members', 'string']] },
  'attach': { code: 18, args: [['input', 'u32'], ['patience', 'u32']] },
  'detach': { code: 19, args: [] },
  'stdin': { code: 20, args: [['data', 'bytes']] },
  'stdin-close': { code: 21, args: [] },
  'resize': { code: 22, args: [['rows', 'u32'], ['columns', 'u32']] },
  'tie': { code: 23, args: [] },
  'session-program': { code: 24, args: [['data', 'bytes']] },
  'session-create': { code: 25, args: [['id', 'string'], ['kept', 'u32'], ['tied', 'u32'], ['timeoutMs', 'u64']] },
  'session-select': { code: 26, args: [['id', 'string']] },
  'session-attach': { code: 27, args: [] },
  'session-start': { code: 28, args: [] },
  'session-kill': { code: 29, args: [] },
  'session-remove': { code: 30, args: [] },
  'session-list': { code: 31, args: [] },
  'session': { code: 32, args: [['id', 'string'], ['state', 'u32'], ['pid', 'u32'], ['startTicks', 'u64'], ['exitCode', 'u32'], ['signal', 'u32'], ['timedOut', 'u32'], ['terminal', 'u32'], ['stdin', 'u32'], ['createdNs', 'u64'], ['startedNs', 'u64'], ['finishedNs', 'u64'], ['command', 'strings']] },
  'session-ids': { code: 33, args: [['ids', 'strings']] },
  'session-refused': { code: 34, args: [['errno', 'u32']] },
  'session-started': { code: 35, args: [['pid', 'u32'], ['startTicks', 'u64'], ['startedNs', 'u64']] },
  'session-failed': { code: 36, args: [['section', 'u32'], ['index', 'u32'], ['stage', 'string'], ['errno', 'u32'], ['detail', 'string']] },
  'session-exited': { code: 37, args: [['exitCode', 'u32'], ['signal', 'u32'], ['timedOut', 'u32'], ['finishedNs', 'u64']] },
  'health-run': { code: 38, args: [] },
  'health-checked': { code: 39, args: [['passed', 'u32'], ['status', 'u32']] },
};
