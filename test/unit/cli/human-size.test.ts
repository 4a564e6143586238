import { expect, it } from 'vitest';
import { humanSize } from '../../../src/cli/output/human-size.js';

it.each([
  [0, 4, '0B'],
  [999, 4, '999B'],
  [348_160, 4, '348.2kB'],
  [25_280_000_000, 4, '25.28GB'],
  [1_984_230, 3, '1.98MB'],
  [1000, 4, '1kB'],
])('%s bytes with %s digits are %s', (bytes, digits, text) => {
  expect(humanSize(bytes, digits)).toBe(text);
});
