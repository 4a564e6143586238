import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlace, parsePlaces } from '../../../src/cli/cp/arguments.js';
import { planCopy, type CopySource } from '../../../src/cli/cp/plan.js';
import { UsageError } from '../../../src/cli/errors.js';

describe('an argument of cp', () => {
  it.each([
    ['c:/etc', 'c', '/etc'],
    ['c:a:b', 'c', 'a:b'],
    ['/a:b', undefined, '/a:b'],
    ['./a:b', undefined, './a:b'],
    ['..:x', undefined, '..:x'],
    ['file', undefined, 'file'],
    ['-', undefined, '-'],
    ['c:', 'c', ''],
    [':x', undefined, 'x'],
  ])('%s is of %s, %s', (word, container, path) => {
    expect(parsePlace(word)).toEqual({ container, path });
  });

  it('is a path of the host, or a container and a path, and nothing of it is lost', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (word) => {
        const { container, path } = parsePlace(word);
        if (container === undefined) expect(word.endsWith(path)).toBe(true);
        else expect(`${container}:${path}`).toBe(word);
      }),
    );
  });

  it('needs a path on either side, and a container on one', () => {
    expect(parsePlaces('c:/a', '/b').source.container).toBe('c');
    for (const [from, to] of [
      ['/a', '/b'],
      ['c:', '/b'],
      ['c:/a', ''],
      ['', 'c:/a'],
    ] as const)
      expect(() => parsePlaces(from, to)).toThrow(UsageError);
  });
});

describe('what cp does', () => {
  const file: CopySource = { isDirectory: false, path: '/s/file', contents: false };
  const directory: CopySource = { isDirectory: true, path: '/s/dir', contents: false };
  const contents: CopySource = { ...directory, contents: true };
  const there = { isDirectory: true, path: '/t/there' };
  const aFile = { isDirectory: false, path: '/t/name' };

  it.each([
    ['a file into a directory', file, there, '/t/there', '/t/there', 'file'],
    ['a file over a file', file, aFile, '/t/name', '/t', 'name'],
    ['a file to a new name', file, undefined, '/t/new', '/t', 'new'],
    ['a file to a new name here', file, undefined, 'new', '.', 'new'],
    ['a directory into a directory', directory, there, '/t/there/', '/t/there', 'dir'],
    ['a directory to a new name', directory, undefined, '/t/new', '/t', 'new'],
    ['the contents into a directory', contents, there, '/t/there', '/t/there', ''],
    ['the contents to a new name', contents, undefined, '/t/new', '/t', 'new'],
    ['the whole root', { isDirectory: true, path: '/', contents: false }, there, '/t', '/t/there', ''],
  ] as const)('with %s', (_, source, target, written, into, name) => {
    expect(planCopy(source, target, written)).toEqual({ directory: into, name });
  });

  it('makes no directory of a file', () => {
    for (const source of [directory, contents])
      expect(() => planCopy(source, aFile, '/t/name')).toThrow('destination must be a directory');
  });
});
