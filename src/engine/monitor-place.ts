import { rmdirSync } from 'node:fs';
import path from 'node:path';
import type { CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { cgroupDirectory } from '../launch/cgroups.js';
import { ownCgroup, prepareCgroup } from '../linux/cgroups.js';
import type { MonitorPlace } from '../linux/monitor-process.js';

/** The cgroup of all monitors: a sibling of the containers', outside their limits. */
const NAME = 'monitors';

/**
 * Makes the cgroups in which monitors live: not those of this process, or the end of the service that runs it would be
 * theirs. Where this process stands in the root of a hierarchy, monitors may too.
 */
export function prepareMonitorPlace(
  hierarchies: readonly CgroupHierarchy[],
  cgroupParent: string,
): MonitorPlace {
  const tasksFiles: string[] = [];
  let cgroup: string | undefined;
  for (const hierarchy of hierarchies) {
    if (ownCgroup(hierarchy) === '/') continue;
    const directory = cgroupDirectory(hierarchy, path.join(cgroupParent, NAME));
    prepareCgroup(directory, hierarchy);
    if (hierarchy.version === 1) tasksFiles.push(path.join(directory, 'tasks'));
    else cgroup = directory;
  }
  return cgroup === undefined ? { tasksFiles } : { cgroup, tasksFiles };
}

/** Removes the parent cgroups if nobody is in them: rmdir(2) refuses otherwise. */
export function releaseCgroupParents(hierarchies: readonly CgroupHierarchy[], cgroupParent: string): void {
  for (const hierarchy of hierarchies) {
    for (const directory of [path.join(cgroupParent, NAME), cgroupParent]) {
      try {
        rmdirSync(cgroupDirectory(hierarchy, directory));
      } catch {
        // In use, or never made.
      }
    }
  }
}
