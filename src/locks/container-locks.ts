import { CONTAINER_LOCKS, FileLock } from '../linux/files/file-lock.js';
import { requireOrder, whileHolding } from './lock-order.js';

/** How many lock files stay open: a descriptor each. */
const KEPT = 32;

/**
 * The locks of containers: between processes a lock on a file of each, freed by the kernel when its holder dies; within
 * this process a queue in front of it, so that waiters are served in order and hold no worker thread.
 */
export class ContainerLocks implements Disposable {
  /** Of each file that somebody here works with: what lets the next one in, in the order in which they came. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Lock files that stay open for the next time, the one that was locked last at the end; undefined once disposed of. */
  #kept: Map<string, FileLock> | undefined = new Map();

  /**
   * Runs a function under the lock of a file. No lock is held while waiting for people or processes.
   *
   * @returns undefined, without running it, if the file is gone: then so is the container
   */
  async with<T>(file: string, run: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    requireOrder(file);
    const others = this.#waiting.get(file);
    const queue = others ?? [];
    if (others === undefined) this.#waiting.set(file, queue);
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      const lock = this.#lockAgain(file) ?? (await FileLock.acquire(file, CONTAINER_LOCKS.records));
      if (lock === undefined) return undefined;
      try {
        return { value: await whileHolding(file, run) };
      } finally {
        this.#unlock(file, lock);
      }
    } finally {
      const next = queue.shift();
      if (next === undefined) this.#waiting.delete(file);
      else next();
    }
  }

  #lockAgain(file: string): FileLock | undefined {
    const lock = this.#kept?.get(file);
    if (lock === undefined) return undefined;
    this.#kept?.delete(file);
    if (lock.lockAgain()) return lock;
    lock[Symbol.dispose]();
    return undefined;
  }

  #unlock(file: string, lock: FileLock): void {
    if (this.#kept === undefined || !lock.unlock()) {
      lock[Symbol.dispose]();
      return;
    }
    this.#kept.set(file, lock);
    if (this.#kept.size <= KEPT) return;
    const [oldest = ''] = this.#kept.keys();
    this.#kept.get(oldest)?.[Symbol.dispose]();
    this.#kept.delete(oldest);
  }

  /** Closes the files that are kept open; whoever holds or wants a lock still may. */
  [Symbol.dispose](): void {
    const kept = this.#kept;
    this.#kept = undefined;
    for (const lock of kept?.values() ?? []) lock[Symbol.dispose]();
  }
}
