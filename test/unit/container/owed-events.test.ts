import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { owedEvents } from '../../../src/container/state/owed-events.js';
import { CONFIGURED, nextState } from '../../../src/model/state.js';
import type { MonitorWord } from '../../../src/monitor/journal.js';

const EXIT = { exitCode: 7, signal: 0, oomKilled: false, startedNs: 1n, finishedNs: 2n, logLost: 0 };
const words = fc.constantFrom<MonitorWord | undefined>(
  undefined,
  { state: 'creating', monitorPid: 1 },
  { state: 'created', pid: 5, startTicks: '50' },
  { state: 'running', pid: 5, startTicks: '50', startedNs: 1n },
  { state: 'stopped', pid: 5, startTicks: '50', started: true, ...EXIT },
  { state: 'stopped', pid: 5, startTicks: '50', started: true, ...EXIT, oomKilled: true },
);
const states = fc.constantFrom(
  CONFIGURED,
  nextState(CONFIGURED, {}),
  nextState(CONFIGURED, { event: { status: 'pause', key: 'id.1.pause', time: '5', generation: 1 } }),
);

describe('the events that the records of a container speak of', () => {
  it('do not depend on when they are looked at, nor on who looks', () => {
    fc.assert(
      fc.property(states, words, fc.boolean(), (recorded, word, alive) => {
        const at = (now: string): string[] =>
          owedEvents('id', '2026-01-01T00:00:00Z', recorded, { alive, word }, now).map(
            (one) => one.words.key,
          );
        expect(at('1')).toEqual(at('2'));
        expect(new Set(at('1')).size).toBe(at('1').length);
      }),
    );
  });

  it('are never those of a monitor that lives: it tells them itself', () => {
    fc.assert(
      fc.property(states, words, (recorded, word) => {
        const owed = owedEvents('id', '2026-01-01T00:00:00Z', recorded, { alive: true, word }, '1');
        expect(owed.filter(({ source }) => source === 'run' || source === 'creation')).toEqual([]);
      }),
    );
  });

  it.each<[string, MonitorWord, string[]]>([
    ['creating', { state: 'creating', monitorPid: 1 }, []],
    ['created', { state: 'created', pid: 5, startTicks: '50' }, ['init', 'died -1']],
    ['running', { state: 'running', pid: 5, startTicks: '50', startedNs: 1n }, ['init', 'start', 'died -1']],
    ['stopped', { state: 'stopped', pid: 5, startTicks: '50', started: true, ...EXIT }, ['died 7']],
    [
      'stopped for want of memory',
      { state: 'stopped', pid: 5, startTicks: '50', started: true, ...EXIT, oomKilled: true },
      ['oom', 'died 7'],
    ],
  ])('of a monitor that is gone after %s', (_, word, expected) => {
    const recorded = nextState(CONFIGURED, {});
    const owed = owedEvents('id', '2026-01-01T00:00:00Z', recorded, { alive: false, word }, '1');
    expect(owed.map((one) => `${one.words.status} ${one.words.exitCode ?? ''}`.trim())).toEqual(expected);
    for (const one of owed) expect(one.words.key).toBe(`id.5-50.${one.words.status}`);
  });

  it('of one that was only created is its creation', () => {
    const owed = owedEvents('id', '1970-01-01T00:00:01Z', CONFIGURED, { alive: false, word: undefined }, '1');
    expect(owed).toEqual([
      { source: 'creation', words: { status: 'create', key: 'id.create', time: '1000000000' } },
    ]);
  });
});
