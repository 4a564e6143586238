import type { NamespaceType } from '../names.js';
import type { Refuse } from '../problem.js';
import { memberPath, show } from '../problem.js';
import type { Linux, LinuxDevice, LinuxNamespace, LinuxResources } from '../runtime-spec.js';
import { sysctlNamespace, sysctlPath } from '../sysctl.js';

/** Which namespaces a container has, made or joined. */
export type NamespaceSet = ReadonlySet<NamespaceType>;

/** Checks the list of namespaces and answers which there are: config-linux.md, "Namespaces". */
export function checkNamespaces(namespaces: readonly LinuxNamespace[], refuse: Refuse): NamespaceSet {
  const seen = new Map<NamespaceType, number>();
  namespaces.forEach(({ type, path }, index) => {
    const at = `linux.namespaces[${index}]`;
    const first = seen.get(type);
    if (first !== undefined) {
      refuse(`${at}.type`, `is ${show(type)}, like that of linux.namespaces[${first}]; keep one of them`);
    }
    seen.set(type, index);
    if (path !== undefined && !path.startsWith('/')) {
      refuse(`${at}.path`, `is ${show(path)}, but must be an absolute path`);
    }
  });
  return new Set(seen.keys());
}

/** Checks what the schema cannot say of the Linux section: config-linux.md. */
export function checkLinux(linux: Linux, namespaces: NamespaceSet, refuse: Refuse): void {
  checkSysctls(linux.sysctl ?? {}, namespaces, refuse);
  linux.devices?.forEach((device, index) => checkDevice(device, `linux.devices[${index}]`, refuse));
  for (const field of ['maskedPaths', 'readonlyPaths'] as const) {
    linux[field]?.forEach((path, index) => {
      if (!path.startsWith('/')) {
        refuse(`linux.${field}[${index}]`, `is ${show(path)}, but must be an absolute path`);
      }
    });
  }
  checkResources(linux.resources ?? {}, refuse);
  checkOwnDirectories(linux, refuse);
  checkNetDevices(linux, refuse);
  for (const [field, type] of [
    ['timeOffsets', 'time'],
    ['uidMappings', 'user'],
    ['gidMappings', 'user'],
  ] as const) {
    const joined = linux.namespaces?.find((one) => one.type === type && one.path);
    if (linux[field] !== undefined && joined !== undefined) {
      refuse(
        `linux.${field}`,
        `is given, but the ${type} namespace ${show(joined.path)} is joined and has its own`,
      );
    }
    if (linux[field] !== undefined && !namespaces.has(type)) {
      refuse(`linux.${field}`, `is given, but linux.namespaces has no ${type} namespace; add one`);
    }
  }
}

/**
 * Only what belongs to a namespace of the container's may be set: the rest, such as kernel.core_pattern, is
 * the host's.
 */
function checkSysctls(sysctl: Readonly<Record<string, string>>, namespaces: NamespaceSet, refuse: Refuse) {
  for (const [name, value] of Object.entries(sysctl)) {
    const at = memberPath('linux.sysctl', name);
    const path = sysctlPath(name);
    if (path === undefined) refuse(at, 'is no name of a kernel parameter; write it like net.ipv4.ip_forward');
    if (/[\n\r]/.test(value)) refuse(at, `is ${show(value)}, but must be one line`);
    const type = sysctlNamespace(path);
    if (type === undefined)
      refuse(at, 'belongs to the whole machine, not to a container; set it on the host');
    if (!namespaces.has(type)) {
      refuse(
        at,
        `belongs to the ${type} namespace, which the container shares with the host; give it its own`,
      );
    }
  }
}

function checkDevice({ path, type, major, minor }: LinuxDevice, at: string, refuse: Refuse): void {
  if (!path.startsWith('/')) refuse(`${at}.path`, `is ${show(path)}, but must be an absolute path`);
  if (type === 'p') return;
  for (const [field, value] of Object.entries({ major, minor })) {
    if (value === undefined) refuse(`${at}.${field}`, `is missing, but a device of type "${type}" needs it`);
    if (value < 0) refuse(`${at}.${field}`, `is ${value}, but must not be negative`);
  }
}

/** Names of files that the runtime makes paths of must not lead elsewhere. */
function checkResources({ unified, rdma }: LinuxResources, refuse: Refuse): void {
  for (const name of Object.keys(unified ?? {})) {
    if (/^[\w.]+$/.test(name) && !name.startsWith('.')) continue;
    refuse(memberPath('linux.resources.unified', name), 'is no file of cgroup v2; write it like memory.max');
  }
  for (const name of Object.keys(rdma ?? {})) {
    if (/\s/.test(name)) refuse(memberPath('linux.resources.rdma', name), 'is no name of a device');
  }
}

/** The container's directories under /sys/fs/cgroup and /sys/fs/resctrl must not be somebody else's. */
function checkOwnDirectories({ cgroupsPath, intelRdt }: Linux, refuse: Refuse): void {
  if (cgroupsPath?.split('/').includes('..')) {
    refuse('linux.cgroupsPath', `is ${show(cgroupsPath)}, but must not contain ".."`);
  }
  // Not in a name of a cgroup: cgroup_mkdir of the kernel refuses a line break, and no list could tell it.
  if (cgroupsPath !== undefined && /\p{Cc}/u.test(cgroupsPath)) {
    refuse('linux.cgroupsPath', `is ${show(cgroupsPath)}, but must not contain control characters`);
  }
  const closID = intelRdt?.closID;
  if (closID !== undefined && (closID.includes('/') || closID === '.' || closID === '..' || closID === '')) {
    refuse('linux.intelRdt.closID', `is ${show(closID)}, but must be the name of one directory`);
  }
}

/** IFNAMSIZ of linux/if.h, without the NUL. */
const DEVICE_NAME_LENGTH = 15;

/** Whether the kernel takes a name of a network device (dev_valid_name of net/core/dev.c). */
function isDeviceName(name: string): boolean {
  // It takes control characters too, which nobody means, and which a terminal would obey.
  const taken = /^[^\s/:\p{Cc}]+$/u.test(name) && name !== '.' && name !== '..';
  return taken && Buffer.byteLength(name) <= DEVICE_NAME_LENGTH;
}

/** Devices move into a network namespace that the container makes: one that is joined is there before it, and so are they. */
function checkNetDevices({ netDevices = {}, namespaces = [] }: Linux, refuse: Refuse): void {
  const names = new Set<string>();
  for (const [name, device] of Object.entries(netDevices)) {
    const field = memberPath('linux.netDevices', name);
    if (!isDeviceName(name)) refuse(field, 'is no name of a network device');
    const inside = device.name || name;
    // One %d stands for the first number that is free: dev_alloc_name of net/core/dev.c.
    if (!isDeviceName(inside.replace('%d', '0')) || inside.replace('%d', '').includes('%'))
      refuse(`${field}.name`, `is ${show(inside)}, which is no name of a network device`);
    if (names.has(inside) && !inside.includes('%d'))
      refuse(`${field}.name`, `is ${show(inside)}, which another device has`);
    names.add(inside);
  }
  const network = namespaces.find(({ type }) => type === 'network');
  if (names.size > 0 && (network === undefined || network.path))
    refuse(
      'linux.netDevices',
      `moves devices into a network namespace that the container makes, but it ${network === undefined ? 'makes none' : `joins ${show(network.path)}`}: move them by ip(8)`,
    );
}
