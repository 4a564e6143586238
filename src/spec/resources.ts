import type { LinuxCPU, LinuxMemory, LinuxResources } from '../oci/runtime-spec.js';
import { invalid, requireWhole } from './invalid.js';
import type { ResourceOptions, SpecOptions } from './options.js';

/** How many processes and threads a container may have: podman 4, `pids_limit` of containers.conf(5). */
export const DEFAULT_PIDS_LIMIT = 2048;

/**
 * The limits of a container's cgroup, and which devices it may open: podman-run(1), --memory to
 * --blkio-weight.
 *
 * All devices are denied; a runtime allows those that the specification asks it to make, and `devices` are
 * allowed here.
 *
 * Differences to podman 4.3: a container without a limit of processes has no `pids` member, where podman
 * writes 0, of which runtimes make different things; and with a user namespace the devices are denied as
 * well.
 */
export function resolveResources({ resources = {}, ...options }: SpecOptions): LinuxResources {
  const memory = memoryLimits(resources);
  const cpu = cpuLimits(resources);
  const pids = requireWhole(resources.pidsLimit ?? DEFAULT_PIDS_LIMIT, 'pidsLimit', -1);
  const weight = resources.blkioWeight;
  return {
    devices: [
      { allow: options.privileged === true, access: 'rwm' },
      ...(options.devices ?? []).flatMap(({ type, major, minor }) =>
        type === 'p'
          ? []
          : [{ allow: true, type: type === 'b' ? type : ('c' as const), major, minor, access: 'rwm' }],
      ),
    ],
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(pids > 0 && { pids: { limit: pids } }),
    ...(weight !== undefined && { blockIO: { weight: requireWhole(weight, 'blkioWeight', 10, 1000) } }),
  };
}

function memoryLimits({ memory, memorySwap, memoryReservation }: ResourceOptions): LinuxMemory {
  const limits: LinuxMemory = {};
  if (memory !== undefined) limits.limit = requireWhole(memory, 'memory', 1);
  if (memoryReservation !== undefined) {
    limits.reservation = requireWhole(memoryReservation, 'memoryReservation', 1);
    if (memory !== undefined && memoryReservation > memory) {
      invalid(`memoryReservation is ${memoryReservation}, above memory, ${memory}; give a lower one`);
    }
  }
  const swap = memorySwap ?? (memory === undefined ? undefined : 2 * memory);
  if (swap === undefined || swap === -1) return limits;
  if (memory === undefined) return invalid(`memorySwap is ${swap}, but memory has no limit; give one`);
  limits.swap = requireWhole(swap, 'memorySwap', 1);
  if (swap < memory) {
    invalid(`memorySwap is ${swap}, but counts memory and swap together, and memory alone is ${memory}`);
  }
  return limits;
}

function cpuLimits(resources: ResourceOptions): LinuxCPU {
  const { cpuShares, cpuQuota, cpuPeriod, cpusetCpus, cpusetMems } = resources;
  const limits: LinuxCPU = {};
  if (cpuShares !== undefined) limits.shares = requireWhole(cpuShares, 'cpuShares', 2, 262144);
  if (cpuQuota !== undefined && cpuQuota !== -1) limits.quota = requireWhole(cpuQuota, 'cpuQuota', 1000);
  if (cpuPeriod !== undefined) limits.period = requireWhole(cpuPeriod, 'cpuPeriod', 1000, 1000000);
  if (cpusetCpus !== undefined) limits.cpus = requireSet(cpusetCpus, 'cpusetCpus');
  if (cpusetMems !== undefined) limits.mems = requireSet(cpusetMems, 'cpusetMems');
  return limits;
}

/** A list of numbers and ranges: cpuset(7), "List format". */
function requireSet(value: string, name: string): string {
  if (/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(value)) return value;
  return invalid(`${name} is ${JSON.stringify(value)}, but must be a list such as "0-3,7"`);
}
