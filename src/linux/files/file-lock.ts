import { closeSync } from 'node:fs';
import { errnoName, isFailure } from '../../base/errno.js';
import { addon, type RawLockRange } from '../../native/index.js';
import { invalid, kernelError, throwIfAborted } from '../kernel-error.js';
import { checkText } from '../place.js';

/** Which bytes of a file are locked; they need not exist. */
export interface LockRange {
  /** The first byte; 0 unless given. */
  readonly start?: number | undefined;
  /** How many; 0, which is the default, is to the end, however far the file grows. */
  readonly length?: number | undefined;
  /** With others who share, and against those who do not; exclusive unless given. */
  readonly shared?: boolean | undefined;
}

/** The bytes of a container's lock file that are locked by themselves (native/sys/lock.h). */
export const CONTAINER_LOCKS = {
  records: { start: 0, length: 1 },
  monitor: { start: 1, length: 1 },
} as const satisfies Record<string, LockRange>;

/** A lock that stands in the way of another. */
export interface LockHolder {
  readonly start: number;
  readonly length: number;
  readonly shared: boolean;
  /** The process, if the lock is one of a process (F_SETLK); one of an open file description has none. */
  readonly pid?: number;
}

function checkBytes(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw invalid(`the ${name} of a lock must be a whole number of bytes from 0, not ${String(value)}`);
}

function rawRange({ start = 0, length = 0, shared = false }: LockRange): RawLockRange {
  checkBytes('start', start);
  checkBytes('length', length);
  return [start, length, shared];
}

/**
 * A lock on a range of a file, held until disposed of or until the process ends, however it ends (fcntl(2), "Open file
 * description locks"). It is advisory, and holds between threads, processes and containers.
 */
export class FileLock implements Disposable {
  #fd: number | undefined;
  readonly #range: RawLockRange;

  private constructor(fd: number, range: RawLockRange) {
    this.#fd = fd;
    this.#range = range;
  }

  /**
   * Locks an existing file: at once if it is free, else by waiting on a thread of its own.
   *
   * @param range the whole file, exclusively, unless given
   * @param signal gives up waiting
   * @returns undefined if the file is gone, also if it went while waiting: a lock on an unlinked file would be nobody's
   * @throws LibpodError ERR_ABORTED; ERR_SYSTEM with ELOOP for a symbolic link, which is not followed
   */
  static async acquire(
    path: string,
    range: LockRange = {},
    signal?: AbortSignal,
  ): Promise<FileLock | undefined> {
    throwIfAborted(`lock ${path}`, signal);
    checkText('the path of a lock', path);
    const raw = rawRange(range);
    let answer = addon.tryLock(path, ...raw);
    if (isFailure(answer) && errnoName(answer.errno) === 'EAGAIN') {
      const [waiting, handle] = addon.lock(path, ...raw);
      const giveUp = (): void => addon.cancelLock(handle);
      signal?.addEventListener('abort', giveUp, { once: true });
      answer = await waiting;
      signal?.removeEventListener('abort', giveUp);
    }
    if (!isFailure(answer)) return new FileLock(answer, raw);
    if (errnoName(answer.errno) === 'ENOENT') return undefined;
    throwIfAborted(`lock ${path}`, signal);
    throw kernelError(`lock ${path}`, answer);
  }

  /**
   * Locks an existing file if it is free.
   *
   * @returns undefined if somebody else holds a lock that stands in the way
   * @throws LibpodError ERR_NOT_FOUND
   */
  static tryAcquire(path: string, range: LockRange = {}): FileLock | undefined {
    checkText('the path of a lock', path);
    const raw = rawRange(range);
    const answer = addon.tryLock(path, ...raw);
    if (!isFailure(answer)) return new FileLock(answer, raw);
    if (errnoName(answer.errno) === 'EAGAIN') return undefined;
    throw kernelError(`lock ${path}`, answer);
  }

  /**
   * Who stands in the way of a lock now (F_OFD_GETLK): one of them, if there are several. Takes no lock.
   *
   * @returns undefined if the lock is free, or the file is gone
   */
  static holder(path: string, range: LockRange = {}): LockHolder | undefined {
    checkText('the path of a lock', path);
    const answer = addon.lockHolder(path, ...rawRange(range));
    if (answer === undefined) return undefined;
    if (!isFailure(answer)) {
      const { pid, ...rest } = answer;
      return pid > 0 ? { ...rest, pid } : rest;
    }
    if (errnoName(answer.errno) === 'ENOENT') return undefined;
    throw kernelError(`look at the lock of ${path}`, answer);
  }

  /**
   * Lets go of the lock, and keeps the file open for `lockAgain`: both together take half the time of a new lock.
   *
   * @returns false if the file has lost its last name: then nobody else can come to it
   */
  unlock(): boolean {
    return this.#fd !== undefined && addon.unlock(this.#fd, ...this.#range) === undefined;
  }

  /**
   * Takes the lock again on the file that was kept open, if it is free.
   *
   * @returns false if somebody else holds it, or the file has lost its last name. What was moved is still that file, unlike
   *   with `acquire`, which goes by the path
   */
  lockAgain(): boolean {
    return this.#fd !== undefined && addon.lockAgain(this.#fd, ...this.#range) === undefined;
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
