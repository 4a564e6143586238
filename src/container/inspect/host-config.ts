import { DEFAULT_CAPABILITIES } from '../../spec/capabilities.js';
import { LABEL_ANNOTATION } from '../../spec/labels.js';
import type { ContainerConfig, IdMappings } from '../../model/config.js';
import { networksOf, resourcesOf, restartPolicyOf } from '../../model/settings.js';
import { DEFAULT_NETWORK } from '../../network/networks.js';
import { isBindMount } from '../../oci/bind-mount.js';
import type { NamespaceType } from '../../oci/names.js';
import type { LinuxResources } from '../../oci/runtime-spec.js';
import type { ContainerCore } from '../core.js';
import { logFileOf, logTagOf } from '../logs/request.js';
import { shmSizeOf } from '../shm.js';
import { portBindings, type PortBindings } from './network-settings.js';

/** What a container gets of its host, in podman's names. Limits that are not set are 0, and '' for lists. */
export interface InspectHostConfig {
  /** Lines `SOURCE:DESTINATION:OPTIONS`, of directories and of volumes. */
  readonly Binds: readonly string[];
  /** File systems in memory beside the usual ones, with their options. */
  readonly Tmpfs: Readonly<Record<string, string>>;
  readonly AutoRemove: boolean;
  readonly Annotations: Readonly<Record<string, string>>;
  readonly CgroupParent: string;
  readonly CgroupPath: string;
  readonly LogConfig: {
    readonly Type: string;
    readonly Path: string;
    readonly Tag: string;
    /** The size at which the log is continued in a new file; `0B` for never. */
    readonly Size: string;
  };
  readonly Privileged: boolean;
  readonly ReadonlyRootfs: boolean;
  /** What the bounding set has beside the default, and what it lacks; nothing of a privileged container. */
  readonly CapAdd: readonly string[];
  readonly CapDrop: readonly string[];
  /** `no-new-privileges`, `seccomp=unconfined`, `apparmor=` and `label=`. */
  readonly SecurityOpt: readonly string[];
  readonly Dns: readonly string[];
  readonly DnsOptions: readonly string[];
  readonly DnsSearch: readonly string[];
  /** Lines `NAME:ADDRESS`. */
  readonly ExtraHosts: readonly string[];
  readonly NetworkMode: string;
  readonly PortBindings: PortBindings;
  /** `private`, `host`, `container:ID` or `ns:PATH`; of IPC also `shareable` and `none`. */
  readonly CgroupMode: string;
  readonly IpcMode: string;
  readonly PidMode: string;
  readonly UTSMode: string;
  /** `private` for a user namespace of its own, `container:ID` for another container's, or ''. */
  readonly UsernsMode: string;
  /** Lines `CONTAINER:HOST:SIZE`. */
  readonly IDMappings: { readonly UidMap: readonly string[]; readonly GidMap: readonly string[] } | null;
  readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount: number };
  readonly Init: boolean;
  readonly OomScoreAdj: number;
  readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly Devices: readonly { readonly PathInContainer: string; readonly CgroupPermissions: string }[];
  readonly PidsLimit: number;
  /** Sizes are in bytes. */
  readonly Memory: number;
  readonly MemoryReservation: number;
  /** Memory and swap together. */
  readonly MemorySwap: number;
  /** 0 to 100; -1 if it is not set. */
  readonly MemorySwappiness: number;
  readonly OomKillDisable: boolean;
  readonly CpuShares: number;
  /** Microseconds. */
  readonly CpuPeriod: number;
  readonly CpuQuota: number;
  /** Billionths of a processor. */
  readonly NanoCpus: number;
  readonly CpuRealtimePeriod: number;
  readonly CpuRealtimeRuntime: number;
  readonly CpusetCpus: string;
  readonly CpusetMems: string;
  readonly BlkioWeight: number;
  readonly ShmSize: number;
}

/** File systems in memory that every container has: podman leaves them out. */
const USUAL_TMPFS = new Set(['/dev', '/dev/shm', '/run/lock']);

/** podman's word for the namespace of a type. */
function modeOf({ spec }: ContainerConfig, type: NamespaceType, joined: string | undefined): string {
  if (joined !== undefined) return `container:${joined}`;
  const found = spec.linux?.namespaces?.find((one) => one.type === type);
  return found === undefined ? 'host' : found.path ? `ns:${found.path}` : 'private';
}

function ipcModeOf(config: ContainerConfig): string {
  if (config.noShm === true) return 'none';
  const mode = modeOf(config, 'ipc', config.ipcNsCtr);
  return mode === 'private' && config.noShmShare !== true ? 'shareable' : mode;
}

/** As --network takes it: networks, `none`, `host`, `container:ID` or `ns:PATH`. */
function networkModeOf({ config, settings }: ContainerCore): string {
  const names = networksOf(config, settings).map(({ name }) => name);
  if (names.length > 0) return names.join() === DEFAULT_NETWORK ? 'bridge' : names.join(',');
  const mode = modeOf(config, 'network', config.netNsCtr);
  return mode === 'private' ? 'none' : mode;
}

function usernsModeOf(config: ContainerConfig): string {
  const mode = modeOf(config, 'user', config.userNsCtr);
  return mode === 'host' ? '' : mode;
}

function idMappingsOf({ idMappings }: ContainerConfig): InspectHostConfig['IDMappings'] {
  if (idMappings === undefined) return null;
  const lines = (map: IdMappings['uid']): string[] =>
    map.map(({ containerID, hostID, size }) => `${containerID}:${hostID}:${size}`);
  return { UidMap: lines(idMappings.uid), GidMap: lines(idMappings.gid) };
}

