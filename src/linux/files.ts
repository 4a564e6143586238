import { statfsSync } from 'node:fs';
import { isFailure, systemError } from '../base/errno.js';
import { addon, FILE_OPS, type FileStep } from '../native/index.js';

export type { FileStep } from '../native/index.js';

/** TMPFS_MAGIC of statfs(2). */
const TMPFS = 0x01021994;

/** Whether a directory is in memory, so that what is done there never waits for a disk. */
export function isInMemory(directory: string): boolean {
  return statfsSync(directory).type === TMPFS;
}

/**
 * Carries out file operations in order, on one worker thread, so that a dozen of them cost one trip. Stops at the first
 * that fails; what was done before it stays done.
 *
 * @param atOnce on this thread instead: for a few operations in memory, which take less time than the trip
 * @throws LibpodError, which names `what` and the path; ERR_NO_SPACE on a full disk
 */
export async function runFileSteps(what: string, steps: readonly FileStep[], atOnce = false): Promise<void> {
  const flat: (string | number)[] = [];
  for (const step of steps) {
    const text = 'data' in step ? step.data : 'to' in step ? step.to : '';
    flat.push(FILE_OPS[step.op], step.path, text, 'mode' in step ? step.mode : 0);
  }
  const answer = atOnce ? addon.filesAtOnce(flat) : await addon.files(flat);
  if (isFailure(answer)) throw systemError(`${what} (${steps[answer.index ?? 0]?.path ?? ''})`, answer);
}

/**
 * Reads a small text file of the engine's own: at once, as it is in memory.
 *
 * @returns undefined if there is no such file, without the cost of an exception
 */
export function readTextFile(path: string): string | undefined {
  const answer = addon.readText(path);
  if (isFailure(answer)) throw systemError(`read ${path}`, answer);
  return answer;
}

/**
 * The bytes of all files in a directory and beneath it, each file counted once however many names it has; symbolic links
 * are not followed, and a missing directory has none. Counts on a worker thread.
 */
export async function treeSize(directory: string): Promise<number> {
  const answer = await addon.treeSize(directory);
  if (typeof answer !== 'bigint') throw systemError(`measure ${directory}`, answer);
  return Number(answer);
}

/** Opens a path beneath a root directory's descriptor; no symlink leads out (openat2(2), RESOLVE_IN_ROOT). */
export function openInRoot(root: number, path: string, flags: number): number {
  const answer = addon.openInRoot(root, path, flags);
  if (isFailure(answer)) throw systemError(`open ${path} in the root`, answer);
  return answer;
}
