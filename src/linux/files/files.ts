import { statfsSync } from 'node:fs';
import { isFailure, systemError } from '../../base/errno.js';
import { addon, FILE_OPS, type FileStep } from '../../native/index.js';

export type { FileStep } from '../../native/index.js';

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

/** A clock of a file system may stand still for so long: a tick of the slowest kernel, many times over. */
const CLOCK_STEP_MS = 100n;

/** What files are like at one moment: files with equal stamps have the same content. */
export class FileStamps {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Looks at some files, at once; one that is not there has a stamp too. */
  static of(paths: readonly string[]): FileStamps {
    return new FileStamps(addon.fileStamps(paths));
  }

  /** The stamps of some of the files, as stamps by themselves. */
  slice(first: number, count: number): FileStamps {
    return new FileStamps(this.#bytes.subarray(24 * first, 24 * (first + count)));
  }

  equals(other: FileStamps): boolean {
    return this.#bytes.equals(other.#bytes);
  }

  /**
   * Whether a later change is sure to show. A file that was changed only just may be changed again within the same tick of
   * the file system's clock, and look the same after it.
   */
  areSettled(): boolean {
    const limit = (BigInt(Date.now()) - CLOCK_STEP_MS) * 1_000_000n;
    for (let at = 8; at < this.#bytes.length; at += 24)
      if (this.#bytes.readBigInt64LE(at) > limit) return false;
    return true;
  }
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
