import { existsSync, readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { CAPABILITIES, CAPABILITY_NAMES, isCapabilityName } from '../../../src/base/capabilities.js';

it('numbers the capabilities from 0 to 40 without a gap', () => {
  expect(CAPABILITY_NAMES.map((name) => CAPABILITIES[name])).toEqual(Array.from({ length: 41 }, (_, i) => i));
  expect(CAPABILITIES.CAP_CHECKPOINT_RESTORE).toBe(40);
});

it('knows no names of Object.prototype', () => {
  expect(isCapabilityName('constructor')).toBe(false);
  expect(isCapabilityName('CAP_SYS_ADMIN')).toBe(true);
});

const HEADER = '/usr/include/linux/capability.h';

it.runIf(existsSync(HEADER))('agrees with the header of the kernel that is installed', () => {
  const defined = [...readFileSync(HEADER, 'utf8').matchAll(/^#define (CAP_[A-Z_]+)\s+(\d+)$/gm)];
  expect(Object.fromEntries(defined.map(([, name, value]) => [name, Number(value)]))).toEqual(CAPABILITIES);
});
