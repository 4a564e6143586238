import { RECORD_VERSION } from './config.js';
import type { OwedEvent } from './event.js';
import type { ContainerStatus } from './status.js';

/** What changes while a container lives (containerState of libpod). It does not survive a reboot. */
export interface ContainerState {
  readonly version: typeof RECORD_VERSION;
  /** Grows with every change. */
  readonly generation: number;
  readonly state: ContainerStatus;
  /** The init's PID, or 0; with its start time in clock ticks since boot (decimal), which makes it one process for good. */
  readonly pid: number;
  readonly startTicks: string;
  /** ISO 8601, or '' for never. */
  readonly startedTime: string;
  readonly finishedTime: string;
  /** 128 + signal after a signal; -1 if the monitor was killed, so that nobody knows. */
  readonly exitCode: number;
  /** The signal that ended it, or 0: a program may end with 143 by itself. */
  readonly signal: number;
  readonly oomKilled: boolean;
  /** Bytes of output that did not fit into the log. */
  readonly logLost: number;
  /** How often it was run again by its restart policy since somebody has started it. */
  readonly restartCount?: number | undefined;
  /** Why its restart policy could not run it again. */
  readonly error?: string | undefined;
  /** The event of the change that led to this generation. */
  readonly event?: OwedEvent | undefined;
}

/** The state of a container that was never started since the boot. */
export const CONFIGURED: ContainerState = {
  version: RECORD_VERSION,
  generation: 0,
  state: 'configured',
  pid: 0,
  startTicks: '0',
  startedTime: '',
  finishedTime: '',
  exitCode: 0,
  signal: 0,
  oomKilled: false,
  logLost: 0,
};

/** The next state: some fields changed, one generation on. */
export function nextState(state: ContainerState, change: Partial<ContainerState>): ContainerState {
  return { ...state, ...change, generation: state.generation + 1 };
}
