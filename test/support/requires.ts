import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { isSystemdRunning } from '../../src/linux/systemd.js';
import { noteLack } from './skips.js';

/** What a test may need of the machine. */
export type Need = keyof typeof NEEDS;

interface Check {
  /** Whether the machine has it. */
  readonly present: () => boolean;
  /** What to say when it has not. */
  readonly lack: string;
  /** Whether `.ci/run` sees to it: then its absence is a failure there, not a reason to skip. */
  readonly inCi: boolean;
}

/** The directories of PATH, and those of administrators' programs, which Debian leaves out of a user's PATH. */
function searchPath(): string[] {
  return [...(process.env['PATH'] ?? '').split(':').filter(Boolean), '/usr/sbin', '/sbin'];
}

/** Where a program is, as execvp(3) would find it; undefined if it is not installed. */
export function findProgram(name: string): string | undefined {
  return searchPath()
    .map((directory) => path.join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

function program(name: string, debianPackage: string): Check {
  return {
    present: () => findProgram(name) !== undefined,
    lack: `${name} is not installed (Debian package ${debianPackage})`,
    inCi: true,
  };
}

/** Whether /proc/mounts has a file system of this type, with this option if one is given. */
function isMounted(type: string, option?: string): boolean {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .some(
      ([, , mounted, options = '']) =>
        mounted === type && (option === undefined || options.split(',').includes(option)),
    );
}

/** The memory controller of a unified hierarchy (cgroups(7), "cgroup.controllers"). */
function hasUnifiedMemory(): boolean {
  try {
    return readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').split(/\s+/).includes('memory');
  } catch {
    return false;
  }
}

const NEEDS = {
  root: { present: () => process.geteuid?.() === 0, lack: 'this needs root', inCi: true },
  frozenDisk: {
    present: () =>
      existsSync('/dev/loop-control') &&
      ['mkfs.ext4', 'fsfreeze'].every((name) => findProgram(name) !== undefined),
    lack: 'there are no loop devices, or no mkfs.ext4 and fsfreeze (Debian packages e2fsprogs, util-linux)',
    inCi: false,
  },
  cgroup1: {
    present: () => isMounted('cgroup', 'memory'),
    lack: 'no memory controller of cgroup v1 is mounted',
    inCi: false,
  },
  /** Both at once: limits of version 1, and the freezing, killing and events of version 2. */
  hybrid: {
    present: () => isMounted('cgroup', 'memory') && isMounted('cgroup2'),
    lack: 'cgroup v1 and cgroup v2 are not mounted side by side',
    inCi: false,
  },
  cgroup2: {
    present: hasUnifiedMemory,
    lack: 'no memory controller of cgroup v2 is at /sys/fs/cgroup',
    inCi: false,
  },
  bfq: {
    present: () => existsSync('/sys/module/bfq'),
    lack: 'the I/O scheduler BFQ is not loaded',
    inCi: false,
  },
  apparmor: {
    present: () =>
      existsSync('/sys/kernel/security/apparmor') && findProgram('apparmor_parser') !== undefined,
    lack: 'the kernel runs without AppArmor',
    inCi: false,
  },
  systemd: { present: isSystemdRunning, lack: 'systemd is not PID 1', inCi: false },
  noSystemd: { present: () => !isSystemdRunning(), lack: 'systemd is PID 1', inCi: false },
  /** A `kernel.pid_max` for each PID namespace: to set it elsewhere would set the machine's. */
  ownPidMax: {
    present: () => {
      const [major = 0, minor = 0] = release().split('.').map(Number);
      return major > 6 || (major === 6 && minor >= 14);
    },
    lack: 'before Linux 6.14 kernel.pid_max is one for all PID namespaces',
    inCi: false,
  },
  pressure: {
    present: () => existsSync('/proc/pressure/cpu'),
    lack: 'this kernel counts no pressure (CONFIG_PSI, psi=1)',
    inCi: false,
  },
  memoryLimits: {
    present: () => isMounted('cgroup', 'memory') || hasUnifiedMemory(),
    lack: 'no memory controller of cgroup v1 or v2 is mounted',
    inCi: false,
  },
  busybox: program('busybox', 'busybox-static'),
  bwrap: program('bwrap', 'bubblewrap'),
  cni: {
    present: () => existsSync('/usr/lib/cni/portmap'),
    lack: 'the CNI plugins are not installed (Debian package containernetworking-plugins)',
    inCi: true,
  },
  containerd: program('containerd', 'containerd'),
  crun: program('crun', 'crun'),
  buildah: program('buildah', 'buildah'),
  strace: program('strace', 'strace'),
  debootstrap: program('debootstrap', 'debootstrap'),
  htpasswd: program('htpasswd', 'apache2-utils'),
  ip: program('ip', 'iproute2'),
  iptables: program('iptables', 'iptables'),
  ipvlan: { present: () => existsSync('/sys/module/ipvlan'), lack: 'the kernel has no ipvlan', inCi: false },
  nft: program('nft', 'nftables'),
  lsns: program('lsns', 'util-linux'),
  openssl: program('openssl', 'openssl'),
  podman: program('podman', 'podman'),
  registry: program('docker-registry', 'docker-registry'),
  runc: program('runc', 'runc'),
  skopeo: program('skopeo', 'skopeo'),
  /** A program that runs another one on a new terminal. */
  terminal: program('script', 'bsdutils'),
  umoci: program('umoci', 'umoci'),
  zstd: program('zstd', 'zstd'),
  zstdWriter: {
    present: () => 'createZstdCompress' in zlib,
    lack: 'node:zlib writes no zstd (Node 22.15 and later do)',
    inCi: false,
  },
} as const satisfies Record<string, Check>;

/** The test file that called, from the stack. */
function callingFile(): string {
  const own = fileURLToPath(import.meta.url);
  const files = (new Error().stack ?? '')
    .split('\n')
    .map((line) => /(?:file:\/\/)?(\/[^()]+?):\d+:\d+\)?$/.exec(line)?.[1]);
  return files.find((file) => file !== undefined && file !== own) ?? 'unknown';
}

/**
 * Whether the machine has what a test needs, asked for by name:
 *
 *     describe.skipIf(!requires({ root: true, crun: true }))('under crun', () => { ... });
 *
 * What is missing is printed at the end of the run. With LIBPOD_MUST_WORK=1, as in `.ci/run`, the absence of something
 * that is installed there throws: a pipeline whose installation broke must not pass by skipping.
 *
 * @param must for the tests of this function
 */
export function requires(
  needs: Partial<Record<Need, true>>,
  must = process.env['LIBPOD_MUST_WORK'] === '1',
): boolean {
  const missing = (Object.keys(needs) as Need[])
    .map((need): Check => NEEDS[need])
    .filter(({ present }) => !present());
  for (const { lack, inCi } of missing) {
    if (must && inCi) throw new Error(`${lack}, and LIBPOD_MUST_WORK=1 says that it is there`);
    noteLack({ file: callingFile(), reason: lack });
  }
  return missing.length === 0;
}
