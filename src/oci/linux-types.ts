import type {
  DeviceType,
  MemoryPolicyFlag,
  MemoryPolicyMode,
  NamespaceType,
  PersonalityDomain,
  RootfsPropagation,
} from './names.js';
import type { LinuxResources } from './resource-types.js';
import type { LinuxSeccomp } from './seccomp-types.js';

/** A run of IDs: user_namespaces(7). */
export interface LinuxIDMapping {
  containerID: number;
  hostID: number;
  size: number;
}

/** A namespace to make, or with a path to join; one that is not named is the caller's. */
export interface LinuxNamespace {
  type: NamespaceType;
  /** An absolute path, such as /proc/PID/ns/net. */
  path?: string | undefined;
}

/** A device node to make. */
export interface LinuxDevice {
  /** Absolute, inside the container. */
  path: string;
  type: DeviceType;
  /** Needed for all types but `p`. */
  major?: number | undefined;
  /** Needed for all types but `p`. */
  minor?: number | undefined;
  /** Permissions; bits above 0777 are ignored. */
  fileMode?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
}

/** An offset of a clock in a new time namespace: time_namespaces(7). */
export interface LinuxTimeOffset {
  secs?: number | undefined;
  nanosecs?: number | undefined;
}

export interface LinuxTimeOffsets {
  monotonic?: LinuxTimeOffset | undefined;
  boottime?: LinuxTimeOffset | undefined;
}

/** Cache and memory bandwidth classes of resctrl. */
export interface LinuxIntelRdt {
  closID?: string | undefined;
  schemata?: string[] | undefined;
  l3CacheSchema?: string | undefined;
  memBwSchema?: string | undefined;
  enableMonitoring?: boolean | undefined;
  enableCMT?: boolean | undefined;
  enableMBM?: boolean | undefined;
}

/** The NUMA memory policy: set_mempolicy(2). */
export interface LinuxMemoryPolicy {
  mode: MemoryPolicyMode;
  /** A list of nodes such as `0-1,3`; empty for a mode without nodes. */
  nodes?: string | undefined;
  flags?: MemoryPolicyFlag[] | undefined;
}

/** A network device of the host that moves into the container's network namespace. */
export interface LinuxNetDevice {
  name?: string | undefined;
}

/** The execution domain: personality(2). The specification defines no flags. */
export interface LinuxPersonality {
  domain: PersonalityDomain;
  flags?: string[] | undefined;
}

/** What is particular to Linux: config-linux.md. */
export interface Linux {
  uidMappings?: LinuxIDMapping[] | undefined;
  gidMappings?: LinuxIDMapping[] | undefined;
  /** Kernel parameters of the container's namespaces: sysctl(8). */
  sysctl?: Record<string, string> | undefined;
  resources?: LinuxResources | undefined;
  /** The container's cgroup, from the root of the hierarchies, or relative to one of the runtime's choice. */
  cgroupsPath?: string | undefined;
  namespaces?: LinuxNamespace[] | undefined;
  devices?: LinuxDevice[] | undefined;
  seccomp?: LinuxSeccomp | undefined;
  rootfsPropagation?: RootfsPropagation | undefined;
  /** Absolute paths that are made unreadable. */
  maskedPaths?: string[] | undefined;
  /** Absolute paths that are made read-only. */
  readonlyPaths?: string[] | undefined;
  /** SELinux context of the mounts. */
  mountLabel?: string | undefined;
  intelRdt?: LinuxIntelRdt | undefined;
  personality?: LinuxPersonality | undefined;
  timeOffsets?: LinuxTimeOffsets | undefined;
  memoryPolicy?: LinuxMemoryPolicy | undefined;
  /** By the name on the host. */
  netDevices?: Record<string, LinuxNetDevice> | undefined;
}
