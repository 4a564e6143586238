import { closeSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cgroupDirectory, type CgroupHierarchy } from '../../base/cgroup-hierarchy.js';
import { hasErrno } from '../../base/errno.js';
import { prepareCgroup } from '../../linux/cgroups/cgroups.js';
import { delegatedHierarchy } from '../../linux/cgroups/delegated.js';
import type { MonitorPlace, MonitorProcess, SpawnInPlace } from '../../linux/processes/monitor.js';
import { requireSystemd, slicePath, startScope } from '../../linux/systemd.js';
import type { CgroupManager } from './manager.js';
import { monitorCgroup } from './monitor-cgroup.js';

/** Where systemd keeps virtual machines and containers: systemd.special(7). */
const DEFAULT_SLICE = 'machine.slice';

/** How often to try again when the scope ends, or is made by somebody else, in the very moment that it is wanted. */
const ATTEMPTS = 20;

/**
 * Cgroups beneath a transient scope that systemd makes and hands over: one for each store, while anything of it runs.
 * Above it nothing is touched; in it systemd touches nothing (decision 72).
 */
export class SystemdManager implements CgroupManager {
  readonly name = 'systemd';
  readonly hierarchies: readonly CgroupHierarchy[];
  readonly parent: string;
  readonly #slice: string;
  readonly #unit: string;
  readonly #monitors: string;

  constructor(slice: string = DEFAULT_SLICE, unit: string) {
    this.#slice = slice;
    this.#unit = unit;
    this.parent = path.join(slicePath(slice), unit);
    requireSystemd();
    const hierarchy = delegatedHierarchy(this.parent);
    this.hierarchies = [hierarchy];
    this.#monitors = cgroupDirectory(hierarchy, monitorCgroup(this.parent));
  }

  async spawn(spawn: SpawnInPlace, idle: SpawnInPlace): Promise<MonitorProcess> {
    const place: MonitorPlace = { cgroup: this.#monitors, tasksFiles: [] };
    for (let attempt = 0; ; attempt++) {
      try {
        if (existsSync(this.#monitors)) return await spawn(place);
        return await this.#withScope(idle, () => spawn(place));
      } catch (error) {
        // The last process had gone, and systemd has taken the scope away; clone3(2) calls a removed cgroup ENODEV.
        if (!hasErrno(error, 'ENOENT') && !hasErrno(error, 'ENODEV')) throw error;
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Has the scope made around a monitor that waits for a program; it may go when another one has been born in there. */
  async #withScope<T>(idle: SpawnInPlace, run: () => Promise<T>): Promise<T> {
    const anchor = await idle({ tasksFiles: [] });
    try {
      const made = await startScope({
        unit: this.#unit,
        slice: this.#slice,
        description: 'Containers of libpod',
        pid: anchor.pid,
      });
      if (made) {
        for (const hierarchy of this.hierarchies) prepareCgroup(this.#monitors, hierarchy);
        // A cgroup that hands controllers down holds no processes itself: cgroups(7), "no internal processes".
        writeFileSync(path.join(this.#monitors, 'cgroup.procs'), String(anchor.pid));
      }
      return await run();
    } finally {
      closeSync(anchor.socket);
      await anchor.ended;
    }
  }

  /** Nothing to do: systemd takes the scope away when its last process has gone. */
  async release(): Promise<void> {}
}
