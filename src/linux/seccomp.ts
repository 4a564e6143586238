import { isFailure, systemError } from '../base/errno.js';
import { addon, type SeccompInput } from '../native/index.js';

export type { SeccompInput } from '../native/index.js';

/**
 * The names among these that are no system call of any processor that libseccomp knows.
 *
 * @throws LibpodError ERR_UNSUPPORTED if libseccomp.so.2 is not installed
 */
export function unknownSystemCalls(names: readonly string[]): string[] {
  const answer = addon.unknownSystemCalls(names);
  if (isFailure(answer))
    throw systemError('look up system calls in libseccomp.so.2 (package libseccomp2)', answer);
  return answer;
}

/**
 * Compiles a system call filter with libseccomp, on a worker thread: some milliseconds.
 *
 * @throws LibpodError ERR_UNSUPPORTED if libseccomp.so.2 is not installed: nothing runs unconfined by accident
 */
export async function compileSeccomp(input: SeccompInput): Promise<Uint8Array> {
  const answer = await addon.compileSeccomp(input);
  if (isFailure(answer)) {
    throw systemError('compile the seccomp filter with libseccomp.so.2 (package libseccomp2)', answer);
  }
  return answer;
}
