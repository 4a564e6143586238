import { describe, expect, it } from 'vitest';
import { exitChange, exitMessageChange, isoOfNanoseconds } from '../../../src/container/state.js';

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

describe('an end', () => {
  it('is the same whether the record or the monitor tells it', () => {
    const said = exitMessageChange({
      type: 'exited',
      exitCode: 143,
      signal: 15,
      oomKilled: 1,
      finishedNs: 5n,
    });
    const read = exitChange({
      started: true,
      exitCode: 143,
      signal: 15,
      oomKilled: true,
      startedNs: 0n,
      finishedNs: 5n,
      logLost: 0,
    });
    expect(read).toEqual({ ...said, logLost: 0 });
    expect(said).toMatchObject({ state: 'exited', pid: 0, exitCode: 143, signal: 15, oomKilled: true });
  });

  it('brings the start along if nobody has recorded it', () => {
    const record = { started: true, exitCode: 0, signal: 0, oomKilled: false, finishedNs: 2n, logLost: 0 };
    expect(exitChange({ ...record, startedNs: 1n }).startedTime).toBe('1970-01-01T00:00:00.000000001Z');
    expect(exitChange({ ...record, startedNs: 0n })).not.toHaveProperty('startedTime');
  });
});
