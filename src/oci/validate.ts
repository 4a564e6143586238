import * as v from 'valibot';

import { checkRuntimeSpec } from './check/check.js';
import { memberPath, refuseIn, show, type Refuse } from './problem.js';
import type { RuntimeSpec } from './runtime-spec.js';
import { runtimeSpecSchema } from './schema/schema.js';

/**
 * Reads a config.json of an OCI bundle. Loading this module loads the schema library (some milliseconds), so
 * import it when it is needed.
 *
 * @param text JSON
 * @param where how an error names the document, such as its path
 * @returns the specification without the properties that it does not define
 * @throws LibpodError ERR_SPEC_INVALID, naming the field and its value
 */
export function parseRuntimeSpec(text: string, where: string): RuntimeSpec {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuseIn(where)('', `is not JSON (${(error as Error).message})`);
  }
  return validateRuntimeSpec(value, where);
}

/**
 * Checks a specification that is already parsed, by the rules of runtime-spec 1.2 (config.md,
 * config-linux.md) and a few of our own.
 *
 * @param value anything
 * @param where how an error names the document
 * @returns a copy without the properties that the specification does not define
 * @throws LibpodError ERR_SPEC_INVALID, naming the field and its value
 */
export function validateRuntimeSpec(value: unknown, where: string): RuntimeSpec {
  const refuse: Refuse = refuseIn(where);
  const result = v.safeParse(runtimeSpecSchema, value, { abortEarly: true });
  if (!result.success) refuseIssue(result.issues[0], refuse);
  checkRuntimeSpec(result.output, refuse);
  return result.output;
}

/** Turns what the schema library found into our sentence. */
export function refuseIssue(issue: v.BaseIssue<unknown>, refuse: Refuse): never {
  const path = (issue.path ?? []).reduce(
    (before, { key }) => (typeof key === 'number' ? `${before}[${key}]` : memberPath(before, String(key))),
    '',
  );
  // An object reports a member that is absent with the member's name, in quotes, as what it expected.
  if (issue.type === 'object' && issue.expected?.startsWith('"')) refuse(path, 'is missing; add it');
  refuse(path, `is ${show(issue.input)}, but must be ${describe(issue)}`);
}

/** What the schema expected, in words. */
function describe({ type, expected, message }: v.BaseIssue<unknown>): string {
  switch (type) {
    case 'string':
      return 'a string';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'an array';
    case 'picklist':
      return `one of ${(expected ?? '').replace(/["()]/g, '').replaceAll(' | ', ', ')}`;
    default:
      return message;
  }
}
