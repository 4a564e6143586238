// Runs kernel tests in a virtual machine whose cgroups are of version 2 alone, which a hybrid machine cannot show: by default
// those of limits and options. `npm run test:vm -- FILE...` chooses others. With `--systemd` systemd is PID 1 of the guest, with
// AppArmor, and the tests that ask for these are run. Needs root, debootstrap, mke2fs, qemu-system-x86_64
// and apt. What it downloads and builds stays in the user's cache (XDG_CACHE_HOME): in here, a whole system would be linted.
// It does not ask for hardware virtualization, so all is some ten times slower.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './native-build.mjs';

const place = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'libpod-test-vm');
const SUITE = 'bookworm';
/** What the tests and Node ask of the guest, beside a minimal system. */
const PACKAGES = 'busybox-static,kmod,libstdc++6,procps';
const SYSTEMD_PACKAGES = `${PACKAGES},apparmor,dbus,systemd-sysv`;
const MEMORY_MB = 4096;
const BOOT_AND_TEST_SECONDS = 1200;
/** How much slower an emulated processor is; vitest.config.ts multiplies the patience of the tests by it. */
const PATIENCE = 10;

const capture = (program, ...args) => execFileSync(program, args, { encoding: 'utf8', cwd: place });
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit', cwd: place });

/** The latest kernel for virtual machines of this Debian: its drivers for the disk and the file system are built in. */
function fetchKernel() {
  const kernel = path.join(place, 'kernel');
  if (existsSync(kernel)) return kernel;
  const names = capture('apt-cache', 'search', '--names-only', '^linux-image-6[.].*-cloud-amd64$')
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter((name) => /^linux-image-6[.\d]+\+deb12-cloud-amd64$/.test(name))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  run('apt-get', '-qq', 'download', names.at(-1));
  const archive = readdirSync(place).find((name) => name.startsWith('linux-image-'));
  run('dpkg', '-x', archive, 'kernel.unfinished');
  rmSync(path.join(place, archive));
  renameSync(path.join(place, 'kernel.unfinished'), kernel);
  return kernel;
}

function bootstrap(packages) {
  // Another list of packages is another system.
  const system = path.join(place, `system-${packages.replaceAll(',', '-')}`);
  if (existsSync(system)) return system;
  const mirror = capture('apt-get', 'indextargets', '--format', '$(SITE) $(RELEASE)', 'Created-By: Packages')
    .split('\n')
    .find((line) => line.endsWith(` ${SUITE}`))
    ?.split(' ')[0];
  rmSync(`${system}.unfinished`, { recursive: true, force: true });
  run(
    ...['debootstrap', '--variant=minbase', `--include=${packages}`, SUITE, `${system}.unfinished`],
    ...(mirror === undefined ? [] : [mirror]),
  );
  renameSync(`${system}.unfinished`, system);
  return system;
}

/** Makes cgroups of version 2 alone ready, and what else PID 1 is to do. */
const PREPARE = `
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
# A cgroup that hands controllers down holds no processes itself.
mkdir /sys/fs/cgroup/init
echo 1 > /sys/fs/cgroup/init/cgroup.procs
for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo +$controller > /sys/fs/cgroup/cgroup.subtree_control
done
ip link set lo up 2>/dev/null
`;

/** Runs the tests, and tells their status on the second serial line. Without systemd it is PID 1 of the guest. */
const init = (files, systemd) => `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb CI=1 LIBPOD_TEST_PATIENCE=${PATIENCE}
${systemd ? '' : PREPARE}
modprobe -a bfq overlay tun
cd /libpod
node node_modules/vitest/vitest.mjs run ${files.join(' ')}
echo status $? > /dev/ttyS1
echo o > /proc/sysrq-trigger
sleep 60
`;

/** The unit that runs the tests where systemd is PID 1. */
const UNIT = `[Unit]
After=dbus.service apparmor.service
[Service]
Type=oneshot
TimeoutStartSec=infinity
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
ExecStart=/init-tests
`;

