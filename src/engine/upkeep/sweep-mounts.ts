import { readdirSync } from 'node:fs';
import { nodeErrorCode } from '../../base/errno.js';
import { isId } from '../../base/ids.js';
import { dropMount } from '../../container/files/counted-mount.js';
import type { Services } from '../../container/services.js';
import { isWanted, readMountRecord } from '../../records/mount-record.js';

/**
 * Unmounts roots that nobody wants: of containers that are no more, and those that a process had borrowed which died. What
 * somebody has mounted stays mounted: that is meant to outlive him.
 */
export async function sweepMounts({ records, locks }: Services): Promise<void> {
  const { paths } = records;
  let ids: string[];
  try {
    ids = readdirSync(paths.mounts).filter(isId);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  for (const id of ids) {
    const [lasting, throwaway] = [paths.container(id, false), paths.container(id, true)];
    const dropUnwanted = async (): Promise<void> => {
      const record = readMountRecord(lasting);
      if (record === undefined || !isWanted(record)) await dropMount(lasting);
    };
    // Both kinds of containers have their lock at the same place.
    if ((await locks.with(throwaway.lock, dropUnwanted)) === undefined && !hasRecords(records, id))
      await dropMount(lasting);
  }
}

/** Whether there is such a container, even if its records cannot be read. */
function hasRecords({ paths }: Services['records'], id: string): boolean {
  return [paths.containers, paths.runContainers].some((directory) => readdirSync(directory).includes(id));
}
