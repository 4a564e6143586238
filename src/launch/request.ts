import type { CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import type { IdMaps } from './id-maps.js';
import type { NamespaceType } from '../oci/names.js';
import type { LinuxResources, RuntimeSpec } from '../oci/runtime-spec.js';

/** The root file system of a launch. All paths are absolute host paths. */
export type LaunchRoot =
  /** A directory, with what is mounted beneath it, as it stands. */
  | {
      readonly kind: 'directory';
      readonly directory: string;
      /** Whether its IDs are those of the container, not of the host: seen through a mount with mapped IDs. */
      readonly idMapped?: boolean | undefined;
    }
  /** An overlay: the topmost of the read-only layers first, a writable one above them. */
  | {
      readonly kind: 'overlay';
      readonly lower: readonly string[];
      readonly upper: string;
      readonly work: string;
      readonly options: readonly string[];
      /** Directories to make, and to empty first if they are thrown away with each start. */
      readonly fresh: boolean;
      /** With a user namespace, the directories that its layers lie in: the IDs in them are those of the container. */
      readonly idMapped?: readonly string[] | undefined;
    };

/** The init of another container, which this PID and start time name. */
export interface JoinedProcess {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTicks: bigint;
}

/** In place of a descriptor: the number is left free (native/monitor/stdio.h, kLeftFree). */
export const LEFT_FREE = 0xffffffff;

/** Descriptors of a process that began at `startTicks`. */
export interface PreservedDescriptors extends JoinedProcess {
  /** Those that are had from 3 on; LEFT_FREE for none at that number. */
  readonly descriptors: readonly number[];
}

/** A namespace of another container: that of its init. */
export interface JoinedNamespace extends JoinedProcess {
  readonly type: NamespaceType;
  /** Beneath /proc. */
  readonly path: string;
}

/** The log of a launch. */
export interface LogRequest {
  readonly path: string;
  readonly format: 'k8s-file' | 'json-file';
  /** Bytes; 0 for a log that may grow. */
  readonly maxSize: number;
  readonly maxFiles: number;
  /** JSON that each entry of a json-file bears as `attrs`; '' for none. */
  readonly attributes: string;
}

/** Messages to the kernel about networks. */
export interface NetlinkStep {
  /** What they do, as a sentence's end. */
  readonly origin: string;
  /** A protocol of netlink(7). */
  readonly protocol: number;
  readonly messages: Uint8Array;
  /** Where the PID of the container's child goes; 0 for nowhere. */
  readonly pidAt: number;
}

/** An address and port of the host that nobody else is to listen at. */
export interface HeldPort {
  /** A protocol of ip(7). */
  readonly protocol: number;
  /** 4 bytes, or 16. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Where the monitor passes on what comes from the loopback of IPv6: an address, or none, and a port; port 0 for nowhere. */
  readonly to: Uint8Array;
  readonly toPort: number;
  /** What the user asked for, as the end of a sentence. */
  readonly origin: string;
}

/** What a CNI plugin does at the end of a container. */
export interface PluginCall {
  /** The plugin's program. */
  readonly path: string;
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
  /** What it reads. */
  readonly input: string;
  readonly timeoutMs: number;
}

/** What a launch does about networks, and undoes at the end. */
export interface LaunchNetwork {
  /** Ports of the host that are kept from its programs while the container may run. */
  readonly held?: readonly HeldPort[] | undefined;
  /** On the host, once the container's child is there. */
  readonly outside: readonly NetlinkStep[];
  /** In the container's network namespace. */
  readonly inside: readonly NetlinkStep[];
  /** On the host, when it has ended. */
  readonly down: readonly NetlinkStep[];
  /** The network namespace, where plugins have made it ready before the launch. */
  readonly namespace?: string | undefined;
  /** Those plugins at the end; the record goes with the namespace if none of them fails. */
  readonly plugins?: { readonly calls: readonly PluginCall[]; readonly record: string } | undefined;
}

/** How a container is stopped: the signal, and the milliseconds until SIGKILL. */
export interface StopRequest {
  readonly signal: number;
  readonly timeout: number;
}

/** One healthcheck. Times are in milliseconds. */
export interface CheckRequest {
  /** The launch program of its session. */
  readonly program: Uint8Array;
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
}

/** The healthchecks of a container. */
export interface HealthRequest extends CheckRequest {
  /** Where the monitor tells what comes of them. */
  readonly file: string;
  /** The file that says, also after a reboot, that a check has had the container stopped. */
  readonly stopped: string;
  readonly startPeriod: number;
  readonly action: 'none' | 'kill' | 'restart' | 'stop';
  readonly stopSignal: number;
  readonly stopTimeout: number;
  readonly startup?: (CheckRequest & { readonly successes: number }) | undefined;
}

/** All that a launch needs to know beside the runtime specification. All paths are absolute host paths. */
export interface LaunchRequest {
  readonly spec: RuntimeSpec;
  /** The bundle of the specification, if it comes from one. */
  readonly bundle?: string | undefined;
  readonly root: LaunchRoot;
  /** A directory of the engine's own over which the root is attached, seen so by the container's child alone. */
  readonly attachAt: string;
  /** The machine's cgroup hierarchies, and the container's path in each of them. */
  readonly cgroups: readonly CgroupHierarchy[];
  readonly cgroupPath: string;
  /** A file whose second byte a monitor locks while it lives, and in which it tells the state. */
  readonly lockFile?: string | undefined;
  /** The container's ID, if no events tell it. */
  readonly id?: string | undefined;
  readonly controlSocket?: string | undefined;
  /** Where the monitor tells what happens, and the members of each line that say of whom (events/line.ts). */
  readonly events?: { readonly directory: string; readonly id: string; readonly subject: string } | undefined;
  /**
   * Where the container's child listens for its start, if it is launched and left: no monitor stays, so there are no lock,
   * control socket, events and log, and nothing ends with the process that launches.
   */
  readonly gate?: string | undefined;
  /** A socket that the terminal's master is handed over to. */
  readonly consoleSocket?: string | undefined;
  /** Descriptors of a process, which the container's program has from 3 on. */
  readonly preserve?: PreservedDescriptors | undefined;
  /** Whether it keeps the session keyring of whoever launches it. */
  readonly keepKeyring?: boolean | undefined;
  /** Whether the root is moved over the host's, as on a root of an initramfs, instead of pivoted to (pivot_root(2)). */
  readonly noPivot?: boolean | undefined;
  /** Where output is logged; nowhere without it. */
  readonly log?: LogRequest | undefined;
  /** The process whose standard streams the container gets, in place of pipes. */
  readonly passthrough?: { readonly pid: number; readonly startTicks: bigint } | undefined;
  /** Namespaces of other containers, in place of what the specification says of these types. */
  readonly joined: readonly JoinedNamespace[];
  /**
   * The ID maps of the container's user namespace, be it new or joined; those of the specification unless given, which has
   * none where it joins one.
   */
  readonly idMaps?: IdMaps | undefined;
  /** Whose /dev/shm takes the place of the container's own. */
  readonly shm?: JoinedProcess | undefined;
  /** Whether an init of this engine is PID 1 and runs the command. */
  readonly init: boolean;
  /** Whether the container's program is a pause of this engine, which keeps namespaces and does nothing else. */
  readonly pause: boolean;
  /** The cgroup above the container's own, if that is a pod's, and the limits that hold for all in it. */
  readonly podCgroup?: { readonly path: string; readonly resources?: LinuxResources | undefined } | undefined;
  /**
   * The directory with a file for each container of its pod that has not ended: it leaves this company at its end; or, the
   * infra container, `stays` as long as there is one.
   */
  readonly company?:
    { readonly directory: string; readonly id: string; readonly stays?: StopRequest | undefined } | undefined;
  /** How it comes into its networks; none without it. */
  readonly network?: LaunchNetwork | undefined;
  /** What it leaves at the end: where its ID stands among the addresses of networks, and where their hosts files are. */
  readonly leaves?: { readonly networks: string; readonly hosts: string; readonly id: string } | undefined;
  /** Seconds after which the container is killed; never for 0. */
  readonly timeout: number;
  /** Whether it is run again when it has ended, and where an engine may leave another program for that. */
  readonly restart?:
    | { readonly policy: 'no' | 'on-failure' | 'always'; readonly retries: number; readonly next: string }
    | undefined;
  /** A file that each run writes its PID to. */
  readonly pidFile?: string | undefined;
  /** How its health is checked. */
  readonly health?: HealthRequest | undefined;
  /** Whether stdin stays open for clients; else it is /dev/null. */
  readonly stdin: boolean;
  /** Whether it ends with the first client that has sent to it. */
  readonly stdinOnce: boolean;
  /** Directories to make, or to empty. */
  readonly freshDirectories: readonly string[];
  /** Files to write before the start, such as /etc/hosts for a bind mount. */
  readonly files: readonly { readonly path: string; readonly mode: number; readonly data: string }[];
  /** A symbolic link that the monitor removes at the end, if it still points there: the name of a throwaway container. */
  readonly nameLink?: { readonly path: string; readonly to: string } | undefined;
  /** The directory of a throwaway container, with which it is gone. */
  readonly ownDirectory?: string | undefined;
  /** What the monitor removes when the container has ended. */
  readonly removeAtEnd: readonly string[];
  /** The compiled filter of `spec.linux.seccomp`, as struct sock_filter. */
  readonly seccompFilter?: Uint8Array | undefined;
}
