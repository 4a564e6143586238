import { isFailure } from '../base/errno.js';
import { addon } from '../native/index.js';
import { kernelError } from './kernel-error.js';

/**
 * Reads files of the kernel's, of /proc and cgroups, in one trip to a worker thread.
 *
 * @returns undefined for each that is not there, or whose process has gone
 */
export async function readProcFiles(paths: readonly string[]): Promise<(string | undefined)[]> {
  const answer = await addon.readKernelFiles(paths);
  if (isFailure(answer)) throw kernelError(`read ${paths[answer.index ?? 0] ?? 'a file'}`, answer);
  return answer;
}
