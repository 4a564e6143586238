import { glimpse } from '../container/glimpse.js';
import { Cgroup } from '../linux/cgroup.js';
import type { CgroupStats } from '../linux/cgroup-stats.js';
import { isActive } from '../model/status.js';
import type { PodCore } from './core.js';

/** What one container of a pod uses, by its cgroup's own counters. */
export interface PodMemberStats {
  readonly id: string;
  readonly name: string;
  readonly pid: number;
  readonly stats: CgroupStats;
}

/** What the containers of a pod that run use now, by ID. */
export async function stats(pod: PodCore): Promise<PodMemberStats[]> {
  const all = pod.members().map(async (core): Promise<PodMemberStats[]> => {
    const truth = glimpse(core.services, core.config);
    if (truth === undefined || !isActive(truth.state)) return [];
    const cgroup = new Cgroup(core.config.cgroupPath, core.services.cgroups);
    return [{ id: core.id, name: core.name, pid: truth.pid, stats: await cgroup.stats() }];
  });
  return (await Promise.all(all)).flat();
}
