import type {
  LinuxDevice,
  LinuxDeviceCgroup,
  LinuxIDMapping,
  LinuxSeccomp,
  Mount,
} from '../oci/runtime-spec.js';
import type { SelinuxContexts } from './labels.js';
import type { ProfileArchitecture } from './seccomp/rules-architecture.js';

/**
 * A namespace of the container's own, the caller's, one that exists at this absolute path, or that of another
 * container, by its name or ID, which must be running at each start.
 */
export type NamespaceChoice = 'private' | 'host' | { readonly path: string } | { readonly container: string };

/**
 * For the IPC namespace, with which /dev/shm goes: `shareable` is one of the container's own that others may join, where
 * they find its /dev/shm; `private` is one that nobody may join; `none` is one without a /dev/shm.
 */
export type IpcChoice = NamespaceChoice | 'shareable' | 'none';

/** Subordinate IDs that are chosen for a container: podman-run(1), --userns=auto. */
export interface AutoUserNamespace {
  /** How many; unless given, as many as its root knows, and 1024 at least. */
  readonly size?: number | undefined;
  /** IDs that are mapped as said here, beside those that are chosen. */
  readonly uidMappings?: readonly LinuxIDMapping[] | undefined;
  readonly gidMappings?: readonly LinuxIDMapping[] | undefined;
}

/** `auto` is a private one whose IDs are chosen: no other container with `auto` has them. */
export type UserNamespaceChoice = NamespaceChoice | { readonly auto: AutoUserNamespace };

export interface NamespaceOptions {
  readonly pid?: NamespaceChoice | undefined;
  /** `shareable` unless given. */
  readonly ipc?: IpcChoice | undefined;
  readonly uts?: NamespaceChoice | undefined;
  readonly network?: NamespaceChoice | undefined;
  readonly cgroup?: NamespaceChoice | undefined;
  /** `host` unless given, `private` needs ID mappings. */
  readonly user?: UserNamespaceChoice | undefined;
}

/** Who the process is; the numbers are those of the container's user namespace. */
export interface SpecUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups; the gid is put in front if it is missing. */
  readonly additionalGids?: readonly number[] | undefined;
  /** The value of HOME. */
  readonly home?: string | undefined;
  /** Recorded, with no effect on Linux. */
  readonly username?: string | undefined;
}

/** Limits of the container's cgroup. Sizes in bytes, times in microseconds. */
export interface ResourceOptions {
  readonly memory?: number | undefined;
  /** Memory and swap together; twice the memory unless given, -1 is no limit. */
  readonly memorySwap?: number | undefined;
  readonly memoryReservation?: number | undefined;
  /** Time on the processors within one period; -1 is no limit. */
  readonly cpuQuota?: number | undefined;
  /** 1000 to 1000000. */
  readonly cpuPeriod?: number | undefined;
  /** A weight, 2 to 262144. */
  readonly cpuShares?: number | undefined;
  /** A list such as `0-3,7`. */
  readonly cpusetCpus?: string | undefined;
  readonly cpusetMems?: string | undefined;
  /** 2048 unless given; 0 or -1 is no limit. */
  readonly pidsLimit?: number | undefined;
  /** How readily the kernel swaps, 0 to 100; -1 is the machine's own. Cgroup v1 only. */
  readonly memorySwappiness?: number | undefined;
  /** Leave processes waiting that would be killed for want of memory; needs `memory`. Cgroup v1 only. */
  readonly oomKillDisable?: boolean | undefined;
  /** 10 to 1000. */
  readonly blkioWeight?: number | undefined;
  /** The weights of single devices, 10 to 1000. */
  readonly blkioWeightDevice?: readonly DeviceWeight[] | undefined;
  /** Bytes a second. */
  readonly deviceReadBps?: readonly DeviceRate[] | undefined;
  readonly deviceWriteBps?: readonly DeviceRate[] | undefined;
  /** Operations a second. */
  readonly deviceReadIops?: readonly DeviceRate[] | undefined;
  readonly deviceWriteIops?: readonly DeviceRate[] | undefined;
  /** Files of the container's cgroup and what is written to them, such as `memory.high`. Cgroup v2 only. */
  readonly unified?: Readonly<Record<string, string>> | undefined;
}

/** A share of a block device, which is named by its path on the host, such as `/dev/sda`. */
export interface DeviceWeight {
  readonly path: string;
  readonly weight: number;
}

/** A limit of a block device, which is named by its path on the host. */
export interface DeviceRate {
  readonly path: string;
  readonly rate: number;
}

/** The numbers of a device: makedev(3). */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** A device node of the container. */
export interface ContainerDevice extends LinuxDevice {
  /** What may be done with it, letters of `rwm` for read, write and mknod; all unless given. */
  readonly access?: string | undefined;
}

/** A resource limit. */
export interface UlimitOption {
  /** Such as `nofile` or `RLIMIT_NOFILE`. */
  readonly name: string;
  /** -1 is no limit. */
  readonly soft: number;
  /** -1 is no limit. */
  readonly hard: number;
}

/** Absolute host paths of the files that are mounted over those of the image. */
export interface NetworkFiles {
  /** For /etc/hosts. */
  readonly hosts?: string | undefined;
  /** For /etc/hostname. */
  readonly hostname?: string | undefined;
  /** For /etc/resolv.conf. */
  readonly resolvConf?: string | undefined;
  /** For /run/.containerenv. */
  readonly containerenv?: string | undefined;
}

