import { existsSync } from 'node:fs';
import { arch, cpus, freemem, hostname, release, totalmem, uptime } from 'node:os';
import type { CgroupManagerName } from './cgroups/manager.js';
import type { StorageDriver } from '../model/config.js';
import type { ContainerSummary } from './snapshot.js';

/** What there is to know of the machine and the store: the part of podman-info(1) that has a meaning here. */
export interface RuntimeInfo {
  readonly host: {
    readonly arch: string;
    readonly cgroupManager: CgroupManagerName;
    /** `v2` where the unified hierarchy alone is mounted. */
    readonly cgroupVersion: 'v1' | 'v2';
    readonly cpus: number;
    readonly hostname: string;
    readonly kernel: string;
    /** Bytes. */
    readonly memFree: number;
    readonly memTotal: number;
    readonly os: 'linux';
    /** Seconds. */
    readonly uptime: number;
  };
  readonly store: {
    readonly containerStore: {
      readonly number: number;
      readonly paused: number;
      readonly running: number;
      readonly stopped: number;
    };
    readonly graphDriverName: StorageDriver;
    readonly graphRoot: string;
    readonly runRoot: string;
  };
}

/** Gathers it. */
export function runtimeInfo(
  places: { readonly root: string; readonly runRoot: string; readonly storageDriver: StorageDriver },
  cgroupManager: CgroupManagerName,
  containers: readonly ContainerSummary[],
): RuntimeInfo {
  const count = (...states: string[]): number =>
    containers.filter(({ state }) => states.includes(state)).length;
  return {
    host: {
      arch: arch(),
      cgroupManager,
      // cgroups(7): the file is in the root of a unified hierarchy only.
      cgroupVersion: existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'v2' : 'v1',
      cpus: cpus().length,
      hostname: hostname(),
      kernel: release(),
      memFree: freemem(),
      memTotal: totalmem(),
      os: 'linux',
      uptime: Math.floor(uptime()),
    },
    store: {
      containerStore: {
        number: containers.length,
        paused: count('paused'),
        running: count('running', 'stopping'),
        stopped: containers.length - count('paused', 'running', 'stopping'),
      },
      graphDriverName: places.storageDriver,
      graphRoot: places.root,
      runRoot: places.runRoot,
    },
  };
}
