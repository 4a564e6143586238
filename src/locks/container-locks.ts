import { CONTAINER_LOCKS, FileLock } from '../linux/files/file-lock.js';
import { requireOrder, whileHolding } from './lock-order.js';

/**
 * The locks of containers: between processes a lock on a file of each, freed by the kernel when its holder dies; within
 * this process a queue in front of it, so that waiters are served in order and hold no worker thread.
 */
export class ContainerLocks {
  /** Of each file that somebody here works with: what lets the next one in, in the order in which they came. */
  readonly #waiting = new Map<string, (() => void)[]>();

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
      using lock = await FileLock.acquire(file, CONTAINER_LOCKS.records);
      return lock === undefined ? undefined : { value: await whileHolding(file, run) };
    } finally {
      const next = queue.shift();
      if (next === undefined) this.#waiting.delete(file);
      else next();
    }
  }
}
