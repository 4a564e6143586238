import { CONTAINER_LOCKS, FileLock } from '../../linux/files/file-lock.js';
import { isNoLockFile, readMonitorTrace, type MonitorTrace } from '../../monitor/journal.js';
import type { ContainerPaths } from '../../records/paths.js';
import { isUnreadable, ofContainer } from '../../records/unreadable.js';

/** Whether a monitor may hold the file: whatever is no file tells nothing. */
function isHeld(lock: string): boolean {
  try {
    return FileLock.holder(lock, CONTAINER_LOCKS.monitor) !== undefined;
  } catch (error) {
    if (isNoLockFile(lock, error)) return true;
    throw error;
  }
}

/**
 * What a container's monitor tells in its journal. One that is damaged, and whose monitor is dead, counts as that of a
 * monitor that was killed: nobody knows how the container ended, and what is left of it is cleared away.
 *
 * @throws LibpodError ERR_RECORD_DAMAGED if it is damaged and the monitor lives
 */
export function traceOf(id: string, { lock }: ContainerPaths): MonitorTrace | undefined {
  try {
    return readMonitorTrace(lock);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    if (!isHeld(lock)) return { alive: false, word: { state: 'creating', monitorPid: 0 } };
    return ofContainer(id, () => {
      throw error;
    });
  }
}
