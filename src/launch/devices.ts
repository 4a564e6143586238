import { LibpodError } from '../base/errors.js';
import { isBindMount } from '../oci/bind-mount.js';
import type { LinuxDevice, Mount, RuntimeSpec } from '../oci/runtime-spec.js';
import { hostId, type IdMaps } from './id-maps.js';
import type { ProgramBuilder } from './program.js';

/** File types of mknod(2). */
const TYPES = { c: 0o020000, u: 0o020000, b: 0o060000, p: 0o010000 } as const;

/** OCI config-linux, "Default Devices"; /dev/console and /dev/ptmx have their own ways. */
const DEFAULT_DEVICES: readonly LinuxDevice[] = [
  { path: '/dev/null', type: 'c', major: 1, minor: 3 },
  { path: '/dev/zero', type: 'c', major: 1, minor: 5 },
  { path: '/dev/full', type: 'c', major: 1, minor: 7 },
  { path: '/dev/random', type: 'c', major: 1, minor: 8 },
  { path: '/dev/urandom', type: 'c', major: 1, minor: 9 },
  { path: '/dev/tty', type: 'c', major: 5, minor: 0 },
];

/** OCI runtime-linux, "Dev symbolic links"; /dev/core as runc and crun have it. */
const SYMLINKS = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
  ['/proc/kcore', '/dev/core'],
  ['pts/ptmx', '/dev/ptmx'],
] as const;

/**
 * Makes the device nodes and links of /dev, unless the host's /dev is mounted there.
 *
 * With a user namespace nodes can be made by the monitor alone, in the file system that it has just made for /dev.
 *
 * @throws LibpodError ERR_SPEC_UNSUPPORTED with a user namespace, for a device that is not beneath such a /dev
 */
export function compileDevices(builder: ProgramBuilder, spec: RuntimeSpec, idMaps?: IdMaps): void {
  const dev = spec.mounts?.find((mount) => mount.destination === '/dev');
  const bound = dev !== undefined && isBindMount(dev);
  const asked = spec.linux?.devices ?? [];
  const defaults = DEFAULT_DEVICES.filter((device) => !asked.some((other) => other.path === device.path));
  for (const device of bound ? asked : [...defaults, ...asked]) {
    const { path, uid = 0, gid = 0 } = device;
    builder.add(
      idMaps === undefined ? 'enter' : 'prepare',
      {
        op: 'device',
        path: idMaps === undefined ? path : beneathDev(path, dev),
        mode: (device.fileMode ?? 0o666) | TYPES[device.type],
        major: device.major ?? 0,
        minor: device.minor ?? 0,
        uid: hostId(idMaps?.uid, uid, `the user of device ${path}`),
        gid: hostId(idMaps?.gid, gid, `the group of device ${path}`),
      },
      `make device ${path}`,
    );
  }
  if (bound) return;
  for (const [to, path] of SYMLINKS)
    builder.add('enter', { op: 'symlink', to, path }, `make symlink ${path}`);
}

function beneathDev(path: string, dev: Mount | undefined): string {
  if (dev?.type === 'tmpfs' && path.startsWith('/dev/')) return path.slice('/dev/'.length);
  throw new LibpodError(
    'ERR_SPEC_UNSUPPORTED',
    `device ${path}: with a user namespace devices are made in a tmpfs at /dev alone; mount one there`,
  );
}
