import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatClockOffsets } from '../../../src/linux/namespaces/create.js';
import { parseMountinfo } from '../../../src/linux/mounts/mountinfo.js';
import { mountedNamespaces } from '../../../src/linux/namespaces/list.js';

describe('the offsets of clocks', () => {
  it('are lines of seconds and nanoseconds that are never negative', () => {
    expect(formatClockOffsets({ monotonic: 1_500_000_000n, boottime: -1n })).toBe(
      'monotonic 1 500000000\nboottime -1 999999999\n',
    );
    expect(formatClockOffsets()).toBe('');
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (offset) => {
        const [, seconds, nanoseconds] = formatClockOffsets({ boottime: offset })
          .trim()
          .split(' ')
          .map(String);
        expect(BigInt(seconds ?? '') * 1_000_000_000n + BigInt(nanoseconds ?? '')).toBe(offset);
        expect(Number(nanoseconds)).toBeGreaterThanOrEqual(0);
        expect(Number(nanoseconds)).toBeLessThan(1e9);
      }),
    );
  });
});

describe('mounted namespaces', () => {
  it('are the mounts of nsfs, by what they hold', () => {
    const mounts = parseMountinfo(
      [
        '1 0 0:4 net:[4026532001] /run/netns/a rw shared:3 - nsfs nsfs rw',
        '2 0 0:4 net:[4026532001] /run/netns/b rw - nsfs nsfs rw',
        '3 0 0:4 mnt:[4026532002] /run/m rw - nsfs nsfs rw',
        '4 0 0:5 / /tmp rw - tmpfs tmpfs rw',
      ].join('\n'),
    );
    expect(mountedNamespaces(mounts)).toEqual(
      new Map([
        ['net:[4026532001]', ['/run/netns/a', '/run/netns/b']],
        ['mnt:[4026532002]', ['/run/m']],
      ]),
    );
  });
});
