import { rmdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeErrorCode } from '../base/errno.js';
import type { CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { cgroupDirectory } from '../launch/cgroups.js';
import { ownCgroup, prepareCgroup } from '../linux/cgroups.js';
import { readTextFile } from '../linux/files.js';
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

/** How often, and after how many milliseconds, to try again where the last process is still on its way out. */
const ATTEMPTS = 10;
const PAUSE_MS = 3;

/** Whether rmdir(2) of a cgroup was refused though no process is listed in it: one is dying. */
function isEmptying(directory: string, error: unknown): boolean {
  return nodeErrorCode(error) === 'EBUSY' && readTextFile(path.join(directory, 'cgroup.procs')) === '';
}

async function releaseCgroup(directory: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      // In use, or never made.
      if (!isEmptying(directory, error) || attempt === ATTEMPTS) return;
      await sleep(PAUSE_MS);
    }
  }
}

/** Removes the parent cgroups if nobody is in them: rmdir(2) refuses otherwise. */
export async function releaseCgroupParents(
  hierarchies: readonly CgroupHierarchy[],
  cgroupParent: string,
): Promise<void> {
  for (const hierarchy of hierarchies) {
    for (const directory of [path.join(cgroupParent, NAME), cgroupParent]) {
      await releaseCgroup(cgroupDirectory(hierarchy, directory));
    }
  }
}
