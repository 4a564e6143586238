import { describe, expect, it } from 'vitest';
import { requireWithin, withinBounding } from '../../../src/engine/host/capabilities.js';

describe('the capabilities that "all" means on a machine', () => {
  it('are those of its bounding set', () => {
    const sets = {
      bounding: ['CAP_CHOWN', 'CAP_SYS_RESOURCE'],
      effective: ['CAP_SYS_RESOURCE'],
      ambient: [],
    };
    const withoutResource = ~(1n << 24n) & 0x1ffffffffffn;
    expect(withinBounding(sets, withoutResource)).toEqual({
      bounding: ['CAP_CHOWN'],
      effective: [],
      ambient: [],
    });
    expect(withinBounding(sets, 0n)).toEqual({ bounding: [], effective: [], ambient: [] });
  });
});

describe('capabilities by name', () => {
  it('are refused, each by its name, where this process cannot give them', () => {
    const asked = { bounding: ['CAP_CHOWN', 'CAP_SYS_PTRACE', 'CAP_SYSLOG'] };
    expect(() => requireWithin(asked, 0x1ffffffffffn)).not.toThrow();
    expect(() => requireWithin({}, 0n)).not.toThrow();
    expect(() => requireWithin(asked, 1n)).toThrow(
      /^a container cannot be given CAP_SYS_PTRACE, CAP_SYSLOG, which this process may not have itself/,
    );
  });
});
