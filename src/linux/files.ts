import { isFailure, systemError } from '../base/errno.js';
import { addon, type FileStep } from '../native/index.js';

export type { FileStep } from '../native/index.js';

/**
 * Carries out file operations in order on one worker thread, so that a dozen of them cost one trip. Stops at the first
 * that fails; what was done before it stays done.
 *
 * @throws LibpodError, which names `what` and the path; ERR_NO_SPACE on a full disk
 */
export async function runFileSteps(what: string, steps: readonly FileStep[]): Promise<void> {
  const answer = await addon.files(steps);
  if (isFailure(answer)) throw systemError(`${what} (${steps[answer.index ?? 0]?.path ?? ''})`, answer);
}

/** Opens a path beneath a root directory's descriptor; no symlink leads out (openat2(2), RESOLVE_IN_ROOT). */
export function openInRoot(root: number, path: string, flags: number): number {
  const answer = addon.openInRoot(root, path, flags);
  if (isFailure(answer)) throw systemError(`open ${path} in the root`, answer);
  return answer;
}
