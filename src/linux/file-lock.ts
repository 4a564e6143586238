import { closeSync } from 'node:fs';
import { errnoName, isFailure, systemError } from '../base/errno.js';
import { addon } from '../native/index.js';

/** The bytes of a lock file that are locked by themselves (native/sys/lock.h). */
const RANGES = { records: 0, monitor: 1 } as const;

/** An exclusive lock on one byte of a file, held until disposed or until the process ends (fcntl(2), F_OFD_SETLK). */
export class FileLock implements Disposable {
  #fd: number | undefined;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Locks an existing file: at once if it is free, else by waiting on a worker thread.
   *
   * @param range which byte; that of the records unless given
   * @returns undefined if the file is gone, also if it went while waiting
   */
  static async acquire(path: string, range: keyof typeof RANGES = 'records'): Promise<FileLock | undefined> {
    const free = FileLock.tryAcquire(path, range);
    if (free !== 'busy') return free;
    const answer = await addon.lock(path, RANGES[range]);
    if (!isFailure(answer)) return new FileLock(answer);
    if (errnoName(answer.errno) === 'ENOENT') return undefined;
    throw systemError(`lock ${path}`, answer);
  }

  /**
   * Locks an existing file if nobody else holds it.
   *
   * @returns 'busy' if somebody does; undefined if the file is gone
   */
  static tryAcquire(path: string, range: keyof typeof RANGES = 'records'): FileLock | 'busy' | undefined {
    const answer = addon.tryLock(path, RANGES[range]);
    if (!isFailure(answer)) return new FileLock(answer);
    if (errnoName(answer.errno) === 'EAGAIN') return 'busy';
    if (errnoName(answer.errno) === 'ENOENT') return undefined;
    throw systemError(`lock ${path}`, answer);
  }

  /** Whether somebody holds the lock now (F_OFD_GETLK); false for a missing file. Takes nothing, so it is in nobody's way. */
  static isHeld(path: string, range: keyof typeof RANGES): boolean {
    const answer = addon.isLocked(path, RANGES[range]);
    if (!isFailure(answer)) return answer;
    if (errnoName(answer.errno) === 'ENOENT') return false;
    throw systemError(`look at the lock of ${path}`, answer);
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
