import type { RestartPolicy } from './restart-policy.js';
import type { HealthcheckConfig } from './healthcheck.js';
import type { LinuxResources, RuntimeSpec } from '../oci/runtime-spec.js';
import type { NamedVolume } from './volume.js';
import type { IdRange } from '../base/id-map.js';

/** The version of the records on disk; a reader refuses a later one. */
export const RECORD_VERSION = 1;

/**
 * How the roots of a store are kept: as layers that the kernel lays over each other, or as plain copies, where it does not
 * (podman's names).
 */
export const STORAGE_DRIVERS = ['overlay', 'vfs'] as const;
export type StorageDriver = (typeof STORAGE_DRIVERS)[number];

/** Where a container's root file system comes from. Paths are absolute host paths. */
export type RootConfig =
  /** A directory, used as it stands. */
  | { readonly kind: 'directory'; readonly directory: string }
  /** Read-only layers, the topmost first, under a writable one of the container's own. */
  | {
      readonly kind: 'overlay';
      readonly lower: readonly string[];
      /** Whether what the container writes is thrown away at each start (`--rootfs DIR:O`). */
      readonly throwaway: boolean;
    }
  /** A copy of the container's own of a directory: what a store of driver vfs has for layers. */
  | { readonly kind: 'copy'; readonly of: string };

/** How a container is to be in a network; what is left out is chosen at each start. */
export interface NetworkChoice {
  /** The network's name. */
  readonly name: string;
  /** Addresses, at most one of a family. */
  readonly ips?: readonly string[] | undefined;
  /** `aa:bb:cc:dd:ee:ff`. */
  readonly mac?: string | undefined;
  /** The interface in the container; `eth0` for the first network, and so on. */
  readonly interface?: string | undefined;
  /** Names under which others of the network find it, beside its own. */
  readonly aliases?: readonly string[] | undefined;
}

/** The ID maps of a user namespace: user_namespaces(7). */
export interface IdMappings {
  readonly uid: readonly IdRange[];
  readonly gid: readonly IdRange[];
}

/** A port of the host that leads to one of a container. */
export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: string;
  /** An address of the host, or '' for all. */
  readonly hostIP: string;
}

/**
 * Where a container's output goes: to a file in the format of the Kubernetes CRI or of docker, nowhere but to whoever is
 * attached, or straight to the caller's own standard streams.
 */
export type LogDriver = 'k8s-file' | 'json-file' | 'none' | 'passthrough';

/**
 * All that was used to create a container; never changed afterwards (ContainerConfig of libpod). Names follow the seed's
 * JSON names.
 */
