import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LibpodError } from '../../../src/base/errors.js';
import { compileLaunch } from '../../../src/launch/compile.js';
import { encodeProgram } from '../../../src/launch/encode.js';
import { seccompRules } from '../../../src/launch/seccomp.js';
import { validateRuntimeSpec } from '../../../src/oci/validate.js';
import { defaultSpec, HYBRID, requestOf, UNIFIED } from '../launch/request.js';
import { SCHEMA_FIELDS } from './schema-fields.js';

type Json = Record<string, unknown>;

/** Puts a value where a field of the schema is, making what is on the way. */
function put(spec: Json, field: string, value: unknown): void {
  const steps = field.replaceAll('[]', '.[]').split('.');
  let at: Json | unknown[] = spec;
  steps.forEach((step, index) => {
    const key = Array.isArray(at) ? Math.max(0, at.length - 1) : step === '*' ? 'name' : step;
    const holder = at as Record<string | number, unknown>;
    if (index === steps.length - 1) {
      holder[key] = value;
      return;
    }
    const next = holder[key];
    const fits = steps[index + 1] === '[]' ? Array.isArray(next) : typeof next === 'object' && next !== null;
    if (!fits) holder[key] = steps[index + 1] === '[]' ? [] : {};
    at = holder[key] as Json | unknown[];
  });
}

/** What may stand anywhere, likely and not. */
const VALUES = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '',
    '/',
    '/a',
    '/proc',
    '..',
    'rw',
    '0-3',
    '\0',
    0,
    1,
    -1,
    2 ** 53,
    2 ** 64,
    1e308,
    true,
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    'mount',
    'time',
    'SCHED_FIFO',
    'MPOL_BIND',
    'SCMP_ACT_ALLOW',
    'tmpfs',
    'rshared',
    'LINUX32',
  ),
  // What every object of JavaScript has: no table may be asked for it.
  fc.constantFrom<unknown>('constructor', 'toString', 'rvalueOf', '__proto__'),
);
const EDITS = fc.array(fc.tuple(fc.constantFrom(...SCHEMA_FIELDS), VALUES), { minLength: 1, maxLength: 5 });

/** The error that a specification meets on its way to the bytes of a launch program; undefined for none. */
function refusal(spec: unknown): LibpodError | undefined {
  try {
    const checked = validateRuntimeSpec(spec, 'config.json');
    if (checked.linux?.seccomp !== undefined) seccompRules(checked.linux.seccomp);
    for (const cgroups of [HYBRID, UNIFIED])
      encodeProgram(compileLaunch(requestOf(checked, { cgroups, seccompFilter: Buffer.alloc(8) })));
    return undefined;
  } catch (error) {
    if (LibpodError.is(error)) return error;
    throw error;
  }
}

const changed = (...edits: readonly (readonly [string, unknown])[]): Json => {
  const spec = structuredClone(defaultSpec()) as unknown as Json;
  for (const [field, value] of edits) put(spec, field, value);
  return spec;
};

describe('a specification', () => {
  it('becomes a launch program, or is refused in one sentence', () => {
    fc.assert(
      fc.property(EDITS, (edits) => {
        const error = refusal(changed(...edits));
        if (error === undefined) return;
        expect(error.message).not.toMatch(/[\n\r]/);
        expect(error.message.length).toBeLessThan(1000);
      }),
      { numRuns: 300 },
    );
  });

  it('of a size that nobody means is refused, or carried out, without being walked again and again', () => {
    const many = 10_000;
    const mounts = Array.from({ length: many }, (_, at) => ({ destination: `/m${at}`, type: 'tmpfs' }));
    expect(refusal(changed(['mounts', mounts]))).toBeUndefined();
    expect(refusal(changed(['mounts', [...mounts.slice(1), mounts[1]]]))?.message).toContain(
      `mounts[${many - 1}].destination`,
    );
    for (const field of ['mounts', 'linux.devices', 'linux.maskedPaths', 'hooks.prestart', 'process.args'])
      expect(refusal(changed([field, Array(1_000_000).fill({})]))?.message).toBe(
        `config.json: ${field} is an array of 1000000 members, but must be an array of at most 10000 members`,
      );
    const long = 'x'.repeat(1 << 20);
    expect(refusal(changed(['linux.namespaces[].type', long]))?.message.length).toBeLessThan(300);
    expect(refusal(changed(['ociVersion', long]))?.message.length).toBeLessThan(300);
    expect(refusal(changed(['process.capabilities.bounding', [long]]))?.message.length).toBeLessThan(300);
    for (const field of ['process.cwd', 'linux.cgroupsPath', 'process.args[]', 'linux.maskedPaths[]']) {
      const message = refusal(changed([field, long]))?.message ?? '';
      expect(message).toMatch(new RegExp(field.replace('[]', '\\[\\d')));
      expect(message.length).toBeLessThan(300);
    }
    expect(
      refusal(changed(['process.env', Array.from({ length: many }, (_, at) => `V${at}=${at}`)])),
    ).toBeUndefined();
  });
});
