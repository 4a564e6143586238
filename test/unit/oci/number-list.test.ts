import { describe, expect, it } from 'vitest';
import { numberListMask } from '../../../src/oci/number-list.js';

describe('a list of processors', () => {
  it.each([
    ['0', [1]],
    ['0-3,7', [0x8f]],
    [' 8 , 1', [2, 1]],
    ['15-16', [0, 0x80, 1]],
  ] as const)('%j is a mask', (text, bytes) => {
    expect([...(numberListMask(text) ?? [])]).toEqual(bytes);
  });

  it.each(['', 'a', '3-1', '1,', '-1', '8192', '0x1', '1-2-3'])('%j is none', (text) => {
    expect(numberListMask(text)).toBeUndefined();
  });
});
