import type { PodNamespace } from '../model/pod.js';
import { podStatus } from '../model/pod-status.js';
import type { LinuxResources } from '../oci/runtime-spec.js';
import type { PodCore } from './core.js';
import { lookAtMembers } from './members.js';

/** podman's words for the namespaces of a pod: podman-pod-create(1), --share. */
const WORDS: Readonly<Record<PodNamespace, string>> = {
  cgroup: 'cgroup',
  ipc: 'ipc',
  network: 'net',
  pid: 'pid',
  user: 'user',
  uts: 'uts',
};

/** What `inspect` tells of a pod; names and shapes follow podman's. */
export interface PodInspect {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly ExitPolicy: string;
  readonly State: string;
  readonly Hostname: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly CreateCgroup: boolean;
  readonly CgroupParent: string;
  readonly CgroupPath: string;
  readonly CreateInfra: boolean;
  /** '' without one. */
  readonly InfraContainerID: string;
  readonly SharedNamespaces: readonly string[];
  readonly NumContainers: number;
  readonly Containers: readonly { readonly Id: string; readonly Name: string; readonly State: string }[];
  /** Limits of all its containers together, as far as there are any. */
  readonly memory_limit?: number;
  readonly memory_swap?: number;
  readonly cpu_shares?: number;
  readonly cpu_period?: number;
  readonly cpu_quota?: number;
  readonly cpuset_cpus?: string;
  readonly cpuset_mems?: string;
  readonly pids_limit?: number;
}

function limitsOf({ memory, cpu, pids }: LinuxResources): Partial<PodInspect> {
  const limits = {
    memory_limit: memory?.limit,
    memory_swap: memory?.swap,
    cpu_shares: cpu?.shares,
    cpu_period: cpu?.period,
    cpu_quota: cpu?.quota,
    cpuset_cpus: cpu?.cpus,
    cpuset_mems: cpu?.mems,
    pids_limit: pids?.limit,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** Tells all about a pod. A look without locks: its containers go on meanwhile. */
export function describePod(pod: PodCore): PodInspect {
  const { config } = pod;
  const members = lookAtMembers(pod);
  return {
    Id: config.id,
    Name: config.name,
    Created: config.createdTime,
    ExitPolicy: config.exitPolicy,
    State: podStatus(members.map(({ state }) => state)),
    Hostname: config.hostname,
    Labels: config.labels,
    CreateCgroup: config.shareParent,
    CgroupParent: config.cgroupParent,
    CgroupPath: config.cgroupPath,
    CreateInfra: config.infraContainerId !== undefined,
    InfraContainerID: config.infraContainerId ?? '',
    SharedNamespaces: config.shared.map((name) => WORDS[name]),
    NumContainers: members.length,
    Containers: members.map(({ id, name, state }) => ({ Id: id, Name: name, State: state })),
    ...limitsOf(config.resources ?? {}),
  };
}
