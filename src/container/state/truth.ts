import { describeErrno } from '../../base/errno.js';
import type { ContainerState } from '../../model/state.js';
import { isActive } from '../../model/status.js';
import type { ExitRecord, MonitorTrace } from '../../monitor/journal.js';

/** Nanoseconds since the epoch as ISO 8601 with all nine digits; '' for never. */
export function isoOfNanoseconds(ns: bigint): string {
  if (ns === 0n) return '';
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** A time that is known; what is recorded stays where it is not. */
function timeChange(field: 'startedTime' | 'finishedTime', ns = 0n): Partial<ContainerState> {
  return ns === 0n ? {} : { [field]: isoOfNanoseconds(ns) };
}

/** The change that the end of a container makes. */
export function exitChange(
  exit: Omit<ExitRecord, 'started' | 'startedNs' | 'logLost'> & Partial<ExitRecord>,
): Partial<ContainerState> {
  const { exitCode, signal, oomKilled, finishedNs, startedNs = 0n, logLost, restarts, failure } = exit;
  return {
    state: 'exited',
    pid: 0,
    startTicks: '0',
    exitCode,
    signal,
    oomKilled,
    finishedTime: isoOfNanoseconds(finishedNs),
    ...(logLost === undefined ? {} : { logLost }),
    ...(restarts === undefined ? {} : { restartCount: restarts }),
    ...(failure === undefined ? {} : { error: `it could not be run again: ${describeErrno(failure)}` }),
    ...timeChange('startedTime', startedNs),
  };
}

/** The change that a launch makes. The times are those of the last run and of the last end: they stay until there is another. */
export function liveChange(live: {
  readonly state: 'created' | 'running';
  readonly pid: number;
  readonly startTicks: string;
  readonly startedNs?: bigint;
  readonly finishedNs?: bigint;
  readonly restarts?: number;
}): Partial<ContainerState> {
  return {
    state: live.state,
    pid: live.pid,
    startTicks: live.startTicks,
    ...timeChange('startedTime', live.startedNs),
    ...timeChange('finishedTime', live.finishedNs),
    exitCode: 0,
    signal: 0,
    oomKilled: false,
    logLost: 0,
    restartCount: live.restarts ?? 0,
    error: undefined,
  };
}

/** The change that an end makes which nobody saw. */
function unseenEnd(now: string, startedNs = 0n): Partial<ContainerState> {
  const unseen = { exitCode: -1, signal: 0, oomKilled: false, finishedNs: 0n, startedNs };
  return { ...exitChange(unseen), finishedTime: now };
}

/** A container as it is. */
export interface Truth {
  readonly state: ContainerState;
  /**
   * Its monitor: `launching` has not said yet what becomes of the container; `leaving` has recorded the end and clears
   * away; `killed` left things behind, and nobody knows how the container ended.
   */
  readonly monitor: 'none' | 'launching' | 'alive' | 'leaving' | 'killed';
}

/**
 * The truth about a container, from the state that engines recorded (what they decided: stopping, paused) and from what
 * its monitor tells in the lock file (what happened). Pure.
 *
 * @param now the time at which an end that nobody saw is dated, ISO 8601
 */
export function truthOf(recorded: ContainerState, { alive, word }: MonitorTrace, now: string): Truth {
  switch (word?.state) {
    case 'stopped':
      return { state: { ...recorded, ...exitChange(word) }, monitor: alive ? 'leaving' : 'none' };
    case 'restarting': {
      const state = { ...recorded, ...exitChange(word) };
      return alive
        ? { state: { ...state, state: 'restarting' }, monitor: 'alive' }
        : { state, monitor: 'killed' };
    }
    case 'created':
    case 'running': {
      if (alive) {
        const live = liveChange(word);
        // What was decided about an earlier run does not hold for one that the restart policy made.
        const sameRun = (recorded.restartCount ?? 0) === (live.restartCount ?? 0);
        const decided = sameRun && (recorded.state === 'stopping' || recorded.state === 'paused');
        const state = decided && word.state === 'running' ? recorded.state : word.state;
        return { state: { ...recorded, ...live, state }, monitor: 'alive' };
      }
      const startedNs = 'startedNs' in word ? word.startedNs : 0n;
      const { restarts } = 'restarts' in word ? word : {};
      const change = {
        ...unseenEnd(now, startedNs),
        ...(restarts !== undefined && { restartCount: restarts }),
      };
      return { state: { ...recorded, ...change }, monitor: 'killed' };
    }
    case 'creating':
    case undefined: {
      if (alive) return { state: recorded, monitor: 'launching' };
      // What was decided about a run of which there is no word is about one that is over.
      if (isActive(recorded.state)) return { state: { ...recorded, ...unseenEnd(now) }, monitor: 'killed' };
      return { state: recorded, monitor: word === undefined ? 'none' : 'killed' };
    }
  }
}
