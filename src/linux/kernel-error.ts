import { codeOfErrno, errnoName, failureOf, isFailure, systemError, type Failure } from '../base/errno.js';
import type { ErrorCode, LibpodError } from '../base/errors.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  EPERM: 'ERR_NOT_PRIVILEGED',
  EACCES: 'ERR_NOT_PRIVILEGED',
  ENOENT: 'ERR_NOT_FOUND',
  ENOTDIR: 'ERR_NOT_A_DIRECTORY',
  ESRCH: 'ERR_NO_SUCH_PROCESS',
};

/**
 * Makes the error for what the kernel refused to a primitive, with the code that says most.
 *
 * @param what what was tried: "open process 12"
 * @param answer what native code answered, or node:fs threw
 */
export function kernelError(what: string, answer: unknown): LibpodError {
  const failure: Failure = isFailure(answer) ? answer : failureOf(answer);
  const code = CODES[errnoName(failure.errno)] ?? codeOfErrno(failure.errno);
  return systemError(what, failure, answer instanceof Error ? { code, cause: answer } : { code });
}
