import { cgroupDirectory } from '../launch/cgroups.js';
import { killCgroup, removeCgroup } from '../linux/cgroups.js';
import { runFileSteps } from '../linux/files.js';
import { FileLock } from '../linux/file-lock.js';
import type { ContainerPaths } from '../records/paths.js';
import type { Services } from './services.js';

/**
 * Clears away what a killed monitor left: processes that outlived it (an init may have cleared its parent-death signal),
 * cgroups, the socket. Mounts and namespaces went with the last process. Waits for a monitor that is still at work.
 */
export async function clearRemains(
  services: Pick<Services, 'cgroups'>,
  cgroupPath: string,
  paths: ContainerPaths,
): Promise<void> {
  using _monitor = await FileLock.acquire(paths.lock, 'monitor');
  const directories = services.cgroups.map((hierarchy) => cgroupDirectory(hierarchy, cgroupPath));
  // All of them: a hostile process may have left one, but not the others, since only root may move it.
  for (const directory of directories) await killCgroup(directory);
  for (const directory of directories) await removeCgroup(directory);
  await runFileSteps('clear the control socket', [{ op: 'remove', path: paths.controlSocket }]);
}
