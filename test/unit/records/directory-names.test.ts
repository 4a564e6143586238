import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { DirectoryNames } from '../../../src/records/directory-names.js';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'directory-names-'))));
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

/** As if the directory had not been touched for a while. */
function later(): void {
  vi.useFakeTimers({ now: Date.now() + 1000, toFake: ['Date'] });
}

describe('the names of a directory', () => {
  it('shows what comes and goes, also right after it was read', () => {
    const names = new DirectoryNames(directory);
    expect(names.read()).toEqual([]);
    writeFileSync(join(directory, 'a'), '');
    expect(names.read()).toEqual(['a']);
    renameSync(join(directory, 'a'), join(directory, 'b'));
    expect(names.read()).toEqual(['b']);
    rmSync(join(directory, 'b'));
    expect(names.read()).toEqual([]);
  });

  it('remembers them once the directory has settled, until it changes', async () => {
    const names = new DirectoryNames(directory);
    expect(names.read()).not.toBe(names.read());
    later();
    expect(names.read()).toBe(names.read());
    // A few ticks of the clock that the kernel takes its times from.
    await sleep(40);
    writeFileSync(join(directory, 'a'), '');
    expect(names.read()).toEqual(['a']);
  });

  it('tells of a directory that is another one, or is gone', () => {
    const names = new DirectoryNames(directory);
    later();
    names.read();
    const other = mkdtempSync(join(tmpdir(), 'directory-names-'));
    writeFileSync(join(other, 'x'), '');
    utimesSync(other, new Date(0), new Date(0));
    rmSync(directory, { recursive: true });
    expect(() => names.read()).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    renameSync(other, directory);
    expect(names.read()).toEqual(['x']);
  });
});