export interface ContainerConfig {
  readonly version: typeof RECORD_VERSION;
  readonly id: string;
  readonly name: string;
  /** The runtime specification; files that the engine makes for each start are mounted beside its mounts. */
  readonly spec: RuntimeSpec;
  readonly root: RootConfig;
  /** Whether the root is the composed host root: a name for listings. */
  readonly rootfsName: string;
  /** Whether the container is removed when it ends. It then lives in the run directory alone. */
  readonly autoRemove: boolean;
  /** Whether the engine brings /etc/hosts, /etc/hostname, /etc/resolv.conf and /run/.containerenv. Not for OCI bundles. */
  readonly manageFiles: boolean;
  readonly privileged: boolean;
  /**
   * Whether the default seccomp filter holds, of which `spec` then says nothing: it follows from the capabilities, and
   * four hundred names in every record would only be read and written.
   */
  readonly defaultSeccomp: boolean;
  /** The user as it was asked for: `name`, `uid`, `uid:gid`, ... */
  readonly user: string;
  /** The containers whose namespaces this one joins, by ID. */
  readonly pidNsCtr?: string | undefined;
  readonly netNsCtr?: string | undefined;
  readonly ipcNsCtr?: string | undefined;
  readonly utsNsCtr?: string | undefined;
  readonly userNsCtr?: string | undefined;
  readonly cgroupNsCtr?: string | undefined;
  /** The maps of its user namespace, be it its own or joined; absent in the engine's. The IDs of its root are those inside. */
  readonly idMappings?: IdMappings | undefined;
  /** The subordinate IDs that were chosen for it, which no other container is given. */
  readonly autoIds?: IdRange | undefined;
  /** Whether it has no /dev/shm; whether others may not join its IPC namespace; whether its /dev/shm is that of `ipcNsCtr`. */
  readonly noShm?: boolean | undefined;
  readonly noShmShare?: boolean | undefined;
  readonly sharesShm?: boolean | undefined;
  /** The containers that must run before this one starts, by ID: podman-create(1), --requires. */
  readonly dependencies?: readonly string[] | undefined;
  /** Whether the root's own /etc/hosts and /etc/resolv.conf are left alone. */
  readonly useImageHosts?: boolean | undefined;
  /** Whether /etc/hostname is the root's own. */
  readonly useImageHostname?: boolean | undefined;
  readonly useImageResolvConf?: boolean | undefined;
  /** More lines of /etc/hosts, `NAME:ADDRESS`. */
  readonly hostsAdd?: readonly string[] | undefined;
  /** What stands in /etc/resolv.conf in place of the host's; the host's where absent. */
  readonly dnsServer?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOption?: readonly string[] | undefined;
  /** Whether an init of this engine is PID 1. */
  readonly init?: boolean | undefined;
  /** Seconds after which the monitor kills it. */
  readonly timeout?: number | undefined;
  /** Whether it is run again when it ends. */
  readonly restartPolicy?: RestartPolicy | undefined;
  /** How its health is checked; not at all where absent. */
  readonly healthcheck?: HealthcheckConfig | undefined;
  /** Where each start writes the PID. */
  readonly pidFile?: string | undefined;
  /** The full ID of the pod that it belongs to. */
  readonly pod?: string | undefined;
  /** The cgroup of the pod, in which its own is, with the limits of all the pod's containers together. */
  readonly podCgroup?: { readonly path: string; readonly resources?: LinuxResources | undefined } | undefined;
  /** `stop` if the infra container of its pod is to stop when the last of the others has ended. */
  readonly podExitPolicy?: 'stop' | undefined;
  /** Whether it is the infra container of its pod: it holds the namespaces that are shared, and runs nothing but a pause. */
  readonly isInfra?: boolean | undefined;
  /** The volumes that it mounts; each has a mount of type `volume` in `spec`, whose source is its name. */
  readonly namedVolumes?: readonly NamedVolume[] | undefined;
  /** The image of its root, and whether the volumes that the image asks for are made. */
  readonly rootfsImageID?: string | undefined;
  readonly rootfsImageName?: string | undefined;
  readonly imageVolumes?: boolean | undefined;
  /** The ports of the host that lead into its network namespace. */
  readonly portMappings?: readonly PortMapping[] | undefined;
  /** The networks that its network namespace is in; none has a loopback alone. */
  readonly networks?: readonly NetworkChoice[] | undefined;
  /** Whether the container has a network namespace of its own. */
  readonly createNetNS: boolean;
  /** Whether stdin stays open. */
  readonly stdin: boolean;
  /** Whether it ends with the first client that has attached it; never where absent. */
  readonly stdinOnce?: boolean | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The signal number that stops the container. */
  readonly stopSignal: number;
  /** Seconds between that signal and SIGKILL. */
  readonly stopTimeout: number;
  /** ISO 8601. */
  readonly createdTime: string;
  /** The cgroup under which the container's own is made. */
  readonly cgroupParent: string;
  /** The container's path in every cgroup hierarchy. */
  readonly cgroupPath: string;
  readonly logDriver: LogDriver;
  /** The log file, or '' for one in the container's run directory. */
  readonly logPath: string;
  /** The size in bytes at which the log is continued in a new file, and the number of files kept; it grows where absent. */
  readonly logMaxSize?: number | undefined;
  readonly logMaxFiles?: number | undefined;
  /** What `attrs.tag` of a json-file log says, as a template. */
  readonly logTag?: string | undefined;
  /** The OCI runtime that makes it, as it was asked for: a name or a path; `libpod` is the built-in one. */
  readonly runtimeName: string;
  /** The program of another one. */
  readonly runtimePath?: string | undefined;
}
