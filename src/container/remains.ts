import { cgroupDirectory } from '../base/cgroup-hierarchy.js';
import { killCgroup, removeCgroup } from '../linux/cgroups/cgroups.js';
import { runFileSteps } from '../linux/files/files.js';
import { deleteLeft } from '../runtimes/delete-left.js';
import type { ContainerPaths } from '../records/paths.js';
import { tryMonitorLock } from './locking/monitor-lock.js';
import type { Services } from './services.js';

/** The directory of a container's OCI runtime, if that is not the built-in one. */
export function runtimeDirectory(paths: ContainerPaths): string {
  return paths.file('runtime');
}

/**
 * Clears away what a killed monitor left: processes that outlived it (an init may have cleared its parent-death signal),
 * cgroups, the socket. Mounts and namespaces went with the last process.
 *
 * @returns false, with nothing done, if a monitor lives
 */
export async function clearRemains(
  services: Pick<Services, 'cgroups'>,
  cgroupPath: string,
  paths: ContainerPaths,
): Promise<boolean> {
  const monitor = tryMonitorLock(paths.lock);
  if (monitor === 'busy') return false;
  using _monitor = monitor;
  await deleteLeft(runtimeDirectory(paths));
  const directories = services.cgroups.map((hierarchy) => cgroupDirectory(hierarchy, cgroupPath));
  // All of them: a hostile process may have left one, but not the others, since only root may move it.
  for (const directory of directories) await killCgroup(directory);
  for (const directory of directories) await removeCgroup(directory);
  await runFileSteps('clear the control socket', [{ op: 'remove', path: paths.controlSocket }]);
  return true;
}
