import { describe, expect, it } from 'vitest';
import { PathSet } from '../../../src/images/layers/path-set.js';

describe('a set of paths', () => {
  it('has what was added and nothing else, however often it grows', () => {
    const set = new PathSet();
    const path = (at: number): string => `usr/share/${at % 100}/${at}`;
    const paths = Array.from({ length: 20_000 }, (_, at) => path(at));
    const early = paths.filter((one) => {
      const found = set.has(one);
      set.add(one);
      set.add(one);
      return found;
    });
    expect(early).toEqual([]);
    expect(paths.filter((one) => !set.has(one))).toEqual([]);
    for (const other of ['', 'usr', 'usr/share/0/1', 'usr/share/1/1/', '\0', 'sr/share/1/1u'])
      expect(set.has(other)).toBe(false);
    set.add('');
    expect(set.has('')).toBe(true);
  });
});
