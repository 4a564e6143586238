import fc from 'fast-check';
import { expect, it } from 'vitest';

import { LibpodError } from '../../../src/base/errors.js';
import { parseRuntimeSpec, validateRuntimeSpec } from '../../../src/oci/validate.js';
import { minimalSpec } from './minimal-spec.js';

/** Runs it; an error must be ours. */
function returnsOrRefuses(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(LibpodError.is(error, 'ERR_SPEC_INVALID'), String(error)).toBe(true);
    expect((error as Error).message).toMatch(/^where: \S/);
  }
}

it('any text is parsed or refused', () => {
  fc.assert(fc.property(fc.string(), (text) => returnsOrRefuses(() => parseRuntimeSpec(text, 'where'))));
});

it('any JSON is parsed or refused', () => {
  fc.assert(fc.property(fc.json(), (text) => returnsOrRefuses(() => parseRuntimeSpec(text, 'where'))));
});

/** Paths into a specification, at which any value may be put. */
const PATHS = [
  'ociVersion',
  'process.user',
  'process.user.uid',
  'process.args',
  'process.env',
  'process.capabilities',
  'process.rlimits',
  'mounts',
  'hooks',
  'hooks.prestart',
  'annotations',
  'linux',
  'linux.namespaces',
  'linux.sysctl',
  'linux.devices',
  'linux.resources',
  'linux.resources.unified',
  'linux.resources.rdma',
  'linux.seccomp',
  'linux.timeOffsets',
];

it('a specification with anything in one place is returned or refused', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PATHS), fc.jsonValue(), (path, value) => {
      const spec = minimalSpec() as unknown as Record<string, unknown>;
      const keys = path.split('.');
      let target = spec;
      for (const key of keys.slice(0, -1)) target = (target[key] ??= {}) as Record<string, unknown>;
      target[keys.at(-1) as string] = value;
      returnsOrRefuses(() => validateRuntimeSpec(spec, 'where'));
    }),
    { numRuns: 500 },
  );
});

it('what was accepted is accepted again, unchanged', () => {
  const spec = fc.record(
    {
      annotations: fc.dictionary(fc.string(), fc.string()),
      mounts: fc.array(fc.record({ destination: fc.string().map((name) => `/${name}`) })),
      linux: fc.record({
        maskedPaths: fc.array(fc.string()),
        sysctl: fc.dictionary(fc.string(), fc.string()),
      }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(spec, (members) =>
      returnsOrRefuses(() => {
        const once = validateRuntimeSpec({ ...minimalSpec(), ...members }, 'where');
        expect(validateRuntimeSpec(once, 'where')).toEqual(once);
      }),
    ),
  );
});
