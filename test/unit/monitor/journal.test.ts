import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CONTAINER_LOCKS, FileLock } from '../../../src/linux/files/file-lock.js';
import { readMonitorTrace } from '../../../src/monitor/journal.js';

describe('what a monitor tells in its lock file', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
  const file = path.join(directory, 'lock');
  afterAll(() => rmSync(directory, { recursive: true }));

  const CREATING = '{"version":1,"state":"creating","monitorPid":6}\n';
  const RUNNING =
    '{"version":1,"state":"running","pid":7,"startTicks":"18446744073709551615","startedNs":"1795450624838123457"}\n';
  const STOPPED =
    '{"version":1,"state":"stopped","started":true,"exitCode":137,"signal":9,"oomKilled":true,"startedNs":"1795450624838123457","finishedNs":"1795450624838123459","logLost":5}\n';

  it('is the last line, with all nanoseconds', () => {
    writeFileSync(file, CREATING + RUNNING + STOPPED);
    expect(readMonitorTrace(file)).toEqual({
      alive: false,
      word: {
        state: 'stopped',
        started: true,
        exitCode: 137,
        signal: 9,
        oomKilled: true,
        startedNs: 1795450624838123457n,
        finishedNs: 1795450624838123459n,
        logLost: 5,
      },
    });
    writeFileSync(file, CREATING + RUNNING);
    expect(readMonitorTrace(file)?.word).toEqual({
      state: 'running',
      pid: 7,
      startTicks: '18446744073709551615',
      startedNs: 1795450624838123457n,
    });
  });

  it('does not count before its end is written', () => {
    writeFileSync(file, CREATING + RUNNING + STOPPED.slice(0, 100));
    expect(readMonitorTrace(file)?.word?.state).toBe('running');
    writeFileSync(file, CREATING.slice(0, -1));
    expect(readMonitorTrace(file)?.word).toBeUndefined();
  });

  it('may be nothing, or be gone with the container', () => {
    writeFileSync(file, '');
    expect(readMonitorTrace(file)).toEqual({ alive: false, word: undefined });
    expect(readMonitorTrace(path.join(directory, 'none'))).toBeUndefined();
  });

  it('comes from one that lives as long as it holds its byte', async () => {
    writeFileSync(file, CREATING);
    {
      using _records = await FileLock.acquire(file, CONTAINER_LOCKS.records);
      expect(readMonitorTrace(file)?.alive).toBe(false);
      using _monitor = await FileLock.acquire(file, CONTAINER_LOCKS.monitor);
      expect(readMonitorTrace(file)?.alive).toBe(true);
    }
    expect(readMonitorTrace(file)?.alive).toBe(false);
  });

  it.each(['\n', '{\n', '[]\n', 'null\n', '{"version":2}\n', '{"version":1,"startedNs":"x"}\n'])(
    'is damaged: %j',
    (text) => {
      writeFileSync(file, text);
      expect(() => readMonitorTrace(file)).toThrow(expect.objectContaining({ code: 'ERR_RECORD_DAMAGED' }));
    },
  );
});
