import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  formatIp,
  ipBytes,
  ipOfBytes,
  parseIp,
  parseRange,
  Subnet,
  type IpAddress,
} from '../../../src/base/ip.js';

const anyIp: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ family: 4 as const, value })),
  // With many groups that are zero, as real ones have.
  fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
    .map((groups) => ({
      family: 6 as const,
      value: groups.reduce((all, group) => (all << 16n) | BigInt(group), 0n),
    })),
);

describe('an IP address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fd00::', 'fd00::'],
    ['FD00:0:0:1::2', 'fd00:0:0:1::2'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ])('%s is written as %s', (text, written) => {
    expect(formatIp(parseIp(text) as IpAddress)).toBe(written);
  });

  it.each(['', 'x', '1.2.3', '1.2.3.256', '1.2.3.4/8', ':::', '1::2::3', 'fe80::1%eth0'])(
    '%j is none',
    (text) => {
      expect(parseIp(text)).toBeUndefined();
    },
  );

  it('is the same after it was written and read, as text and as bytes', () => {
    fc.assert(
      fc.property(anyIp, (address) => {
        const text = formatIp(address);
        expect(isIP(text)).toBe(address.family);
        expect(parseIp(text)).toEqual(address);
        expect(ipOfBytes(ipBytes(address))).toEqual(address);
      }),
    );
  });
});

describe('a subnet', () => {
  it.each([
    ['10.1.2.3/16', '10.1.0.0/16'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['fd00:1:2:3:4::/64', 'fd00:1:2:3::/64'],
  ])('%s is %s', (text, written) => {
    expect(String(Subnet.parse(text))).toBe(written);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '/8', '10.0.0.0/-1', '10.0.0.0/8/8'])(
    '%j is none',
    (text) => {
      expect(Subnet.parse(text)).toBeUndefined();
    },
  );

  it('has the addresses with its prefix, and no others', () => {
    fc.assert(
      fc.property(anyIp, anyIp, fc.integer({ min: 0, max: 32 }), (one, other, prefix) => {
        const subnet = Subnet.of(one, prefix);
        const offset = subnet.offsetOf(one);
        expect(subnet.at(offset ?? -1n)).toEqual(one);
        const shift = BigInt((other.family === 4 ? 32 : 128) - prefix);
        const shared = one.family === other.family && one.value >> shift === other.value >> shift;
        expect(subnet.offsetOf(other) !== undefined).toBe(shared);
        expect(subnet.overlaps(Subnet.of(other, prefix))).toBe(shared);
      }),
    );
  });
});

describe('a range of addresses', () => {
  it('is a subnet, or all from one address to another', () => {
    const range = parseRange('10.7.1.30-10.7.2.1');
    expect(range?.size).toBe(228n);
    expect(range && formatIp(range.at(227n))).toBe('10.7.2.1');
    expect(range?.offsetOf(parseIp('10.7.1.255') as IpAddress)).toBe(225n);
    for (const outside of ['10.7.1.29', '10.7.2.2', '::1'])
      expect(range?.offsetOf(parseIp(outside) as IpAddress)).toBeUndefined();
    expect(String(range)).toBe('10.7.1.30-10.7.2.1');
    expect(String(parseRange('fd00::/64'))).toBe('fd00::/64');
    for (const text of ['10.7.1.2-10.7.1.1', '10.7.1.1-::1', '10.7.1.1-', '10.7.1.1-10.7.1.2-10.7.1.3', 'x'])
      expect(parseRange(text)).toBeUndefined();
  });
});
