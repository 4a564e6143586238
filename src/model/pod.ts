import type { LinuxResources, Mount } from '../oci/runtime-spec.js';
import type { RECORD_VERSION } from './config.js';

/** The namespaces that the containers of a pod may share, as the options of a container name them. */
export const POD_NAMESPACES = ['cgroup', 'ipc', 'network', 'pid', 'user', 'uts'] as const;
export type PodNamespace = (typeof POD_NAMESPACES)[number];

/** What happens when the last container of a pod but the infra container has ended. */
export const EXIT_POLICIES = ['continue', 'stop'] as const;
export type ExitPolicy = (typeof EXIT_POLICIES)[number];

/** What the containers of a pod have unless they ask for something else at the same place; as the options of a container name it. */
export interface PodInheritance {
  readonly mounts?: readonly Mount[] | undefined;
  readonly volumesFrom?: readonly string[] | undefined;
  readonly hostDevices?:
    | readonly {
        readonly path: string;
        readonly containerPath?: string | undefined;
        readonly access?: string | undefined;
      }[]
    | undefined;
  readonly noNewPrivileges?: boolean | undefined;
  /** A profile is an object, as it was given. */
  readonly seccomp?: 'default' | 'unconfined' | object | undefined;
  readonly apparmorProfile?: string | undefined;
  readonly labelOptions?: readonly string[] | undefined;
  readonly mask?: readonly string[] | undefined;
  readonly unmask?: readonly string[] | 'ALL' | undefined;
  readonly procOptions?: readonly string[] | undefined;
}

/** All that was used to create a pod; never changed afterwards. */
export interface PodConfig {
  readonly version: typeof RECORD_VERSION;
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly createdTime: string;
  /** The host name that was asked for, or ''. */
  readonly hostname: string;
  /** The full ID of the container that holds the shared namespaces; absent without one. */
  readonly infraContainerId?: string | undefined;
  /** The namespaces of the infra container that the others join. */
  readonly shared: readonly PodNamespace[];
  readonly exitPolicy: ExitPolicy;
  /** The cgroup under which the pod's own is made, and the pod's path in every hierarchy. */
  readonly cgroupParent: string;
  readonly cgroupPath: string;
  /** Whether the containers' cgroups are made beneath the pod's. */
  readonly shareParent: boolean;
  /** The limits of all its containers together. */
  readonly resources?: LinuxResources | undefined;
  /** What its containers get in /etc/hosts and /etc/resolv.conf unless they ask for something else. */
  readonly addHosts?: readonly string[] | undefined;
  readonly noHosts?: boolean | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
  readonly inherited?: PodInheritance | undefined;
}