function bindsOf({ spec, namedVolumes = [] }: ContainerConfig): string[] {
  const line = (source: string, destination: string, options: readonly string[]): string =>
    [source, destination, options.join(',')].filter(Boolean).join(':');
  return [
    ...(spec.mounts ?? [])
      .filter(isBindMount)
      .map(({ source = '', destination, options = [] }) => line(source, destination, options)),
    ...namedVolumes.map(({ name, dest, options }) => line(name, dest, options)),
  ];
}

function tmpfsOf({ spec }: ContainerConfig): InspectHostConfig['Tmpfs'] {
  return Object.fromEntries(
    (spec.mounts ?? [])
      .filter(({ type, destination }) => type === 'tmpfs' && !USUAL_TMPFS.has(destination))
      .map(({ destination, options = [] }) => [destination, options.join(',')]),
  );
}

function capabilityChanges({
  spec,
  privileged,
}: ContainerConfig): Pick<InspectHostConfig, 'CapAdd' | 'CapDrop'> {
  if (privileged) return { CapAdd: [], CapDrop: [] };
  const bounding: readonly string[] = spec.process.capabilities?.bounding ?? [];
  const usual: readonly string[] = DEFAULT_CAPABILITIES;
  return {
    CapAdd: bounding.filter((name) => !usual.includes(name)),
    CapDrop: usual.filter((name) => !bounding.includes(name)),
  };
}

function securityOptionsOf({ spec, defaultSeccomp, privileged, manageFiles }: ContainerConfig): string[] {
  const { noNewPrivileges, apparmorProfile } = spec.process;
  const label = spec.annotations?.[LABEL_ANNOTATION];
  const unfiltered = manageFiles && !privileged && !defaultSeccomp && spec.linux?.seccomp === undefined;
  return [
    ...(label === undefined ? [] : [`label=${label}`]),
    ...(unfiltered ? ['seccomp=unconfined'] : []),
    ...(apparmorProfile === undefined ? [] : [`apparmor=${apparmorProfile}`]),
    ...(noNewPrivileges === true ? ['no-new-privileges'] : []),
  ];
}

function devicesOf({ spec }: ContainerConfig): InspectHostConfig['Devices'] {
  const rules = spec.linux?.resources?.devices ?? [];
  return (spec.linux?.devices ?? []).map(({ path, major, minor }) => ({
    PathInContainer: path,
    CgroupPermissions:
      rules.find((rule) => rule.allow && rule.major === major && rule.minor === minor)?.access ?? '',
  }));
}

function limitsOf(resources: LinuxResources | undefined) {
  const { memory, cpu, pids, blockIO } = resources ?? {};
  return {
    PidsLimit: pids?.limit ?? 0,
    Memory: memory?.limit ?? 0,
    MemoryReservation: memory?.reservation ?? 0,
    MemorySwap: memory?.swap ?? 0,
    MemorySwappiness: memory?.swappiness ?? -1,
    OomKillDisable: memory?.disableOOMKiller ?? false,
    CpuShares: cpu?.shares ?? 0,
    CpuPeriod: cpu?.period ?? 0,
    CpuQuota: cpu?.quota ?? 0,
    NanoCpus: cpu?.quota && cpu.quota > 0 && cpu.period ? Math.round((cpu.quota / cpu.period) * 1e9) : 0,
    CpuRealtimePeriod: cpu?.realtimePeriod ?? 0,
    CpuRealtimeRuntime: cpu?.realtimeRuntime ?? 0,
    CpusetCpus: cpu?.cpus ?? '',
    CpusetMems: cpu?.mems ?? '',
    BlkioWeight: blockIO?.weight ?? 0,
  };
}

/** Tells what a container gets of its host. */
export function hostConfigOf(core: ContainerCore): InspectHostConfig {
  const { config } = core;
  const { spec } = config;
  const policy = restartPolicyOf(config, core.settings);
  return {
    Binds: bindsOf(config),
    Tmpfs: tmpfsOf(config),
    AutoRemove: config.autoRemove,
    Annotations: spec.annotations ?? {},
    CgroupParent: config.cgroupParent,
    CgroupPath: config.cgroupPath,
    LogConfig: {
      Type: config.logDriver,
      Path: logFileOf(core),
      Tag: logTagOf(core),
      Size: config.logMaxSize === undefined ? '0B' : `${config.logMaxSize}B`,
    },
    Privileged: config.privileged,
    ReadonlyRootfs: spec.root.readonly === true,
    ...capabilityChanges(config),
    SecurityOpt: securityOptionsOf(config),
    Dns: config.dnsServer ?? [],
    DnsOptions: config.dnsOption ?? [],
    DnsSearch: config.dnsSearch ?? [],
    ExtraHosts: config.hostsAdd ?? [],
    NetworkMode: networkModeOf(core),
    PortBindings: portBindings(config),
    CgroupMode: modeOf(config, 'cgroup', config.cgroupNsCtr),
    IpcMode: ipcModeOf(config),
    PidMode: modeOf(config, 'pid', config.pidNsCtr),
    UTSMode: modeOf(config, 'uts', config.utsNsCtr),
    UsernsMode: usernsModeOf(config),
    IDMappings: idMappingsOf(config),
    RestartPolicy: { Name: policy.name, MaximumRetryCount: policy.retries },
    Init: config.init === true,
    OomScoreAdj: spec.process.oomScoreAdj ?? 0,
    Ulimits: (spec.process.rlimits ?? []).map(({ type, soft, hard }) => ({
      Name: type,
      Soft: soft,
      Hard: hard,
    })),
    Devices: devicesOf(config),
    ...limitsOf(resourcesOf(config, core.settings)),
    ShmSize: shmSizeOf(config),
  };
}
