import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readExitRecord } from '../../../src/monitor/exit-record.js';

describe('an exit record', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
  const file = path.join(directory, 'exit');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is read with all nanoseconds', () => {
    const record =
      '{"version":1,"started":true,"exitCode":137,"signal":9,"oomKilled":true,"startedNs":"1795450624838123457","finishedNs":"1795450624838123459","logLost":5}';
    writeFileSync(file, record);
    expect(readExitRecord(file)).toEqual({
      started: true,
      exitCode: 137,
      signal: 9,
      oomKilled: true,
      startedNs: 1795450624838123457n,
      finishedNs: 1795450624838123459n,
      logLost: 5,
    });
  });

  it('may be missing', () => {
    expect(readExitRecord(path.join(directory, 'none'))).toBeUndefined();
  });

  it.each(['', '{', '[]', 'null', '{"version":2}', '{"version":1,"startedNs":"x","finishedNs":"1"}'])(
    'is damaged: %s',
    (text) => {
      writeFileSync(file, text);
      expect(() => readExitRecord(file)).toThrow(expect.objectContaining({ code: 'ERR_RECORD_DAMAGED' }));
    },
  );
});
