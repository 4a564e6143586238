import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectories } from '../../../src/base/make-directories.js';

describe('directories that are made with what is missing above them', () => {
  let place: string;
  beforeEach(() => (place = mkdtempSync(path.join(tmpdir(), 'libpod-test-'))));
  afterEach(() => rmSync(place, { recursive: true }));

  it('have the mode, all of them, and may be there', () => {
    const deep = path.join(place, 'a', 'b', 'c');
    makeDirectories(deep, 0o700);
    makeDirectories(deep, 0o755);
    for (const one of [deep, path.dirname(deep)]) expect(statSync(one).mode & 0o777).toBe(0o700);
    makeDirectories('/');
  });

  it('may be reached by a link', () => {
    makeDirectories(path.join(place, 'a'));
    symlinkSync('a', path.join(place, 'link'));
    makeDirectories(path.join(place, 'link'));
    makeDirectories(path.join(place, 'link', 'b'));
    expect(statSync(path.join(place, 'a', 'b')).isDirectory()).toBe(true);
  });

  it.each([
    ['file', 'EEXIST'],
    ['file/a/b', 'ENOTDIR'],
    ['dangling', 'EEXIST'],
    ['dangling/a/b', 'EEXIST'],
    ['/proc/self/nowhere', 'ENOENT'],
    ['/proc/self/nowhere/a/b', 'ENOENT'],
  ])('are refused with what the kernel says: %s', (name, code) => {
    writeFileSync(path.join(place, 'file'), '');
    symlinkSync('nowhere', path.join(place, 'dangling'));
    expect(() => makeDirectories(path.resolve(place, name))).toThrow(expect.objectContaining({ code }));
  });
});
