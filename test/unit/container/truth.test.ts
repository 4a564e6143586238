import { describe, expect, it } from 'vitest';
import { exitChange, isoOfNanoseconds, truthOf } from '../../../src/container/state/truth.js';
import { CONFIGURED, type ContainerState } from '../../../src/model/state.js';
import type { MonitorTrace, MonitorWord } from '../../../src/monitor/journal.js';

describe('a time in nanoseconds', () => {
  it.each([
    [0n, ''],
    [1n, '1970-01-01T00:00:00.000000001Z'],
    [1_795_450_624_838_123_457n, '2026-11-23T16:17:04.838123457Z'],
    [1_000_000_000n, '1970-01-01T00:00:01.000000000Z'],
  ])('%s is %s', (ns, text) => {
    expect(isoOfNanoseconds(ns)).toBe(text);
  });
});

const NOW = '2026-11-23T00:00:00.000Z';
const STOPPED = {
  state: 'stopped',
  pid: 7,
  startTicks: '70',
  started: true,
  exitCode: 143,
  signal: 15,
  oomKilled: true,
  startedNs: 1n,
  finishedNs: 2n,
  logLost: 3,
} as const;
const RUNNING = { state: 'running', pid: 7, startTicks: '70', startedNs: 1n } as const;
const CREATED = { state: 'created', pid: 7, startTicks: '70' } as const;
const CREATING = { state: 'creating', monitorPid: 6 } as const;

function truth(state: ContainerState['state'], word: MonitorWord | undefined, alive: boolean) {
  const trace: MonitorTrace = { alive, word };
  return truthOf({ ...CONFIGURED, state }, trace, NOW);
}

describe('the truth about a container', () => {
  it.each([
    // recorded, last word of the monitor, whether it lives; what is so, and what its monitor does
    ['configured', undefined, false, 'configured', 'none'],
    ['configured', undefined, true, 'configured', 'launching'],
    ['exited', undefined, false, 'exited', 'none'],
    ['stopping', undefined, false, 'exited', 'killed'],
    ['paused', CREATING, false, 'exited', 'killed'],
    ['configured', CREATING, true, 'configured', 'launching'],
    ['exited', CREATING, true, 'exited', 'launching'],
    ['configured', CREATING, false, 'configured', 'killed'],
    ['configured', CREATED, true, 'created', 'alive'],
    ['exited', CREATED, true, 'created', 'alive'],
    ['configured', CREATED, false, 'exited', 'killed'],
    ['configured', RUNNING, true, 'running', 'alive'],
    ['exited', RUNNING, true, 'running', 'alive'],
    ['stopping', RUNNING, true, 'stopping', 'alive'],
    ['paused', RUNNING, true, 'paused', 'alive'],
    ['stopping', RUNNING, false, 'exited', 'killed'],
    ['configured', STOPPED, true, 'exited', 'leaving'],
    ['stopping', STOPPED, false, 'exited', 'none'],
  ] as const)('recorded %s, said %o, alive %s: %s, monitor %s', (recorded, word, alive, state, monitor) => {
    const found = truth(recorded, word, alive);
    expect(found.state.state).toBe(state);
    expect(found.monitor).toBe(monitor);
    if (state === 'configured' || state === 'exited') expect(found.state.pid).toBe(0);
    if (state === 'running') expect(found.state).toMatchObject({ pid: 7, startTicks: '70', exitCode: 0 });
  });

  it('has the end as the monitor told it', () => {
    expect(truth('stopping', STOPPED, false).state).toEqual({
      ...CONFIGURED,
      state: 'exited',
      exitCode: 143,
      signal: 15,
      oomKilled: true,
      startedTime: '1970-01-01T00:00:00.000000001Z',
      finishedTime: '1970-01-01T00:00:00.000000002Z',
      logLost: 3,
    });
  });

  it('is that nobody knows how it ended, when its monitor was killed', () => {
    expect(truth('configured', RUNNING, false).state).toMatchObject({
      exitCode: -1,
      startedTime: '1970-01-01T00:00:00.000000001Z',
      finishedTime: NOW,
    });
  });

  it('forgets how the run before ended, and not when, until there is another end', () => {
    const before = { ...CONFIGURED, ...exitChange(STOPPED) };
    const { state } = truthOf(before, { alive: true, word: RUNNING }, NOW);
    expect(state).toMatchObject({ exitCode: 0, signal: 0, oomKilled: false, logLost: 0 });
    expect(state.finishedTime).toBe('1970-01-01T00:00:00.000000002Z');
    const again = truthOf(before, { alive: true, word: { ...RUNNING, finishedNs: 9n } }, NOW).state;
    expect(again.finishedTime).toBe('1970-01-01T00:00:00.000000009Z');
    // One that is created has not begun: the last run is still the one before.
    expect(truthOf(before, { alive: true, word: CREATED }, NOW).state).toMatchObject({
      startedTime: '1970-01-01T00:00:00.000000001Z',
      finishedTime: '1970-01-01T00:00:00.000000002Z',
    });
  });

  it('keeps a start time that the end does not tell', () => {
    expect(exitChange({ ...STOPPED, startedNs: 0n })).not.toHaveProperty('startedTime');
  });
});
