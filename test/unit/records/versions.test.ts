import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readMonitorTrace } from '../../../src/monitor/journal.js';
import { readRecord, type RecordKind } from '../../../src/records/json-file.js';
import { CONFIG_RECORD, SETTINGS_RECORD, STATE_RECORD } from '../../../src/records/record-shape.js';

/** A whole container as the first version of the records had it; written by the first libpod, and never changed. */
const FIRST = fileURLToPath(new URL('../../fixtures/records-1/', import.meta.url));
const first = (name: string): string => path.join(FIRST, name);

const directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
const file = path.join(directory, 'record');
afterAll(() => rmSync(directory, { recursive: true }));

describe('records of version 1', () => {
  it('are read: the configuration', () => {
    const config = readRecord(first('config.json'), CONFIG_RECORD);
    expect(config).toMatchObject({
      version: CONFIG_RECORD.version,
      name: 'first',
      labels: { a: 'b' },
      stopSignal: 2,
      stopTimeout: 3,
      autoRemove: false,
      logDriver: 'k8s-file',
      root: { kind: 'overlay' },
    });
    expect(config?.spec.process.args).toEqual(['sleep', '1000']);
  });

  it('are read: the settings, the state, the journal of the monitor', () => {
    expect(readRecord(first('settings.json'), SETTINGS_RECORD)).toMatchObject({
      version: SETTINGS_RECORD.version,
      name: 'renamed',
      resources: { memory: { limit: 64 << 20 } },
    });
    expect(readRecord(first('state.json'), STATE_RECORD)).toMatchObject({
      version: STATE_RECORD.version,
      state: 'stopping',
    });
    expect(readMonitorTrace(first('lock'))?.word).toMatchObject({ state: 'stopped', exitCode: 137 });
  });
});

/** Records whose second version counts in bytes, and whose third has a list in place of one. */
interface Third {
  readonly version: 3;
  readonly sizes: readonly number[];
}
const KIND: RecordKind<Third> = {
  version: 3,
  migrations: [
    ({ kilobytes, ...rest }) => ({ ...rest, bytes: Number(kilobytes) * 1024 }),
    ({ bytes, ...rest }) => ({ ...rest, sizes: [bytes] }),
  ],
  problem: ({ sizes }) => (Array.isArray(sizes) ? undefined : 'sizes is no list'),
};

describe('a record of an earlier version', () => {
  it.each([
    ['{"version":1,"kilobytes":2,"other":true}'],
    ['{"version":2,"bytes":2048,"other":true}'],
    ['{"version":3,"sizes":[2048],"other":true}'],
  ])('is brought up to date, step by step, and its file is left alone: %s', (text) => {
    writeFileSync(file, text);
    expect(readRecord(file, KIND)).toEqual({ version: 3, sizes: [2048], other: true });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is damaged if it is not what its version was', () => {
    writeFileSync(file, '{"version":3}');
    expect(() => readRecord(file, KIND)).toThrow(
      expect.objectContaining({
        code: 'ERR_RECORD_DAMAGED',
        message: expect.stringContaining('sizes is no list') as string,
      }),
    );
  });

  it('of a later version is refused as such', () => {
    writeFileSync(file, '{"version":4,"what":"is that"}');
    expect(() => readRecord(file, KIND)).toThrow(expect.objectContaining({ code: 'ERR_RECORD_NEWER' }));
  });

  it('has a migration for each version but the last', () => {
    for (const kind of [CONFIG_RECORD, SETTINGS_RECORD, STATE_RECORD])
      expect(kind.migrations ?? []).toHaveLength(kind.version - 1);
  });
});
