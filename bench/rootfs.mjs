import {
  copyFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** Where distributions put the static busybox. */
const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];

/** What a container's mounts need to be there, and what programs expect. */
const DIRECTORIES = ['bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'usr', 'var'];

/** podman's eleven default capabilities. */
export const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/**
 * Makes a root file system of one static busybox and a link per applet.
 * @param {string} dir - The directory to make; it may exist, and then must be empty or made by this function.
 * @returns {string} Its absolute path.
 * @throws {Error} If the machine has no static busybox.
 */
export function makeRootfs(dir) {
  const busybox = BUSYBOX.find((path) => existsSync(path));
  if (busybox === undefined) {
    throw new Error(`No busybox at ${BUSYBOX.join(' or ')}: install the package busybox-static.`);
  }
  // A dynamic one would need its loader inside, and would fail there with a bare "not found".
  if (readFileSync(busybox).includes('/ld-linux')) {
    throw new Error(`${busybox} is dynamically linked: install the package busybox-static.`);
  }
  const root = resolve(dir);
  for (const name of DIRECTORIES) mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  const inside = join(root, 'bin/busybox');
  copyFileSync(busybox, inside);
  chmodSync(inside, 0o755);
  const applets = execFileSync(inside, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets) {
    const link = join(root, 'bin', applet);
    if (applet !== 'busybox' && !existsSync(link)) symlinkSync('busybox', link);
  }
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  return root;
}

/**
 * Turns a profile in the format of podman and docker into the `linux.seccomp` of a runtime specification, for a
 * container with {@link CAPABILITIES} on this architecture.
 * @param {string} path - Usually /usr/share/containers/seccomp.json.
 * @returns {object} The value of `linux.seccomp` (OCI runtime specification, config-linux.md, "Seccomp").
 */
export function ociSeccomp(path = '/usr/share/containers/seccomp.json') {
  const profile = JSON.parse(readFileSync(path, 'utf8'));
  const [arch, main] =
    process.arch === 'arm64' ? ['arm64', 'SCMP_ARCH_AARCH64'] : ['amd64', 'SCMP_ARCH_X86_64'];
  const family = (profile.archMap ?? []).find((entry) => entry.architecture === main);
  const holds = (/** @type {{arches?: string[], caps?: string[]}} */ when, /** @type {boolean} */ all) => {
    const arches = when.arches ?? [];
    const caps = when.caps ?? [];
    const hasArch = arches.includes(arch);
    if (!all) return hasArch || caps.some((cap) => CAPABILITIES.includes(cap));
    return (arches.length === 0 || hasArch) && caps.every((cap) => CAPABILITIES.includes(cap));
  };
  const syscalls = profile.syscalls
    .filter((rule) => holds(rule.includes ?? {}, true) && !holds(rule.excludes ?? {}, false))
    .map(({ names, action, args, errnoRet }) => ({
      names,
      action,
      ...(args?.length ? { args } : {}),
      ...(action === 'SCMP_ACT_ERRNO' && errnoRet !== undefined ? { errnoRet } : {}),
    }));
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: [main, ...(family?.subArchitectures ?? [])],
    syscalls,
  };
}

/**
 * An OCI runtime specification that asks for what podman asks for by default, without a network.
 * @param {object} options
 * @param {string} options.rootfs - The root file system, absolute.
 * @param {string[]} options.args - The command.
 * @param {string} options.cgroupsPath - The container's cgroup, for example /libpod-bench-7/one.
 * @param {object} [options.seccomp] - The value of `linux.seccomp`; without it there is no filter.
 * @returns {object} The content of a bundle's config.json.
 */
export function defaultConfig({ rootfs, args, cgroupsPath, seccomp }) {
  const guarded = ['nosuid', 'noexec', 'nodev'];
  const capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
  return {
    ociVersion: '1.0.2',
    hostname: 'bench',
    root: { path: rootfs, readonly: false },
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args,
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'],
      cwd: '/',
      capabilities,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: guarded },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
      },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
      },
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: [...guarded, 'mode=1777', 'size=64m'],
      },
      { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: guarded },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...guarded, 'ro'] },
      {
        destination: '/sys/fs/cgroup',
        type: 'cgroup',
        source: 'cgroup',
        options: [...guarded, 'relatime', 'ro'],
      },
    ],
    linux: {
      cgroupsPath,
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
      maskedPaths: [
        '/proc/acpi',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/timer_list',
        '/proc/timer_stats',
        '/proc/sched_debug',
        '/proc/scsi',
        '/sys/firmware',
        '/sys/fs/selinux',
        '/sys/dev/block',
      ],
      readonlyPaths: [
        '/proc/asound',
        '/proc/bus',
        '/proc/fs',
        '/proc/irq',
        '/proc/sys',
        '/proc/sysrq-trigger',
      ],
      ...(seccomp === undefined ? {} : { seccomp }),
    },
  };
}

/**
 * Writes an OCI bundle.
 * @param {string} dir - The bundle's directory; it is made if it is missing.
 * @param {object} config - The content of config.json, for example of {@link defaultConfig}. Its `root.path` is
 *   absolute, so that many bundles can share one root file system.
 * @returns {string} The bundle's absolute path.
 */
export function makeBundle(dir, config) {
  const bundle = resolve(dir);
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  return bundle;
}
