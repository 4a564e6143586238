import * as v from 'valibot';
import { refuseIn } from './problem.js';
import type { LinuxSeccomp } from './runtime-spec.js';
import { seccompSchema } from './schema/seccomp.js';
import { refuseIssue } from './validate.js';

/**
 * Checks a system call filter that stands alone: config-linux.md, "Seccomp". Loading this module loads the schema
 * library, so import it when it is needed.
 *
 * @param value anything
 * @param where how an error names the filter
 * @returns a copy without the properties that the specification does not define
 * @throws LibpodError ERR_INVALID_ARGUMENT, naming the field and its value
 */
export function validateSeccomp(value: unknown, where: string): LinuxSeccomp {
  const result = v.safeParse(seccompSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  return refuseIssue(result.issues[0], refuseIn(where, 'ERR_INVALID_ARGUMENT'));
}
