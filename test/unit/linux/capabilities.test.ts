import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  capabilityName,
  capabilityNames,
  capabilityNumber,
  capabilitySet,
  parseBoundingSet,
  parseCapabilities,
  readCapabilities,
} from '../../../src/linux/processes/capabilities.js';
import { encodeFileCapabilities, parseFileCapabilities } from '../../../src/linux/files/file-capabilities.js';

const INVALID = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const set = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

describe('the capabilities of a process', () => {
  it('are read from its status: the five sets by name', () => {
    const status =
      'Name:\tx\nCapInh:\t0000000000000000\nCapPrm:\t0000000000003000\nCapEff:\t0000000000001000\nCapBnd:\t000001fffeffffff\nCapAmb:\t0000020000000001\n';
    expect(parseBoundingSet(status)).toBe(0x1fffeffffffn);
    expect(parseBoundingSet('Name:\tx\n')).toBe(0n);
    const { bounding, ...rest } = parseCapabilities(status);
    expect(rest).toEqual({
      inheritable: [],
      permitted: ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
      effective: ['CAP_NET_ADMIN'],
      ambient: ['CAP_CHOWN', 'CAP_41'],
    });
    expect(bounding).toHaveLength(40);
    expect(bounding).not.toContain('CAP_SYS_RESOURCE');
  });

  it('of this one are a part of what bounds them', () => {
    const { effective, permitted } = readCapabilities();
    expect(permitted).toEqual(expect.arrayContaining([...effective]));
    expect(() => readCapabilities(2 ** 22)).toThrow(expect.objectContaining({ code: 'ERR_NOT_FOUND' }));
  });
});

describe('the names of capabilities', () => {
  it('lead to numbers, also in short and as numbers', () => {
    for (const name of ['CAP_SYS_ADMIN', 'sys_admin', 'Cap_Sys_Admin', 21, '21', 'CAP_21'])
      expect(capabilityNumber(name)).toBe(21);
    for (const name of ['', 'CAP_', 'ADMIN', '64', -1, 1.5, 64, '__proto__', '021 '])
      expect(() => capabilityNumber(name)).toThrow(INVALID);
  });

  it('of a set lead back to it, also those that are not known yet', () => {
    fc.assert(fc.property(set, (bits) => capabilitySet(capabilityNames(bits)) === bits));
    for (let number = 0; number < 64; number++) expect(capabilityNumber(capabilityName(number))).toBe(number);
  });
});

describe('the attribute security.capability', () => {
  it('is parsed as the tools write it', () => {
    // setcap cap_net_raw+ep, and cap_chown+i with a root ID of 1000.
    expect(parseFileCapabilities(Buffer.from('0100000200200000000000000000000000000000', 'hex'))).toEqual({
      effective: true,
      permitted: ['CAP_NET_RAW'],
      inheritable: [],
    });
    expect(
      parseFileCapabilities(Buffer.from('0000000300000000010000000000000000000000e8030000', 'hex')),
    ).toEqual({ effective: false, permitted: [], inheritable: ['CAP_CHOWN'], rootId: 1000 });
    expect(parseFileCapabilities(Buffer.from('010000010100000000000000', 'hex'))).toEqual({
      effective: true,
      permitted: ['CAP_CHOWN'],
      inheritable: [],
    });
  });

  it('is what was encoded', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        set,
        set,
        fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: undefined }),
        (effective, permitted, inheritable, rootId) => {
          const given = {
            effective,
            permitted: capabilityNames(permitted),
            inheritable: capabilityNames(inheritable),
            ...(rootId === undefined ? {} : { rootId }),
          };
          expect(parseFileCapabilities(encodeFileCapabilities(given))).toEqual(given);
        },
      ),
    );
  });

  it('of another shape is refused, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        fc.pre(![12, 20, 24].includes(bytes.length));
        expect(() => parseFileCapabilities(bytes)).toThrow(INVALID);
      }),
    );
    expect(() => parseFileCapabilities(Buffer.alloc(20))).toThrow(/damaged: 20 bytes of revision 0/);
    expect(() =>
      encodeFileCapabilities({ effective: true, permitted: [], inheritable: [], rootId: -1 }),
    ).toThrow(INVALID);
  });
});
