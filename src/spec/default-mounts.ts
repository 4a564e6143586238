import type { Mount } from '../oci/runtime-spec.js';
import { joinsContainer } from './namespaces.js';
import type { IpcChoice, NamespaceOptions, NetworkFiles, SpecOptions } from './options.js';
import { requireWhole } from './invalid.js';

/** 64 MiB: podman-run(1), --shm-size. */
export const DEFAULT_SHM_SIZE = 65536 * 1024;

/** Where the files of the network options go in a container. */
const NETWORK_FILE_TARGETS: Readonly<Record<keyof NetworkFiles, string>> = {
  resolvConf: '/etc/resolv.conf',
  hosts: '/etc/hosts',
  hostname: '/etc/hostname',
  containerenv: '/run/.containerenv',
};

/** What stays writable in a container with a read-only root: podman-run(1), --read-only-tmpfs. */
const WRITABLE_DIRECTORIES = ['/run', '/tmp', '/var/tmp'];

/** Namespaces that the container shares with the host. */
interface Sharing {
  readonly pid: boolean;
  readonly ipc: boolean;
  readonly network: boolean;
  readonly user: boolean;
}

/**
 * The mounts of a container that asks for none, as podman 4.3 makes them.
 *
 * Differences: /dev/shm is a tmpfs of its own instead of a bind of one that the host would have to mount; and
 * with a read-only root, /run/.containerenv is still there, which podman's tmpfs on /run covers.
 *
 * In a user namespace the kernel refuses a new procfs or sysfs for a PID or network namespace that is not
 * owned by it, and mqueue likewise: the host's is bound then.
 */
export function defaultMounts(options: SpecOptions): Mount[] {
  const chosen = options.namespaces ?? {};
  const sharing: Sharing = {
    pid: chosen.pid === 'host',
    ipc: chosen.ipc === 'host',
    network: chosen.network === 'host',
    user: (chosen.user ?? 'host') === 'host',
  };
  const access = options.privileged ? 'rw' : 'ro';
  const bound = !sharing.user && (sharing.network || ofAnother(chosen));
  return [
    procMount(sharing, options.procOptions ?? []),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k']),
    sysMount(bound, options.privileged === true),
    mount('/dev/pts', 'devpts', 'devpts', devptsOptions(options)),
    mqueueMount(sharing),
    ...shmMounts(chosen.ipc, options.shmSize),
    // A sysfs bound with all beneath it brings the cgroups along.
    ...(bound ? [] : [mount('/sys/fs/cgroup', 'cgroup', 'cgroup', cgroupOptions(access))]),
    ...writableMounts(options),
    ...networkFileMounts(options),
  ];
}

/** Whether the network namespace is that of a container whose user namespace is not joined, and may not be the owner of it. */
function ofAnother({ network, user }: NamespaceOptions): boolean {
  return joinsContainer(network) && !joinsContainer(user);
}

function mount(destination: string, type: string, source: string, options: string[]): Mount {
  return { destination, type, source, options };
}

function procMount(sharing: Sharing, more: readonly string[]): Mount {
  const options = ['nosuid', 'noexec', 'nodev', ...more];
  if (sharing.user || !sharing.pid) return mount('/proc', 'proc', 'proc', options);
  return mount('/proc', 'bind', '/proc', ['rbind', ...options, 'rw', 'rprivate']);
}

function sysMount(bound: boolean, privileged: boolean): Mount {
  const options = ['nosuid', 'noexec', 'nodev', privileged ? 'rw' : 'ro'];
  if (bound) return mount('/sys', 'bind', '/sys', ['rprivate', ...options, 'rbind']);
  return mount('/sys', 'sysfs', 'sysfs', privileged ? ['rprivate', ...options] : options);
}

/** Group 5 is `tty`; a user namespace that maps no group 5 cannot name it. */
function devptsOptions({ uidMappings, gidMappings = uidMappings }: SpecOptions): string[] {
  const options = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'];
  const tty = 5;
  const mapped =
    gidMappings === undefined ||
    gidMappings.some(({ containerID, size }) => containerID <= tty && tty < containerID + size);
  return mapped ? [...options, `gid=${tty}`] : options;
}

function mqueueMount(sharing: Sharing): Mount {
  const options = ['nosuid', 'noexec', 'nodev'];
  if (sharing.user || !sharing.ipc) return mount('/dev/mqueue', 'mqueue', 'mqueue', options);
  return mount('/dev/mqueue', 'bind', '/dev/mqueue', ['bind', ...options]);
}

function shmMounts(ipc: IpcChoice = 'shareable', size: number = DEFAULT_SHM_SIZE): Mount[] {
  const options = ['nosuid', 'noexec', 'nodev'];
  if (ipc === 'none') return [];
  if (ipc === 'host') return [mount('/dev/shm', 'bind', '/dev/shm', ['bind', 'rprivate', ...options])];
  // That of a container which is joined takes its place at the start (LaunchRequest.shm): it is there only while that one runs.
  const bytes = requireWhole(size, 'shmSize', 0);
  return [mount('/dev/shm', 'tmpfs', 'shm', [...options, 'mode=1777', `size=${bytes}`])];
}

function cgroupOptions(access: string): string[] {
  return ['rprivate', 'nosuid', 'noexec', 'nodev', 'relatime', access];
}

function writableMounts(options: SpecOptions): Mount[] {
  if (options.readOnlyRootfs !== true || options.readWriteTmpfs === false) return [];
  return WRITABLE_DIRECTORIES.map((directory) =>
    mount(directory, 'tmpfs', 'tmpfs', ['rw', 'rprivate', 'nosuid', 'nodev', 'tmpcopyup']),
  );
}

function networkFileMounts({ networkFiles = {}, readOnlyRootfs }: SpecOptions): Mount[] {
  const options = ['bind', 'rprivate', ...(readOnlyRootfs ? ['ro', 'nosuid', 'noexec', 'nodev'] : [])];
  return (Object.keys(NETWORK_FILE_TARGETS) as (keyof NetworkFiles)[]).flatMap((file) => {
    const source = networkFiles[file];
    return source === undefined ? [] : [mount(NETWORK_FILE_TARGETS[file], 'bind', source, [...options])];
  });
}
