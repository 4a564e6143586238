import { describeErrno } from '../base/errno.js';
import { readTextFile } from '../linux/files/files.js';
import type { HealthStatus } from '../model/healthcheck.js';

/** How one healthcheck went. */
export interface HealthLogEntry {
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly startedNs: bigint;
  readonly finishedNs: bigint;
  /** The exit status; -1 if its time was up. */
  readonly exitCode: number;
  /** The first 500 bytes of what it wrote, or why it says nothing. */
  readonly output: string;
}

/** What a monitor tells of the health of its container. */
export interface HealthRecord {
  /** The run that it is about. */
  readonly pid: number;
  readonly status: HealthStatus;
  /** How many checks failed since the last that did not. */
  readonly failingStreak: number;
  /** The last five checks, the oldest first. */
  readonly log: readonly HealthLogEntry[];
}

/** As native/monitor/health.cc writes it. */
interface Written {
  readonly version: number;
  readonly pid: number;
  readonly status: HealthStatus;
  readonly failingStreak: number;
  readonly log: readonly {
    readonly startedNs: string;
    readonly finishedNs: string;
    readonly exitCode: number;
    readonly timedOut: boolean;
    readonly failure?: { readonly stage: string; readonly errno: number };
    readonly output: string;
  }[];
}

function entryOf(written: Written['log'][number]): HealthLogEntry {
  const { startedNs, finishedNs, exitCode, timedOut, failure, output } = written;
  const said = [
    ...(output === '' ? [] : [output]),
    ...(timedOut ? ['the healthcheck took longer than its timeout, and was killed'] : []),
    ...(failure === undefined ? [] : [`the healthcheck could not be run: ${describeErrno(failure)}`]),
  ];
  return {
    startedNs: BigInt(startedNs),
    finishedNs: BigInt(finishedNs),
    exitCode: timedOut ? -1 : exitCode,
    output: said.join('\n'),
  };
}

/** Reads the file that the monitor replaces whole after each check; undefined if there is nothing that makes sense. */
export function readHealth(file: string): HealthRecord | undefined {
  const text = readTextFile(file);
  if (text === undefined) return undefined;
  try {
    const { version, pid, status, failingStreak, log } = JSON.parse(text) as Written;
    return version === 1 ? { pid, status, failingStreak, log: log.map(entryOf) } : undefined;
  } catch {
    // It tells of the past, and the next check writes it anew: nothing depends on it.
    return undefined;
  }
}
