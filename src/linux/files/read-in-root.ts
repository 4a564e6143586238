import { describeErrno, errnoName, isFailure, systemError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';

/**
 * Reads a small text file of a root that may be hostile: no link leads out of it (openat2(2), RESOLVE_IN_ROOT), and only a
 * regular file of at most 1 MiB is read, more than any honest /etc/passwd has.
 *
 * @param root an absolute host path
 * @param path absolute within the root
 * @returns '' if it is missing
 * @throws LibpodError ERR_INVALID_ARGUMENT if it is too large or no regular file
 */
export function readInRoot(root: string, path: string): string {
  const answer = addon.readInRoot(root, path);
  if (answer === undefined) return '';
  if (!isFailure(answer)) return answer;
  if (['EINVAL', 'EFBIG'].includes(errnoName(answer.errno))) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${path} in the root ${root} is not a regular file of at most 1 MiB: ${describeErrno(answer)}`,
    );
  }
  throw systemError(`read ${path} in the root ${root}`, answer);
}
