import path from 'node:path';
import { isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';
import { cgroupError, writeError, type CgroupWrite } from './files.js';
import { missingController, type CgroupPlace } from './place.js';
import { INHERITED_FILES } from './cgroups.js';

/** Makes the directories in every hierarchy, with their parents; of version 1's cpuset ready for processes. */
export async function createCgroup(place: CgroupPlace): Promise<void> {
  const directories = place.hierarchies.map((hierarchy) => ({
    path: place.in(hierarchy),
    inherited: hierarchy.version === 1 && hierarchy.controllers.includes('cpuset') ? INHERITED_FILES : [],
  }));
  const answer = await addon.cgroupCreate(
    directories.map((directory) => directory.path),
    directories.map((directory) => directory.inherited),
  );
  if (isFailure(answer))
    throw cgroupError(`make cgroup ${directories[answer.index ?? 0]?.path ?? place.path}`, answer);
}

/**
 * Enables controllers of version 2 in the cgroups above, from the root down.
 *
 * @param wanted these, or fail; undefined is every one that can be
 */
export async function enableControllers(
  place: CgroupPlace,
  wanted: readonly string[] | undefined,
): Promise<void> {
  const { unified } = place;
  for (const controller of wanted ?? unified?.controllers ?? []) {
    if (unified?.controllers.includes(controller) !== true) throw missingController(controller);
    const names = place.path.split('/').slice(1);
    const writes = names.map((_, depth): CgroupWrite => [
      path.join(unified.mountpoint, ...names.slice(0, depth), 'cgroup.subtree_control'),
      `+${controller}`,
    ]);
    const answer = await addon.writeKernelFiles(writes.flat());
    if (isFailure(answer) && wanted !== undefined)
      throw writeError(`enable ${controller} for cgroup ${place.path}`, writes, answer);
  }
}