/** Has systemd run the tests, and nothing wait for consoles that nobody sits at. */
function addUnits(system) {
  const units = path.join(system, 'etc/systemd/system');
  writeFileSync(path.join(units, 'libpod-tests.service'), UNIT);
  mkdirSync(path.join(units, 'multi-user.target.wants'), { recursive: true });
  const links = [
    ['multi-user.target.wants/libpod-tests.service', '../libpod-tests.service'],
    ...['getty@.service', 'serial-getty@.service', 'getty.target'].map((unit) => [unit, '/dev/null']),
  ];
  for (const [name, target] of links) {
    rmSync(path.join(units, name), { force: true });
    symlinkSync(target, path.join(units, name));
  }
}

/** The guest's disk: the system, the kernel's modules, this Node, this tree, and what PID 1 is to do. */
function makeDisk(kernel, system, files, systemd) {
  const disk = path.join(place, 'disk.ext4');
  const guest = (...parts) => path.join(system, ...parts);
  cpSync(path.join(kernel, 'lib/modules'), guest('usr/lib/modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  run('chroot', system, 'depmod', readdirSync(path.join(kernel, 'lib/modules'))[0]);
  copyFileSync(process.execPath, guest('usr/bin/node'));
  rmSync(guest('libpod'), { recursive: true, force: true });
  mkdirSync(guest('libpod'));
  for (const name of [
    'build',
    'dist',
    'node_modules',
    'native',
    'src',
    'test',
    'package.json',
    'vitest.config.ts',
    'tsconfig.json',
  ])
    cpSync(path.join(root, name), guest('libpod', name), { recursive: true, verbatimSymlinks: true });
  writeFileSync(guest('init-tests'), init(files, systemd));
  chmodSync(guest('init-tests'), 0o755);
  if (systemd) addUnits(system);
  rmSync(disk, { force: true });
  run('mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-d', system, disk, '3G');
  return disk;
}

function boot(kernel, disk, systemd) {
  const image = readdirSync(path.join(kernel, 'boot')).find((name) => name.startsWith('vmlinuz'));
  const answer = path.join(place, 'status');
  writeFileSync(answer, '');
  const pid1 = systemd
    ? 'init=/lib/systemd/systemd systemd.show_status=no security=apparmor'
    : 'init=/init-tests';
  const words = `root=/dev/nvme0n1 rw rootwait console=ttyS0 panic=-1 mitigations=off quiet ${pid1}`;
  spawnSync(
    'timeout',
    [
      ...[String(BOOT_AND_TEST_SECONDS), 'qemu-system-x86_64'],
      ...[
        '-accel',
        'tcg,thread=single,tb-size=512',
        '-M',
        'q35',
        '-cpu',
        'max',
        '-smp',
        '2',
        '-m',
        String(MEMORY_MB),
      ],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-kernel', path.join(kernel, 'boot', image), '-append', words],
      ...[
        '-drive',
        `file=${disk},format=raw,if=none,id=root,snapshot=on`,
        '-device',
        'nvme,drive=root,serial=root',
      ],
      ...['-serial', 'stdio', '-serial', `file:${answer}`],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const status = /^status (\d+)/m.exec(readFileSync(answer, 'utf8'))?.[1];
  if (status === undefined) console.error('the virtual machine ended without telling how the tests went');
  return status === undefined ? 1 : Number(status);
}

mkdirSync(place, { recursive: true });
const { values, positionals } = parseArgs({
  options: { systemd: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const { systemd } = values;
const usual = systemd
  ? ['kernel/systemd', 'kernel/apparmor', 'kernel/limits', 'kernel/lifecycle', 'scenario/oci/systemd']
  : ['limits', 'options', 'cgroups', 'cgroup2', 'shared-memory'].map((name) => `kernel/${name}`);
const files = positionals.length > 0 ? positionals : usual.map((name) => `test/${name}.test.ts`);
const kernel = fetchKernel();
const system = bootstrap(systemd ? SYSTEMD_PACKAGES : PACKAGES);
process.exitCode = boot(kernel, makeDisk(kernel, system, files, systemd), systemd);
