import type { ContainerConfig } from '../model/config.js';
import { isBindMount } from '../oci/bind-mount.js';
import type { Mount } from '../oci/runtime-spec.js';

/** What a container has at /dev/shm, which the last of the mounts there decides: shm_overview(7). */
function shmOf({ spec }: ContainerConfig): Mount | undefined {
  return [...(spec.mounts ?? [])].reverse().find(({ destination }) => destination === '/dev/shm');
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** The size of /dev/shm in bytes; 0 without one of its own, or with one that has no limit in bytes: tmpfs(5), `size`. */
export function shmSizeOf(config: ContainerConfig): number {
  for (const option of shmOf(config)?.options ?? []) {
    const [, count, unit = ''] = /^size=(\d+)([kmg]?)$/i.exec(option) ?? [];
    if (count !== undefined) return Number(count) * (UNITS[unit.toLowerCase()] ?? 1);
  }
  return 0;
}

/** The host directory that is mounted at /dev/shm; '' where the container mounts one of its own, has none, or shares another's. */
export function shmDirOf(config: ContainerConfig): string {
  const shm = shmOf(config);
  return shm !== undefined && isBindMount(shm) ? (shm.source ?? '') : '';
}
