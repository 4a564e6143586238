import { cgroupDirectory, hierarchyOf, type CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { ioWeightOfBlkio, weightOfShares } from '../base/cgroup-weights.js';
import { deviceEntry } from '../base/device-rule.js';
import { LibpodError } from '../base/errors.js';
import type { LinuxDeviceCgroup, LinuxResources } from '../oci/runtime-spec.js';

/** One value for one file of one controller. */
interface Write {
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** The kernel may lack the file: another one does the same. */
  readonly optional?: boolean;
  /** It is named by its file of version 2, and there is nothing to put in its place on version 1. */
  readonly unified?: boolean;
}

/** The unlimited value of a limit, -1 in the specification. */
const max = (value: number): string => (value < 0 ? 'max' : String(value));

/** Devices that every container may use, beside those of its specification (OCI config-linux, "Default Devices"). */
const DEFAULT_DEVICES: readonly LinuxDeviceCgroup[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 7, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 8, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 9, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 0, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 1, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 2, access: 'rwm' },
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

/** The device list of a container; undefined if it asks for none. */
export function deviceRules(resources: LinuxResources): readonly LinuxDeviceCgroup[] | undefined {
  return resources.devices?.length ? [...resources.devices, ...DEFAULT_DEVICES] : undefined;
}

function writesV1(resources: LinuxResources): Write[] {
  const writes: Write[] = [];
  const put = (controller: string, file: string, value: number | string | undefined): void => {
    if (value !== undefined) writes.push({ controller, file: `${controller}.${file}`, value: String(value) });
  };
  const { memory, cpu, pids, blockIO } = resources;
  for (const rule of deviceRules(resources) ?? [])
    put('devices', rule.allow ? 'allow' : 'deny', deviceEntry(rule));
  put('memory', 'limit_in_bytes', memory?.limit);
  // After the limit, below which it may not be.
  put('memory', 'memsw.limit_in_bytes', memory?.swap);
  put('memory', 'soft_limit_in_bytes', memory?.reservation);
  put('memory', 'kmem.limit_in_bytes', memory?.kernel);
  put('memory', 'kmem.tcp.limit_in_bytes', memory?.kernelTCP);
  put('memory', 'swappiness', memory?.swappiness);
  if (memory?.disableOOMKiller === true) put('memory', 'oom_control', 1);
  put('cpu', 'shares', cpu?.shares);
  put('cpu', 'cfs_period_us', cpu?.period);
  put('cpu', 'cfs_quota_us', cpu?.quota);
  // After the quota, above which it may not be.
  put('cpu', 'cfs_burst_us', cpu?.burst);
  put('cpu', 'rt_period_us', cpu?.realtimePeriod);
  put('cpu', 'rt_runtime_us', cpu?.realtimeRuntime);
  put('cpu', 'idle', cpu?.idle);
  put('cpuset', 'cpus', cpu?.cpus || undefined);
  put('cpuset', 'mems', cpu?.mems || undefined);
  if (pids !== undefined && pids.limit !== 0) put('pids', 'max', max(pids.limit));
  put('blkio', 'bfq.weight', blockIO?.weight);
  for (const { major, minor, weight } of blockIO?.weightDevice ?? [])
    put('blkio', 'bfq.weight_device', weight === undefined ? undefined : `${major}:${minor} ${weight}`);
  for (const [file, list] of [
    ['throttle.read_bps_device', blockIO?.throttleReadBpsDevice],
    ['throttle.write_bps_device', blockIO?.throttleWriteBpsDevice],
    ['throttle.read_iops_device', blockIO?.throttleReadIOPSDevice],
    ['throttle.write_iops_device', blockIO?.throttleWriteIOPSDevice],
  ] as const) {
    for (const { major, minor, rate } of list ?? []) put('blkio', file, `${major}:${minor} ${rate}`);
  }
  for (const { pageSize, limit } of resources.hugepageLimits ?? [])
    put('hugetlb', `${pageSize}.limit_in_bytes`, limit);
  put('net_cls', 'classid', resources.network?.classID);
  for (const { name, priority } of resources.network?.priorities ?? [])
    put('net_prio', 'ifpriomap', `${name} ${priority}`);
  for (const entry of rdmaEntries(resources)) put('rdma', 'max', entry);
  return writes;
}

/** The lines of rdma.max, which both versions have: cgroup-v1/rdma.rst. */
function rdmaEntries({ rdma }: LinuxResources): string[] {
  return Object.entries(rdma ?? {}).map(([device, { hcaHandles, hcaObjects }]) =>
    [
      device,
      ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
      ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
    ].join(' '),
  );
}

/** What no kernel that this engine runs on can do any more: weights of leaves went with the scheduler CFQ (Linux 5.0). */
function refuseGone({ blockIO }: LinuxResources): void {
  const leaf =
    blockIO?.leafWeight ?? blockIO?.weightDevice?.find(({ leafWeight }) => leafWeight !== undefined);
  if (leaf === undefined) return;
  throw new LibpodError(
    'ERR_UNSUPPORTED',
    'cannot set blockIO.leafWeight: it went with the I/O scheduler CFQ, and Linux has nothing like it',
  );
}

/** What only version 1 can do: silently left out, the container would have another share than it was promised. */
function refuseOnV2(cgroups: readonly CgroupHierarchy[], { memory, cpu }: LinuxResources): void {
  const fields: readonly (readonly [name: string, value: unknown])[] = [
    ['memory.swappiness', memory?.swappiness],
    ['memory.oom_control', memory?.disableOOMKiller || undefined],
    ['memory.kernel', memory?.kernel],
    ['memory.kernelTCP', memory?.kernelTCP],
    ['cpu.realtimeRuntime', cpu?.realtimeRuntime],
    ['cpu.realtimePeriod', cpu?.realtimePeriod],
  ];
  for (const [name, value] of fields) {
    const controller = name.slice(0, name.indexOf('.'));
    if (value === undefined || hierarchyOf(cgroups, controller)?.version !== 2) continue;
    throw new LibpodError('ERR_UNSUPPORTED', `cannot set ${name}: cgroup version 2 has nothing like it`);
  }
}

function writesV2(resources: LinuxResources): Write[] {
  const writes: Write[] = [];
  const put = (controller: string, file: string, value: number | string | undefined): void => {
    if (value !== undefined) writes.push({ controller, file: `${controller}.${file}`, value: String(value) });
  };
  const { memory, cpu, pids, blockIO } = resources;
  if (memory?.limit !== undefined) put('memory', 'max', max(memory.limit));
  // The specification counts memory and swap together, as v1 does; memory.swap.max counts swap alone.
  if (memory?.swap !== undefined) {
    put(
      'memory',
      'swap.max',
      memory.swap < 0 ? 'max' : Math.max(0, memory.swap - Math.max(0, memory.limit ?? 0)),
    );
  }
  if (memory?.reservation !== undefined) put('memory', 'low', max(memory.reservation));
  if (cpu?.shares) put('cpu', 'weight', weightOfShares(cpu.shares));
  if (cpu?.quota !== undefined || cpu?.period !== undefined) {
    const quota = cpu.quota !== undefined && cpu.quota > 0 ? cpu.quota : 'max';
    put('cpu', 'max', `${quota} ${cpu.period ?? 100_000}`);
  }
  put('cpu', 'max.burst', cpu?.burst);
  put('cpu', 'idle', cpu?.idle);
  put('cpuset', 'cpus', cpu?.cpus || undefined);
  put('cpuset', 'mems', cpu?.mems || undefined);
  if (pids !== undefined && pids.limit !== 0) put('pids', 'max', max(pids.limit));
  if (blockIO?.weight) {
    // The scheduler BFQ has a file of its own, with the range of v1; io.weight is that of the cost model (iocost) alone.
    writes.push({ controller: 'io', file: 'io.bfq.weight', value: String(blockIO.weight), optional: true });
    put('io', 'weight', ioWeightOfBlkio(blockIO.weight));
  }
  for (const { major, minor, weight } of blockIO?.weightDevice ?? [])
    put('io', 'weight', weight === undefined ? undefined : `${major}:${minor} ${ioWeightOfBlkio(weight)}`);
  for (const [key, list] of [
    ['rbps', blockIO?.throttleReadBpsDevice],
    ['wbps', blockIO?.throttleWriteBpsDevice],
    ['riops', blockIO?.throttleReadIOPSDevice],
    ['wiops', blockIO?.throttleWriteIOPSDevice],
  ] as const) {
    for (const { major, minor, rate } of list ?? []) put('io', 'max', `${major}:${minor} ${key}=${rate}`);
  }
  for (const { pageSize, limit } of resources.hugepageLimits ?? []) {
    put('hugetlb', `${pageSize}.max`, limit);
    // Pages that are reserved count too, or a container could reserve what it may not use. Linux 5.7.
    writes.push({
      controller: 'hugetlb',
      file: `hugetlb.${pageSize}.rsvd.max`,
      value: String(limit),
      optional: true,
    });
  }
  for (const entry of rdmaEntries(resources)) put('rdma', 'max', entry);
  for (const [file, value] of Object.entries(resources.unified ?? {})) {
    const controller = file.slice(0, file.indexOf('.'));
    writes.push({ controller, file, value, unified: true });
  }
  return writes;
}

/** What the other version calls a controller; the device list of version 2 is a program, which addDeviceFilter attaches. */
const COUNTERPARTS: Readonly<Record<string, string>> = { blkio: 'io', io: 'blkio' };

/** A value for a file of a container's cgroup. */
export interface LimitWrite {
  readonly path: string;
  readonly value: string;
  /** What is set to what, for a person. */
  readonly about: string;
  /** Whether the kernel may lack the file. */
  readonly optional: boolean;
}

/**
 * What is written to the hierarchies of one version for some limits, in order.
 *
 * @throws LibpodError ERR_UNSUPPORTED for a limit that the machine cannot hold
 */
export function limitWrites(
  cgroups: readonly CgroupHierarchy[],
  cgroupPath: string,
  resources: LinuxResources,
  version: 1 | 2,
): LimitWrite[] {
  refuseOnV2(cgroups, resources);
  refuseGone(resources);
  const writes: LimitWrite[] = [];
  for (const { controller, file, value, optional = false, unified = false } of version === 1
    ? writesV1(resources)
    : writesV2(resources)) {
    // Files of the core, such as cgroup.max.depth, are no controller's.
    const hierarchy =
      unified && controller === 'cgroup'
        ? cgroups.find((one) => one.version === 2)
        : hierarchyOf(cgroups, controller);
    if (hierarchy?.version === version) {
      const path = `${cgroupDirectory(hierarchy, cgroupPath)}/${file}`;
      writes.push({ path, value, about: `set ${file} to ${value}`, optional });
      continue;
    }
    if (unified && hierarchy !== undefined)
      throw new LibpodError(
        'ERR_UNSUPPORTED',
        `cannot set ${file} to ${value}: the controller ${controller} is of cgroup version 1 here`,
      );
    // On a hybrid machine the other version may have it; nowhere at all, the limit would silently not hold.
    const elsewhere = hierarchy ?? hierarchyOf(cgroups, COUNTERPARTS[controller] ?? '');
    if (elsewhere === undefined && controller !== 'devices') {
      throw new LibpodError(
        'ERR_UNSUPPORTED',
        `cannot set ${file} to ${value}: this machine has no ${controller} cgroup controller`,
      );
    }
  }
  return writes;
}
