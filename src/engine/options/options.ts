import { LibpodError } from '../../base/errors.js';
import type { CniOptions } from '../../network/cni/cni-networks.js';
import type { LogDriver, NetworkChoice, StorageDriver } from '../../model/config.js';
import type { LinuxSeccomp } from '../../oci/runtime-spec.js';
import type { ConditionalProfile } from '../../spec/seccomp/conditional.js';
import type { SpecOptions } from '../../spec/options.js';
import type { CgroupManagerName } from '../cgroups/manager.js';
import type { RuntimeChoices } from '../../runtimes/runtimes.js';
import type { HealthcheckOptions } from './health.js';
import type { PortOption } from './port.js';

export interface RuntimeOptions extends RuntimeChoices {
  /** Where networks of CNI are configured, and where their plugins are. */
  readonly cni?: CniOptions | undefined;
  /** Where containers are kept; /var/lib/libpod-node unless given. Absolute, or relative to the working directory. */
  readonly root?: string | undefined;
  /** Where this boot's state is kept; /run/libpod-node unless given. A root and its run root remember each other: each has but one. */
  readonly runRoot?: string | undefined;
  /**
   * How roots are kept: `overlay`, as layers that are shared, or `vfs`, as a whole copy for each container and each layer of
   * an image, for file systems on which the kernel makes no overlays. The first engine of a store decides, and the store
   * remembers: `overlay` unless given, `vfs` where that cannot be.
   */
  readonly storageDriver?: StorageDriver | undefined;
  /**
   * Who makes the cgroup that those of containers stand in: this engine itself, unless given, or systemd, which hands a
   * scope over to it and leaves that alone. `systemd` needs cgroup version 2, and systemd as PID 1.
   */
  readonly cgroupManager?: CgroupManagerName | undefined;
  /**
   * The cgroup under which containers' cgroups are made; /libpod_parent unless given. With systemd the name of a slice;
   * machine.slice unless given.
   */
  readonly cgroupParent?: string | undefined;
  /**
   * How many monitors to keep ready after the first start, so that later ones need not wait for a process to begin; 2
   * unless given, 0 for none. Each takes some 100 kB, and goes with the runtime.
   */
  readonly readyMonitors?: number | undefined;
}

/** The root file system of a new container: exactly one of these. */
export interface RootOptions {
  /** A directory, used as it stands. */
  readonly rootfs?: string | undefined;
  /** With `rootfs` or `bundle`: leave the directory alone, under an overlay that is thrown away (podman's `DIR:O`). */
  readonly overlay?: boolean | undefined;
  /** The composed host root: the host's /usr, read-only; a fresh /etc; nothing of the host's secrets. */
  readonly hostRoot?: boolean | undefined;
  /** An image, by name or ID. What it says of command, environment, user and the like holds where nothing else is given. */
  readonly image?: string | undefined;
  /**
   * Whether the image is pulled: `missing`, if it is not here, unless given; `newer`, if the registry has another one, and it
   * is no error if that cannot be asked.
   */
  readonly pull?: 'missing' | 'always' | 'never' | 'newer' | undefined;
  /** In place of the image's entrypoint and command; [] for none. With `image` alone. */
  readonly entrypoint?: readonly string[] | undefined;
  /**
   * What the volumes are that an image asks for: volumes of the container's own (`bind`), unless given; file systems in
   * memory; or part of the root.
   */
  readonly imageVolumes?: 'bind' | 'tmpfs' | 'ignore' | undefined;
  /** A directory with an OCI config.json and a root: it is run as it says, without this library's defaults. */
  readonly bundle?: string | undefined;
}

/** Options of a container's process and confinement; whatever is left out has podman's default. */
type PassedOn = Omit<
  SpecOptions,
  | 'rootfs'
  | 'command'
  | 'user'
  | 'hostname'
  | 'networkFiles'
  | 'stdinOpen'
  | 'cgroupsPath'
  | 'hardLimits'
  | 'blockDevices'
  | 'selinux'
  | 'seccomp'
>;

/** Devices of the host for a container: podman-run(1), --device. */
export interface HostDevice {
  /** A device node, or a directory: all devices beneath it. Absolute. */
  readonly path: string;
  /** Where it appears; at the same path unless given. */
  readonly containerPath?: string | undefined;
  /** Letters of `rwm` for read, write and mknod; all unless given. */
  readonly access?: string | undefined;
}

