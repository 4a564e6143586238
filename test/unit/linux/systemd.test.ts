import { describe, expect, it } from 'vitest';
import { slicePath } from '../../../src/linux/systemd.js';

describe('slicePath', () => {
  it('puts a slice into those that its name names', () => {
    expect(slicePath('machine.slice')).toBe('/machine.slice');
    expect(slicePath('a-b-c.slice')).toBe('/a.slice/a-b.slice/a-b-c.slice');
  });

  it.each([
    '',
    '.slice',
    'machine',
    '/machine.slice',
    'a--b.slice',
    '-a.slice',
    'a-.slice',
    'a/../b.slice',
    'a.scope',
  ])('refuses %j', (slice) => {
    expect(() => slicePath(slice)).toThrow(/must be a slice/);
  });
});
