import { LibpodError } from '../../base/errors.js';
import { CONTAINER_LOCKS, FileLock } from '../../linux/files/file-lock.js';

/**
 * Takes the place of a container's monitor, so that none can come while its remains or its records go.
 *
 * @returns 'busy' if a monitor has it; undefined if the file is gone, and the container with it
 */
export function tryMonitorLock(file: string): FileLock | 'busy' | undefined {
  try {
    return FileLock.tryAcquire(file, CONTAINER_LOCKS.monitor) ?? 'busy';
  } catch (error) {
    if (LibpodError.is(error, 'ERR_NOT_FOUND')) return undefined;
    throw error;
  }
}
