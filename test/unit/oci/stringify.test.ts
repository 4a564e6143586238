import { expect, it } from 'vitest';

import { RLIM_INFINITY } from '../../../src/oci/names.js';
import { stringifyRuntimeSpec } from '../../../src/oci/stringify.js';
import { parseRuntimeSpec } from '../../../src/oci/validate.js';
import { minimalSpec } from './minimal-spec.js';

it('writes no limit as the 64 bits that other runtimes read, and reads it back', () => {
  const spec = minimalSpec();
  spec.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 0, hard: RLIM_INFINITY }];
  const text = stringifyRuntimeSpec(spec);
  expect(text).toContain('"hard":18446744073709551615}');
  expect(parseRuntimeSpec(text, 'where')).toEqual(spec);
});

it('leaves texts alone that look like it', () => {
  const spec = minimalSpec();
  spec.annotations = { a: '"hard":18446744073709552000}', '\\"hard': ':18446744073709552000,' };
  expect(JSON.parse(stringifyRuntimeSpec(spec))).toEqual(spec);
});
