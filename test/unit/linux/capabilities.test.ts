import { describe, expect, it } from 'vitest';
import { parseBoundingSet } from '../../../src/linux/capabilities.js';

describe('the bounding set of a process', () => {
  it('is read from its status', () => {
    expect(parseBoundingSet('Name:\tx\nCapEff:\t0000000000000001\nCapBnd:\t000001fffeffffff\n')).toBe(
      0x1fffeffffffn,
    );
    expect(parseBoundingSet('Name:\tx\n')).toBe(0n);
  });
});
