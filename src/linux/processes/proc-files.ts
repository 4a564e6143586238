import { isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';

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

/**
 * Reads files of one process, at once.
 *
 * @param names `status`, `uid_map`
 * @throws LibpodError ERR_NOT_FOUND if there is no such process
 */
export function readFilesOfProcess(pid: number | 'self', names: readonly string[]): string[] {
  const paths = names.map((name) => `/proc/${pid}/${name}`);
  const answer = addon.readKernelFilesAtOnce(paths);
  if (isFailure(answer)) throw kernelError(`read ${paths[answer.index ?? 0] ?? 'a file'}`, answer);
  return paths.map((path, index) => {
    const text = answer[index];
    if (text !== undefined) return text;
    throw new LibpodError('ERR_NOT_FOUND', `cannot read ${path}: there is no process ${pid}`);
  });
}
