import { Mutex } from '../base/mutex.js';
import { CONTAINER_LOCKS, FileLock } from '../linux/file-lock.js';
import { requireOrder, whileHolding } from './lock-order.js';

/**
 * The locks of containers: between processes a lock on a file of each, freed by the kernel when its holder dies; within
 * this process a queue in front of it, so that waiters are served in order and hold no worker thread.
 */
export class ContainerLocks {
  readonly #queues = new Map<string, { mutex: Mutex; users: number }>();

  /**
   * Runs a function under the lock of a file. No lock is held while waiting for people or processes.
   *
   * @returns undefined, without running it, if the file is gone: then so is the container
   */
  async with<T>(file: string, run: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    requireOrder(file);
    const queue = this.#queues.get(file) ?? { mutex: new Mutex(), users: 0 };
    this.#queues.set(file, queue);
    queue.users++;
    const release = await queue.mutex.acquire();
    try {
      using lock = await FileLock.acquire(file, CONTAINER_LOCKS.records);
      return lock === undefined ? undefined : { value: await whileHolding(file, run) };
    } finally {
      release();
      if (--queue.users === 0) this.#queues.delete(file);
    }
  }
}
