import { show } from '../oci/problem.js';
import type {
  LinuxBlockIO,
  LinuxCPU,
  LinuxDeviceCgroup,
  LinuxMemory,
  LinuxResources,
  LinuxThrottleDevice,
} from '../oci/runtime-spec.js';
import { invalid, requireWhole } from './invalid.js';
import type { DeviceRate, ResourceOptions, SpecOptions } from './options.js';

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
  const limits = resolveLimits(
    { ...resources, pidsLimit: resources.pidsLimit ?? DEFAULT_PIDS_LIMIT },
    options.blockDevices ?? {},
  );
  // None at all, rather than one that says so.
  if (limits.pids !== undefined && limits.pids.limit <= 0) delete limits.pids;
  return { devices: deviceRules(options), ...limits };
}

/** The limits that are asked for, and no others. */
export function resolveLimits(
  resources: ResourceOptions,
  blockDevices: NonNullable<SpecOptions['blockDevices']>,
): LinuxResources {
  const memory = memoryLimits(resources);
  const cpu = cpuLimits(resources);
  const { pidsLimit, unified = {} } = resources;
  const blockIO = blockLimits(resources, blockDevices);
  // A file in the container's own cgroup, and not one that leads elsewhere.
  const strange = Object.keys(unified).find((file) => !/^\w+(?:\.\w+)+$/.test(file));
  if (strange !== undefined)
    invalid(`unified names ${show(strange)}, which is no file of a cgroup; write one such as memory.high`);
  return {
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(pidsLimit !== undefined && { pids: { limit: requireWhole(pidsLimit, 'pidsLimit', -1) } }),
    ...(Object.keys(blockIO).length > 0 && { blockIO }),
    ...(Object.keys(unified).length > 0 && { unified: { ...unified } }),
  };
}

function deviceRules({ privileged, devices = [], deviceCgroupRules = [] }: SpecOptions): LinuxDeviceCgroup[] {
  if (privileged === true) {
    if (deviceCgroupRules.length === 0) return [{ allow: true, access: 'rwm' }];
    return invalid(
      'deviceCgroupRules are given, but a privileged container may use all devices; leave one out',
    );
  }
  return [
    { allow: false, access: 'rwm' },
    ...devices.flatMap(({ type, major, minor, path, access = 'rwm' }) => {
      const rule = { allow: true, type: type === 'b' ? type : ('c' as const), major, minor };
      return type === 'p' ? [] : [{ ...rule, access: requireAccess(access, `device ${show(path)}`) }];
    }),
    ...deviceCgroupRules.map(requireRule),
  ];
}

function requireRule(rule: LinuxDeviceCgroup): LinuxDeviceCgroup {
  const { type = 'a', major, minor } = rule;
  const access = requireAccess(rule.access ?? 'rwm', 'a rule of deviceCgroupRules');
  // To the kernel `a` is all devices, whatever numbers and letters follow: devices.rst, "User Interface".
  if (type === 'a' && (major !== undefined || minor !== undefined || access.length < 3))
    invalid(
      'a rule of deviceCgroupRules has the type "a", which is all that may be done with all devices; write "b" or "c"',
    );
  return { ...rule, access };
}

/** Letters of read, write and mknod. */
function requireAccess(access: string, what: string): string {
  if (/^[rwm]{1,3}$/.test(access) && new Set(access).size === access.length) return access;
  return invalid(`the access ${show(access)} of ${what} is not understood; write letters of "rwm"`);
}

function blockLimits(
  resources: ResourceOptions,
  blockDevices: NonNullable<SpecOptions['blockDevices']>,
): LinuxBlockIO {
  const number = (path: string, name: string) =>
    blockDevices[path] ?? invalid(`${name} names ${show(path)}, which is no block device of this machine`);
  const throttle = (name: ThrottleName): LinuxThrottleDevice[] =>
    (resources[name] ?? []).map(({ path, rate }: DeviceRate) => ({
      ...number(path, name),
      rate: requireWhole(rate, `the rate of ${path} in ${name}`, 1),
    }));
  const limits: LinuxBlockIO = {};
  const { blkioWeight, blkioWeightDevice } = resources;
  if (blkioWeight !== undefined) limits.weight = requireWhole(blkioWeight, 'blkioWeight', 10, 1000);
  if (blkioWeightDevice?.length) {
    limits.weightDevice = blkioWeightDevice.map(({ path, weight }) => ({
      ...number(path, 'blkioWeightDevice'),
      weight: requireWhole(weight, `the weight of ${path} in blkioWeightDevice`, 10, 1000),
    }));
  }
  for (const [name, field] of THROTTLES) {
    const list = throttle(name);
    if (list.length > 0) limits[field] = list;
  }
  return limits;
}

/** The limits of devices, by their option and by their field of the specification. */
const THROTTLES = [
  ['deviceReadBps', 'throttleReadBpsDevice'],
  ['deviceWriteBps', 'throttleWriteBpsDevice'],
  ['deviceReadIops', 'throttleReadIOPSDevice'],
  ['deviceWriteIops', 'throttleWriteIOPSDevice'],
] as const;
type ThrottleName = (typeof THROTTLES)[number][0];

/** The paths of the block devices that some limits name, each once. */
export function namedBlockDevices(resources: ResourceOptions): string[] {
  const named = [
    ...(resources.blkioWeightDevice ?? []),
    ...THROTTLES.flatMap(([name]) => resources[name] ?? []),
  ];
  return [...new Set(named.map(({ path }) => path))];
}

function memoryLimits(resources: ResourceOptions): LinuxMemory {
  const { memory, memorySwap, memoryReservation, memorySwappiness, oomKillDisable } = resources;
  const limits: LinuxMemory = {};
  if (memorySwappiness !== undefined && memorySwappiness !== -1)
    limits.swappiness = requireWhole(memorySwappiness, 'memorySwappiness', 0, 100);
  if (oomKillDisable === true) {
    // Without a limit of its own, the container would wait for the memory of the whole machine, and others with it.
    if (memory === undefined) invalid('oomKillDisable is set, but memory has no limit; give one');
    limits.disableOOMKiller = true;
  }
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
