import type { ContainerCore } from '../container/core.js';
import { glimpse } from '../container/state/glimpse.js';
import { Cgroup } from '../linux/cgroups/cgroup.js';
import { millisecondsSince } from '../linux/processes/processes.js';
import type { CgroupStats } from '../linux/cgroups/stats.js';
import { resourcesOf } from '../model/settings.js';
import { isActive } from '../model/status.js';
import type { PodCore } from './core.js';

/** What one container of a pod uses, by its cgroup's own counters. */
export interface PodMemberStats {
  readonly id: string;
  readonly name: string;
  readonly pid: number;
  /** ISO 8601: since when it runs. */
  readonly startedTime: string;
  /** Milliseconds for which its first process has run, whatever the clock was set to meanwhile. */
  readonly runningMs: number;
  /** The lowest limit of memory that holds for it, in bytes; undefined without one. */
  readonly memoryLimit: number | undefined;
  readonly stats: CgroupStats;
}

function memoryLimitOf({ config, settings }: ContainerCore): number | undefined {
  const limits = [resourcesOf(config, settings), config.podCgroup?.resources].flatMap(
    (resources) => resources?.memory?.limit ?? [],
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** What the containers of a pod that run use now, by ID. */
export async function stats(pod: PodCore): Promise<PodMemberStats[]> {
  const all = pod.members().map(async (core): Promise<PodMemberStats[]> => {
    const truth = glimpse(core.services, core.config);
    if (truth === undefined || !isActive(truth.state)) return [];
    const cgroup = new Cgroup(core.config.cgroupPath, core.services.cgroups);
    const { pid, startedTime } = truth;
    const memoryLimit = memoryLimitOf(core);
    const usage = await cgroup.stats();
    const runningMs = millisecondsSince(BigInt(truth.startTicks));
    return [{ id: core.id, name: core.name, pid, startedTime, runningMs, memoryLimit, stats: usage }];
  });
  return (await Promise.all(all)).flat();
}
