import type { LinuxDevice, RuntimeSpec } from '../oci/runtime-spec.js';
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

/** Makes the device nodes and links of /dev, unless the host's /dev is mounted there. */
export function compileDevices(builder: ProgramBuilder, spec: RuntimeSpec): void {
  const dev = spec.mounts?.find((mount) => mount.destination === '/dev');
  const bound =
    dev !== undefined &&
    (dev.type === 'bind' || dev.options?.some((option) => option === 'bind' || option === 'rbind'));
  const asked = spec.linux?.devices ?? [];
  const defaults = DEFAULT_DEVICES.filter((device) => !asked.some((other) => other.path === device.path));
  for (const device of bound ? asked : [...defaults, ...asked]) {
    builder.add(
      'enter',
      {
        op: 'device',
        path: device.path,
        mode: (device.fileMode ?? 0o666) | TYPES[device.type],
        major: device.major ?? 0,
        minor: device.minor ?? 0,
        uid: device.uid ?? 0,
        gid: device.gid ?? 0,
      },
      `make device ${device.path}`,
    );
  }
  if (bound) return;
  for (const [to, path] of SYMLINKS)
    builder.add('enter', { op: 'symlink', to, path }, `make symlink ${path}`);
}
