import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordCache } from '../../../src/records/record-cache.js';

interface Word {
  readonly version: 1;
  readonly word: string;
  readonly parts: readonly string[];
}

let directory: string;
let file: string;
let cache: RecordCache<Word>;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
  file = path.join(directory, 'record.json');
  cache = new RecordCache<Word>({ version: 1 });
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(to: string, word: string): void {
  writeFileSync(to, JSON.stringify({ version: 1, word, parts: ['a'] }));
}

/** Reads a record until it is remembered, and answers it: its times must have passed. */
async function settle(): Promise<Word | undefined> {
  await expect.poll(() => cache.read(file) === cache.read(file), { interval: 20 }).toBe(true);
  return cache.read(file);
}

describe('a record that is remembered', () => {
  it('is read once, and cannot be changed for others', async () => {
    write(file, 'one');
    const record = await settle();
    expect(record).toEqual({ version: 1, word: 'one', parts: ['a'] });
    expect(() => (record?.parts as string[]).push('b')).toThrow(TypeError);
    expect(cache.read(file)).toBe(record);
  });

  it('is read anew when another file takes its place, or what is in it changes', async () => {
    write(file, 'one');
    await settle();
    write(`${file}.new`, 'two');
    renameSync(`${file}.new`, file);
    expect(cache.read(file)?.word).toBe('two');
    await settle();
    // As long as before, and with the time of before: the time of the change of the inode tells.
    write(file, 'six');
    utimesSync(file, 1, 1);
    expect(cache.read(file)?.word).toBe('six');
  });

  it('is forgotten when it is gone or damaged', async () => {
    write(file, 'one');
    await settle();
    writeFileSync(file, '{');
    expect(() => cache.read(file)).toThrow(expect.objectContaining({ code: 'ERR_RECORD_DAMAGED' }));
    rmSync(file);
    expect(cache.read(file)).toBeUndefined();
    write(file, 'two');
    expect(cache.read(file)?.word).toBe('two');
  });

  it('was not written just now: its times could not tell the next change', () => {
    write(file, 'one');
    for (const word of ['two', 'six', 'ten', 'one']) {
      expect(cache.read(file)).toBeDefined();
      write(file, word);
      expect(cache.read(file)?.word).toBe(word);
    }
  });
});
