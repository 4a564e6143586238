import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import { clearRemains } from '../../container/remains.js';
import { tryMonitorLock } from '../../container/locking/monitor-lock.js';
import type { Services } from '../../container/services.js';
import { CONTAINER_LOCKS, FileLock } from '../../linux/files/file-lock.js';
import { signalProcess } from '../../linux/processes/processes.js';
import { readMonitorTrace, type MonitorTrace } from '../../monitor/journal.js';
import { isUnreadable } from '../../records/unreadable.js';

const SIGKILL = 9;

/** What the monitor's journal tells of a container; nothing if that is damaged as well. */
function journalOf(lockFile: string): MonitorTrace | undefined {
  try {
    return readMonitorTrace(lockFile);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

function isNoFile(lock: string): boolean {
  return lstatSync(lock, { throwIfNoEntry: false })?.isFile() === false;
}

/**
 * Sets a container aside whose configuration or settings are damaged: its directory goes to ROOT/damaged, whole, from where
 * it comes back once the file is mended. One that runs stays where it is until it has ended, and so does a throwaway one,
 * which its monitor removes.
 *
 * @returns whether it was set aside, or was so before
 */
export async function setAside({ records, locks }: Services, id: string): Promise<boolean> {
  const own = records.paths.container(id, false);
  if (!records.isLasting(id)) return records.isSetAside(id);
  // Not while nobody can tell whether it runs.
  if (isNoFile(own.lock)) return false;
  const done = await locks.with(own.lock, async () => {
    const monitor = tryMonitorLock(own.lock);
    if (monitor === 'busy') return false;
    using _monitor = monitor;
    return await records.setAside(id);
  });
  // Without a run directory it has not been used since the boot.
  return done === undefined ? records.setAside(id) : done.value;
}

/**
 * Removes a container whose records cannot be read, and ends it first if it runs: by its init, which the monitor's journal
 * names, and by its cgroup, which bears its ID.
 */
export async function removeUnreadable(services: Services, cgroupParent: string, id: string): Promise<void> {
  const { records, locks } = services;
  const own = records.paths.container(id, !records.isLasting(id));
  const remove = async (): Promise<void> => {
    const word = journalOf(own.lock)?.word;
    if (word?.state === 'created' || word?.state === 'running')
      signalProcess({ pid: word.pid, startTicks: BigInt(word.startTicks) }, SIGKILL);
    const cgroupPath = path.join(cgroupParent, records.paths.cgroupName(id));
    // The monitor clears away by itself once its init is dead.
    if (!(await clearRemains(services, cgroupPath, own))) {
      using _gone = await FileLock.acquire(own.lock, CONTAINER_LOCKS.monitor);
    }
    await clearRemains(services, cgroupPath, own);
    await records.removeUnreadable(id);
  };
  // What is in the place of a lock file is nobody's lock.
  if (isNoFile(own.lock)) rmSync(own.lock, { recursive: true, force: true });
  if ((await locks.with(own.lock, remove)) === undefined) await remove();
}
