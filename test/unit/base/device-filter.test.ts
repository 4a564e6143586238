import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDeviceFilter } from '../../../src/base/device-filter.js';
import type { LinuxDeviceCgroup } from '../../../src/oci/runtime-spec.js';

interface Asked {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  /** Letters of `mrw`. */
  readonly access: string;
}

const BITS: Record<string, number> = { m: 1, r: 2, w: 4 };
const bits = (access: string): number =>
  access.split('').reduce((sum, letter) => sum | (BITS[letter] ?? 0), 0);

/** Runs a program as the kernel would: the few instructions that the compiler uses, and nothing else. */
function runFilter(program: Uint8Array, { type, major, minor, access }: Asked): number {
  const context = [(bits(access) << 16) | (type === 'b' ? 1 : 2), major, minor];
  const bytes = Buffer.from(program);
  const registers = new Array<number>(10).fill(0);
  for (let at = 0, steps = 0; steps < 10_000; at++, steps++) {
    const code = bytes.readUInt8(at * 8);
    const destination = bytes.readUInt8(at * 8 + 1) & 15;
    const source = bytes.readUInt8(at * 8 + 1) >> 4;
    const offset = bytes.readInt16LE(at * 8 + 2);
    const number = bytes.readInt32LE(at * 8 + 4);
    const value = registers[destination] ?? 0;
    if (code === 0x61) registers[destination] = context[offset / 4] ?? 0;
    else if (code === 0xbc) registers[destination] = registers[source] ?? 0;
    else if (code === 0xb7) registers[destination] = number;
    else if (code === 0x54) registers[destination] = (value & number) >>> 0;
    else if (code === 0x74) registers[destination] = value >>> number;
    else if (code === 0x15) at += value === number ? offset : 0;
    else if (code === 0x55) at += value !== number ? offset : 0;
    else if (code === 0x95) return registers[0] ?? 0;
    else throw new Error(`instruction ${code.toString(16)}`);
  }
  throw new Error('it does not end');
}

/** What the rules mean, read one by one: the last that fits decides. */
function expected(rules: readonly LinuxDeviceCgroup[], asked: Asked): number {
  for (const rule of [...rules].reverse()) {
    const all = rule.type === undefined || rule.type === 'a';
    if (!all && rule.type !== (asked.type === 'b' ? 'b' : 'c')) continue;
    const fits = (number: number | undefined, wanted: number) =>
      all || number === undefined || number === wanted;
    if (!fits(rule.major, asked.major) || !fits(rule.minor, asked.minor)) continue;
    const mask = bits(rule.access ?? '') || 7;
    const wanted = bits(asked.access);
    if (rule.allow ? (wanted & ~mask) !== 0 : (wanted & mask) === 0) continue;
    return rule.allow ? 1 : 0;
  }
  return 0;
}

const access = fc.subarray(['m', 'r', 'w']).map((letters) => letters.join(''));
const number = fc.integer({ min: 0, max: 4 });
const rule: fc.Arbitrary<LinuxDeviceCgroup> = fc.record({
  allow: fc.boolean(),
  type: fc.constantFrom('a' as const, 'b' as const, 'c' as const, undefined),
  major: fc.option(number, { nil: undefined }),
  minor: fc.option(number, { nil: undefined }),
  access: fc.option(access, { nil: undefined }),
});
const asked: fc.Arbitrary<Asked> = fc.record({
  type: fc.constantFrom('b' as const, 'c' as const),
  major: number,
  minor: number,
  access: access.filter((text) => text !== ''),
});

describe('the device program of cgroup v2', () => {
  it('answers what the rules say, for any rules and any access', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), asked, (rules, wanted) => {
        expect(runFilter(compileDeviceFilter(rules), wanted)).toBe(expected(rules, wanted));
      }),
      { numRuns: 2000 },
    );
  });

  it('ends at a rule for everything: the kernel refuses what cannot be reached', () => {
    const late = compileDeviceFilter([
      { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
      { allow: false },
    ]);
    expect(late).toEqual(compileDeviceFilter([{ allow: false }]));
  });

  it('refuses a rule that would fit what it should not', () => {
    for (const wrong of [{ type: 'z' }, { access: 'rx' }])
      expect(() => compileDeviceFilter([{ allow: true, ...wrong } as never])).toThrow(
        /a device rule has a type of a, b, c, u or p, and access of the letters rwm, not/,
      );
  });

  it('denies what no rule fits', () => {
    expect(runFilter(compileDeviceFilter([]), { type: 'c', major: 1, minor: 3, access: 'r' })).toBe(0);
  });
});
