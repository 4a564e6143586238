import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { events, type EventOptions } from '../../../src/events/events.js';
import { EVENT_FILE_SIZE, EventJournal } from '../../../src/events/journal.js';
import { eventLine, subjectMembers } from '../../../src/events/line.js';
import { LibpodError } from '../../../src/index.js';

const MEMBERS = subjectMembers({
  type: 'container',
  id: 'a',
  name: 'a',
  attributes: { text: 'x'.repeat(4000) },
});

describe('the journal of events', () => {
  let directory: string;
  let journal: EventJournal;
  let end: AbortController;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'libpod-events-'));
    journal = new EventJournal(directory);
    end = new AbortController();
  });
  afterEach(() => {
    end.abort();
    rmSync(directory, { recursive: true });
  });

  const tell = (number: number, time = String(number)): Promise<void> =>
    journal.tell(eventLine({ status: 'start', key: `k${number}`, time }, MEMBERS));
  const keys = async (options: EventOptions = { follow: false }): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of events(journal, options, end.signal)) found.push(key);
    return found;
  };

  it('has what was told, in order', async () => {
    expect(await keys()).toEqual([]);
    for (let i = 0; i < 5; i++) await tell(i);
    expect(await keys()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    expect(journal.has('k3', '3')).toBe(true);
    expect(journal.has('k', '3')).toBe(false);
    expect(journal.has('k5', '5')).toBe(false);
  });

  it('keeps the newest files, and a follower that keeps up loses nothing', async () => {
    const count = 1000;
    const following = events(journal, {}, end.signal);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { key } of following) if (seen.push(key) === count) return;
    })();
    for (let i = 0; i < count; i++) {
      await tell(i);
      // The follower may fall behind by less than what is kept.
      if (i % 100 === 99) while (seen.length < i - 50) await new Promise(setImmediate);
    }
    await reading;
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => `k${i}`));
    const files = journal.files();
    expect(files.length).toBe(4);
    expect(files[0]).toBeGreaterThan(1);
    for (const file of files.slice(0, -1))
      expect(statSync(journal.file(file)).size).toBeGreaterThanOrEqual(EVENT_FILE_SIZE);
    const kept = await keys();
    expect(kept).toEqual(seen.slice(-kept.length));
    // What it has forgotten counts as told; what is younger and not there does not.
    expect(journal.has('k0', '0')).toBe(true);
    expect(journal.has('other', '999')).toBe(false);
  });

  it('does not count a line that begins too late in its file', async () => {
    await tell(0);
    truncateSync(journal.file(1), EVENT_FILE_SIZE - 1);
    appendFileSync(journal.file(1), '\n');
    appendFileSync(journal.file(1), eventLine({ status: 'start', key: 'void', time: '1' }, MEMBERS));
    expect(await keys()).toEqual(['k0']);
    expect(journal.has('void', '1')).toBe(false);
    await tell(1);
    expect(readdirSync(directory)).toEqual(['1', '2']);
    expect(await keys()).toEqual(['k0', 'k1']);
  });

  it('goes on behind a line that was cut short', async () => {
    await tell(0);
    appendFileSync(
      journal.file(1),
      eventLine({ status: 'start', key: 'torn', time: '1' }, MEMBERS).slice(0, 99),
    );
    expect(journal.has('torn', '1')).toBe(false);
    await tell(1);
    expect(await keys()).toEqual(['k0', 'k1']);
    expect(journal.has('torn', '1')).toBe(false);
  });

  it('tells of a time', async () => {
    for (let i = 0; i < 5; i++) await tell(i, `${i}000000`);
    const at = (ms: number): Date => new Date(ms);
    expect(await keys({ follow: false, since: at(1), until: at(3) })).toEqual(['k1', 'k2', 'k3']);
    expect(await keys({ since: at(3), until: at(9) })).toEqual(['k3', 'k4']);
    expect(() => events(journal, { since: new Date(NaN) }, end.signal)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });

  it('is followed from the call on, until it is given up', async () => {
    await tell(0);
    const abort = new AbortController();
    const following = events(journal, { signal: abort.signal }, end.signal);
    await tell(1);
    expect((await following.next()).value?.key).toBe('k1');
    const next = following.next();
    abort.abort();
    await expect(next).rejects.toSatisfy((error) => LibpodError.is(error, 'ERR_ABORTED'));
  });

  it('is followed until the runtime closes, and tells what came before', async () => {
    const following = events(journal, {}, end.signal);
    await tell(1);
    end.abort();
    expect((await following.next()).value?.key).toBe('k1');
    expect(await following.next()).toEqual({ value: undefined, done: true });
  });
});