/**
 * What a container is to be, from which its runtime specification is made. Whatever is left out has podman
 * 4's default.
 */
export interface SpecOptions {
  /** The root directory, recorded as root.path. */
  readonly rootfs: string;
  /** Mount the root read-only, with a tmpfs on /run, /tmp and /var/tmp that begins with what the root has there. */
  readonly readOnlyRootfs?: boolean | undefined;
  /** With a read-only root, whether those three stay writable; true unless given. */
  readonly readWriteTmpfs?: boolean | undefined;
  /** The program and all of its arguments. */
  readonly command: readonly string[];
  /** Variables by name; they take precedence over the defaults. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Variables of the defaults and of the image to leave out, or `ALL` of them; those of `env` stay. */
  readonly unsetEnv?: readonly string[] | 'ALL' | undefined;
  /** The working directory, absolute; `/` unless given. */
  readonly cwd?: string | undefined;
  /** Root unless given. */
  readonly user?: SpecUser | undefined;
  /** 0022 unless given. */
  readonly umask?: number | undefined;
  /**
   * The host name, and the value of HOSTNAME; with the host's uts namespace the latter only, so it should be
   * the host's.
   */
  readonly hostname: string;
  readonly terminal?: boolean | undefined;
  /** Recorded as the annotation io.kubernetes.cri-o.Stdin: the specification has no field for it. */
  readonly stdinOpen?: boolean | undefined;
  /** Names with or without `CAP_`, in any case, or `ALL`. */
  readonly capAdd?: readonly string[] | undefined;
  readonly capDrop?: readonly string[] | undefined;
  /** All capabilities and devices, no filter, no masked or read-only paths, writable /sys. */
  readonly privileged?: boolean | undefined;
  readonly noNewPrivileges?: boolean | undefined;
  /** The AppArmor profile of its processes, which is loaded in the kernel; none unless given. */
  readonly apparmorProfile?: string | undefined;
  /**
   * For SELinux: `disable`, or `type:`, `level:`, `user:`, `role:` of the processes and `filetype:` of the files of new mounts.
   * Recorded as the annotation io.podman.annotations.label; no effect where there is no SELinux. Nothing is labelled unless
   * given.
   */
  readonly labelOptions?: readonly string[] | undefined;
  /** What SELinux gives containers: a host fact, needed with `labelOptions`; absent where it is off. */
  readonly selinux?: SelinuxContexts | undefined;
  /**
   * More mounts; one replaces the default with the same destination, and one on /dev all defaults beneath it. One of type
   * `overlay` whose source is a directory of the host has a layer of its own over it, which is thrown away with each
   * start; the options `upperdir` and `workdir` name one that is kept.
   */
  readonly mounts?: readonly Mount[] | undefined;
  readonly networkFiles?: NetworkFiles | undefined;
  /** Size of /dev/shm in bytes; 64 MiB unless given. Not where it is another's, or is not there: see `namespaces.ipc`. */
  readonly shmSize?: number | undefined;
  /** Device nodes to make and to allow, beside those that every runtime makes (/dev/null and its kin). */
  readonly devices?: readonly ContainerDevice[] | undefined;
  /** More entries of the device list, after those of `devices`: what they allow may be used if a node is made. */
  readonly deviceCgroupRules?: readonly LinuxDeviceCgroup[] | undefined;
  /** The numbers of the block devices that `resources` names by their paths: a host fact. */
  readonly blockDevices?: Readonly<Record<string, DeviceNumber>> | undefined;
  readonly namespaces?: NamespaceOptions | undefined;
  /** Needed for a private user namespace; for one that is joined, its own, which are a host fact. */
  readonly uidMappings?: readonly LinuxIDMapping[] | undefined;
  /** The same as uidMappings unless given. */
  readonly gidMappings?: readonly LinuxIDMapping[] | undefined;
  readonly resources?: ResourceOptions | undefined;
  /** podman 4's defaults and these; `host` is the limits of this process instead. */
  readonly ulimits?: readonly UlimitOption[] | 'host' | undefined;
  /**
   * The highest hard limits that this process can set, by name such as `nofile`; none is no bound: a host fact, wanted
   * where CAP_SYS_RESOURCE is missing. Defaults are lowered to it; what the user asked for above it is refused.
   */
  readonly hardLimits?: Readonly<Record<string, number>> | undefined;
  /** -1000 to 1000. */
  readonly oomScoreAdj?: number | undefined;
  /** Kernel parameters of the container's own namespaces. */
  readonly sysctl?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** The default filter unless given; for a privileged container none unless given. */
  readonly seccomp?: 'default' | 'unconfined' | LinuxSeccomp | undefined;
  /** The processor, for the default filter; that of this process unless given. */
  readonly architecture?: ProfileArchitecture | undefined;
  /** More absolute paths to hide. */
  readonly mask?: readonly string[] | undefined;
  /** Default masked and read-only paths to leave alone; `*` stands for any characters but a slash. */
  readonly unmask?: readonly string[] | 'ALL' | undefined;
  /** More options of the procfs at /proc, such as `hidepid=2`: proc(5), "Mount options". */
  readonly procOptions?: readonly string[] | undefined;
  /** Where the container's cgroup is: linux.cgroupsPath. */
  readonly cgroupsPath?: string | undefined;
}
