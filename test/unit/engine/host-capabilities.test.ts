import { describe, expect, it } from 'vitest';
import { withinBounding } from '../../../src/engine/host/capabilities.js';

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
