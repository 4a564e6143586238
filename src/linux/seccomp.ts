import { isFailure, systemError } from '../base/errno.js';
import { addon, type SeccompInput } from '../native/index.js';

export type { SeccompInput } from '../native/index.js';

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
