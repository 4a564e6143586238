import { rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno, nodeErrorCode } from '../../base/errno.js';
import { cgroupDirectory, type CgroupHierarchy } from '../../base/cgroup-hierarchy.js';
import { detectCgroups, ownCgroup, prepareCgroup } from '../../linux/cgroups/cgroups.js';
import { readTextFile } from '../../linux/files/files.js';
import type { MonitorPlace, MonitorProcess, SpawnInPlace } from '../../linux/processes/monitor.js';
import type { CgroupManager } from './manager.js';
import { monitorCgroup } from './monitor-cgroup.js';

/** How often, and after how many milliseconds, to try again where the last process is still on its way out. */
const ATTEMPTS = 10;
const PAUSE_MS = 3;

/**
 * Whether rmdir(2) of a cgroup was refused though nothing is listed in it: a process is dying. Where there are cgroups beneath
 * it, which a directory has a link from each of besides its two (kernfs), there is nothing to wait for.
 */
function isEmptying(directory: string, error: unknown): boolean {
  return (
    nodeErrorCode(error) === 'EBUSY' &&
    statSync(directory, { throwIfNoEntry: false })?.nlink === 2 &&
    readTextFile(path.join(directory, 'cgroup.procs')) === ''
  );
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

/** Cgroups that the engine makes itself, by mkdir(2), in every hierarchy of the machine. */
export class CgroupfsManager implements CgroupManager {
  readonly name = 'cgroupfs';
  readonly hierarchies: readonly CgroupHierarchy[] = detectCgroups();
  /** Undefined until a monitor needs it: most commands start none. */
  #place: MonitorPlace | undefined;

  constructor(readonly parent: string) {}

  async spawn(spawn: SpawnInPlace): Promise<MonitorProcess> {
    this.#place ??= this.#makePlace();
    try {
      return await spawn(this.#place);
    } catch (error) {
      // Another engine has closed, and taken the empty cgroups away.
      if (!hasErrno(error, 'ENOENT')) throw error;
      this.#place = this.#makePlace();
      return spawn(this.#place);
    }
  }

  /**
   * Makes the cgroups in which monitors live: not those of this process, or the end of the service that runs it would be
   * theirs. Where this process stands in the root of a hierarchy, monitors may too.
   */
  #makePlace(): MonitorPlace {
    const tasksFiles: string[] = [];
    let cgroup: string | undefined;
    for (const hierarchy of this.hierarchies) {
      if (ownCgroup(hierarchy) === '/') continue;
      const directory = cgroupDirectory(hierarchy, monitorCgroup(this.parent));
      prepareCgroup(directory, hierarchy);
      if (hierarchy.version === 1) tasksFiles.push(path.join(directory, 'tasks'));
      else cgroup = directory;
    }
    return cgroup === undefined ? { tasksFiles } : { cgroup, tasksFiles };
  }

  /** rmdir(2) refuses where somebody is. */
  async release(): Promise<void> {
    for (const hierarchy of this.hierarchies)
      for (const directory of [monitorCgroup(this.parent), this.parent])
        await releaseCgroup(cgroupDirectory(hierarchy, directory));
  }
}