/** What a new container is to be. */
export interface CreateOptions extends RootOptions, PassedOn {
  /** The program and its arguments. Needed unless a bundle brings one. */
  readonly command?: readonly string[] | undefined;
  /** Two words by chance unless given. */
  readonly name?: string | undefined;
  /** The OCI runtime that makes it: a name or an absolute path; the engine's choice unless given. `libpod` is the built-in one. */
  readonly runtime?: string | undefined;
  /** The pod that it belongs to, by name or ID: it joins the namespaces that the pod shares, and its cgroup is in the pod's. */
  readonly pod?: string | undefined;
  /**
   * Containers, by name or ID, whose volumes and bind mounts this one has too, at the same places; `NAME:ro` for reading
   * alone. What `mounts` has at a place wins.
   */
  readonly volumesFrom?: readonly string[] | undefined;
  /** Its time zone, such as `Europe/Berlin`: the host's description of it is mounted at /etc/localtime. `local` is the host's. */
  readonly timezone?: string | undefined;
  /** Containers that must run before this one starts, by name or ID: starting it starts them (podman's --requires). */
  readonly requires?: readonly string[] | undefined;
  /** `user` or `user:group`, names or numbers; root unless given. */
  readonly user?: string | undefined;
  /**
   * The system call filter: the default one unless given, and none for a privileged container; or a profile, in the form of
   * the runtime specification (config-linux.md, "Seccomp") or of podman and docker (with `archMap`, `includes`, `excludes`).
   */
  readonly seccomp?: 'default' | 'unconfined' | LinuxSeccomp | ConditionalProfile | undefined;
  /** More groups of the user, names or numbers of the container's. */
  readonly groupAdd?: readonly string[] | undefined;
  /** Devices of the host, beside `devices`. */
  readonly hostDevices?: readonly HostDevice[] | undefined;
  /**
   * Run the command under a small init, which is PID 1 instead of it: it reaps what is orphaned, and forwards signals.
   */
  readonly init?: boolean | undefined;
  /**
   * The networks that it is in, by name; `bridge` is the default one. None unless given: its network namespace then has a
   * loopback alone.
   */
  readonly networks?: readonly (string | NetworkChoice)[] | undefined;
  /** Ports of the host that lead to those of the container. */
  readonly ports?: readonly PortOption[] | undefined;
  /** Ports at which it listens, `PORT[-PORT][/PROTOCOL]`, beside those of its image; for `publishAll`. */
  readonly expose?: readonly string[] | undefined;
  /** Publish those ports at free ones of the host, which are chosen now. */
  readonly publishAll?: boolean | undefined;
  /** More lines of /etc/hosts: `NAME:ADDRESS`. */
  readonly addHosts?: readonly string[] | undefined;
  /** Leave the root's own /etc/hosts alone. */
  readonly noHosts?: boolean | undefined;
  /** Leaves the root's own /etc/hostname alone. */
  readonly noHostname?: boolean | undefined;
  /** Addresses of name servers, in place of the host's; `none` leaves the root's own /etc/resolv.conf alone. */
  readonly dns?: readonly string[] | undefined;
  /** Domains in which names are looked up, in place of the host's; `.` is none. */
  readonly dnsSearch?: readonly string[] | undefined;
  /** Options of resolv.conf(5), in place of the host's. */
  readonly dnsOptions?: readonly string[] | undefined;
  /** How its health is checked: that of the image unless given; `false` for not at all. */
  readonly healthcheck?: HealthcheckOptions | false | undefined;
  /** Seconds after which the container is killed; never unless given, or for 0. */
  readonly timeout?: number | undefined;
  /** A file to which each start writes the PID of the container's first process. It is not removed. */
  readonly pidFile?: string | undefined;
  /** The first twelve digits of the ID unless given. */
  readonly hostname?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Keep stdin open for clients; else it is /dev/null. */
  readonly stdin?: boolean | undefined;
  /**
   * Whether stdin ends when a client that has attached it goes, as if the client had ended it; true unless given, but with a
   * terminal. A client that ends it does so for all, whatever is said here.
   */
  readonly stdinOnce?: boolean | undefined;
  /** Remove the container when it ends. It then leaves no trace, and writes nothing to the root. */
  readonly remove?: boolean | undefined;
  /**
   * Whether it is run again when it ends: `no` unless given, `always`, `unless-stopped`, `on-failure` or `on-failure:TIMES`.
   * Its monitor does so, with no Node process alive, after 100 ms and twice as long each time, up to a minute. A stop, or
   * a kill with the stop signal, TERM or KILL, ends it.
   */
  readonly restartPolicy?: string | undefined;
  /** The signal that asks it to stop; TERM unless given. */
  readonly stopSignal?: string | number | undefined;
  /** Seconds until SIGKILL follows; 10 unless given. */
  readonly stopTimeout?: number | undefined;
  /** `k8s-file` unless given. With `passthrough` the container gets the standard streams of the process that starts it. */
  readonly logDriver?: LogDriver | undefined;
  /** The log file; one of the container's own unless given. */
  readonly logPath?: string | undefined;
  /** The bytes that a log file may grow to; it then becomes PATH.1, and a new one begins. It grows on unless given. */
  readonly logMaxSize?: number | undefined;
  /** How many files are kept of a log with `logMaxSize`; 2 unless given: the present one, and the one before. */
  readonly logMaxFiles?: number | undefined;
  /** The tag of a `json-file` log: text with docker's {{.ID}}, {{.FullID}}, {{.Name}} and {{.ImageName}}. */
  readonly logTag?: string | undefined;
}

/** The command of a container, checked. */
export function checkCommand(command: readonly string[] | undefined): readonly string[] {
  if (
    !Array.isArray(command) ||
    command.length === 0 ||
    !command.every((part) => typeof part === 'string') ||
    command[0] === ''
  ) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      'no command was given: name the program that the container is to run',
    );
  }
  return command;
}

/** The sources of a root among options, of which there must be one. */
export function checkRoot(options: CreateOptions): void {
  const given = [
    options.rootfs !== undefined,
    options.hostRoot === true,
    options.bundle !== undefined,
    options.image !== undefined,
  ].filter(Boolean).length;
  if (given !== 1) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      given === 0
        ? 'no root file system was given: give image, rootfs, hostRoot or bundle'
        : 'more than one root file system was given: give one of image, rootfs, hostRoot and bundle',
    );
  }
}
