import { lstatSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { readLockFile, type LockFileContents } from '../linux/files/lock-file.js';

/** How a container ended. */
export interface ExitRecord {
  /** False if it ended before its program ran. */
  readonly started: boolean;
  /** As a shell counts: 128 + signal after a signal. */
  readonly exitCode: number;
  readonly signal: number;
  readonly oomKilled: boolean;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly startedNs: bigint;
  readonly finishedNs: bigint;
  /** Bytes of output that did not fit into the log. */
  readonly logLost: number;
  /** How many runs came before it, all by the restart policy. */
  readonly restarts?: number;
  /** Why the run that was to follow could not be launched. */
  readonly failure?: { readonly stage: string; readonly errno: number };
}

/** The last word of a monitor in its lock file (native/monitor/journal.h). */
export type MonitorWord =
  | { readonly state: 'creating'; readonly monitorPid: number }
  | { readonly state: 'created'; readonly pid: number; readonly startTicks: string }
  | {
      readonly state: 'running';
      readonly pid: number;
      readonly startTicks: string;
      readonly startedNs: bigint;
      /** When the run before it ended, of this monitor; 0 or absent for its first. */
      readonly finishedNs?: bigint;
      readonly restarts?: number;
    }
  /** `restarting`: another run follows. */
  | ({
      readonly state: 'stopped' | 'restarting';
      readonly pid: number;
      readonly startTicks: string;
    } & ExitRecord);

/** What there is to know about a container's monitor without asking it. */
export interface MonitorTrace {
  /** Whether one lives. */
  readonly alive: boolean;
  /** What the last one said; undefined before any, and after one that undid its launch. */
  readonly word: MonitorWord | undefined;
}

/** 64-bit numbers do not fit into those of JSON: the monitor writes them as strings. */
function revive(key: string, value: unknown): unknown {
  return key === 'startedNs' || key === 'finishedNs' ? BigInt(value as string) : value;
}

/** Whether an error comes of something else in the place of a lock file: a directory, a link, a FIFO. */
export function isNoLockFile(lockFile: string, error: unknown): boolean {
  return LibpodError.is(error) && lstatSync(lockFile, { throwIfNoEntry: false })?.isFile() === false;
}

/** The last line of a journal: lines are appended whole, so one that has no end yet does not count. */
function lastLine(text: string): string | undefined {
  const end = text.lastIndexOf('\n');
  return end < 0 ? undefined : text.slice(text.lastIndexOf('\n', end - 1) + 1, end);
}

/**
 * Reads what the monitor of a container says in its lock file. The lock is looked at first: what a monitor that has let
 * go of it had to say is then there.
 *
 * @returns undefined if the file is gone, and the container with it
 * @throws LibpodError ERR_RECORD_DAMAGED
 */
export function readMonitorTrace(lockFile: string): MonitorTrace | undefined {
  let contents: LockFileContents | undefined;
  try {
    contents = readLockFile(lockFile);
  } catch (error) {
    if (!isNoLockFile(lockFile, error)) throw error;
    throw new LibpodError('ERR_RECORD_DAMAGED', `the lock file ${lockFile} is no file`, { cause: error });
  }
  if (contents === undefined) return undefined;
  const { alive, text } = contents;
  const line = lastLine(text);
  if (line === undefined) return { alive, word: undefined };
  try {
    const { version, ...word } = JSON.parse(line, revive) as MonitorWord & { readonly version: number };
    if (version !== 1) throw new RangeError(`version ${version}`);
    return { alive, word };
  } catch (error) {
    throw new LibpodError('ERR_RECORD_DAMAGED', `the monitor's record in ${lockFile} is damaged`, {
      cause: error,
    });
  }
}
