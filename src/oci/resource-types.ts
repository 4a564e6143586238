import type { DeviceRuleType } from './names.js';

/** What a cgroup's device list says of some devices; later entries win. */
export interface LinuxDeviceCgroup {
  allow: boolean;
  /** All kinds where it is absent. */
  type?: DeviceRuleType | undefined;
  /** Any where it is absent. */
  major?: number | undefined;
  /** Any where it is absent. */
  minor?: number | undefined;
  /** Letters of read, write and mknod: `rwm`. */
  access?: string | undefined;
}

/** Sizes in bytes; -1 is no limit. */
export interface LinuxMemory {
  limit?: number | undefined;
  reservation?: number | undefined;
  /** Memory and swap together, as cgroup v1 counts. */
  swap?: number | undefined;
  kernel?: number | undefined;
  kernelTCP?: number | undefined;
  /** 0 to 100. */
  swappiness?: number | undefined;
  disableOOMKiller?: boolean | undefined;
  useHierarchy?: boolean | undefined;
  checkBeforeUpdate?: boolean | undefined;
}

/** Times in microseconds. */
export interface LinuxCPU {
  shares?: number | undefined;
  /** Time within one period; negative is no limit. */
  quota?: number | undefined;
  burst?: number | undefined;
  period?: number | undefined;
  realtimeRuntime?: number | undefined;
  realtimePeriod?: number | undefined;
  /** A list of CPUs such as `0-3,7`. */
  cpus?: string | undefined;
  /** A list of memory nodes. */
  mems?: string | undefined;
  /** 1 gives the processor only what others leave. */
  idle?: number | undefined;
}

/** Zero or below is no limit. */
export interface LinuxPids {
  limit: number;
}

/** Weights are 10 to 1000. */
export interface LinuxWeightDevice {
  major: number;
  minor: number;
  weight?: number | undefined;
  leafWeight?: number | undefined;
}

/** The rate is in bytes or in operations a second. */
export interface LinuxThrottleDevice {
  major: number;
  minor: number;
  rate: number;
}

/** Weights are 10 to 1000. */
export interface LinuxBlockIO {
  weight?: number | undefined;
  leafWeight?: number | undefined;
  weightDevice?: LinuxWeightDevice[] | undefined;
  throttleReadBpsDevice?: LinuxThrottleDevice[] | undefined;
  throttleWriteBpsDevice?: LinuxThrottleDevice[] | undefined;
  throttleReadIOPSDevice?: LinuxThrottleDevice[] | undefined;
  throttleWriteIOPSDevice?: LinuxThrottleDevice[] | undefined;
}

export interface LinuxHugepageLimit {
  /** Such as `2MB`. */
  pageSize: string;
  /** Bytes. */
  limit: number;
}

export interface LinuxInterfacePriority {
  name: string;
  priority: number;
}

/** net_cls and net_prio of cgroup v1. */
export interface LinuxNetwork {
  classID?: number | undefined;
  priorities?: LinuxInterfacePriority[] | undefined;
}

export interface LinuxRdma {
  hcaHandles?: number | undefined;
  hcaObjects?: number | undefined;
}

/** Limits of the container's cgroup: config-linux.md, "Control groups". */
export interface LinuxResources {
  devices?: LinuxDeviceCgroup[] | undefined;
  memory?: LinuxMemory | undefined;
  cpu?: LinuxCPU | undefined;
  pids?: LinuxPids | undefined;
  blockIO?: LinuxBlockIO | undefined;
  hugepageLimits?: LinuxHugepageLimit[] | undefined;
  network?: LinuxNetwork | undefined;
  /** By device name. */
  rdma?: Record<string, LinuxRdma> | undefined;
  /** Files of cgroup v2 and what to write to them. */
  unified?: Record<string, string> | undefined;
}
