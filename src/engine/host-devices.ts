import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { show } from '../oci/problem.js';
import type { ContainerDevice, DeviceNumber } from '../spec/options.js';
import type { HostDevice } from './options.js';

/** The parts of a dev_t: makedev(3), gnu_dev_major(3). */
function numberOf({ rdev }: Stats): DeviceNumber {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return { major: Number(major), minor: Number(minor) };
}

/** The node as a container gets it; undefined if it is no device. */
function deviceOf(info: Stats, at: string, access: string | undefined): ContainerDevice | undefined {
  if (!info.isBlockDevice() && !info.isCharacterDevice()) return undefined;
  return {
    path: at,
    type: info.isBlockDevice() ? 'b' : 'c',
    ...numberOf(info),
    fileMode: info.mode & 0o777,
    uid: info.uid,
    gid: info.gid,
    ...(access !== undefined && { access }),
  };
}

function look(file: string, what: string): Stats {
  try {
    return statSync(file);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT')
      throw new LibpodError('ERR_NOT_FOUND', `${what} ${file} does not exist on the host`, { cause: error });
    throw fileError(`look at ${what} ${file}`, error);
  }
}

/** The device nodes beneath a directory; links are not followed, as they name what is found elsewhere. */
function devicesBeneath(
  directory: string,
  at: string,
  access: string | undefined,
  skip: (name: string) => boolean = () => false,
): ContainerDevice[] {
  return readdirSync(directory)
    .filter((name) => !skip(name))
    .flatMap((name) => {
      const file = path.join(directory, name);
      const inside = path.posix.join(at, name);
      const info = lstatSync(file, { throwIfNoEntry: false });
      if (info === undefined) return [];
      if (info.isDirectory()) return devicesBeneath(file, inside, access);
      return deviceOf(info, inside, access) ?? [];
    });
}

/**
 * The nodes that devices of the host stand for: podman-run(1), --device.
 *
 * @throws LibpodError ERR_NOT_FOUND for one that is missing, ERR_INVALID_ARGUMENT for what is no device
 */
export function resolveHostDevices(devices: readonly HostDevice[]): ContainerDevice[] {
  return devices.flatMap(({ path: host, containerPath = host, access }) => {
    if (!containerPath.startsWith('/'))
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `device ${show(host)}: the path in the container, ${show(containerPath)}, must be absolute`,
      );
    const info = look(host, 'device');
    if (info.isDirectory()) {
      const found = devicesBeneath(host, containerPath, access);
      if (found.length > 0) return found;
      throw new LibpodError('ERR_INVALID_ARGUMENT', `device ${show(host)} is a directory without any device`);
    }
    const device = deviceOf(info, containerPath, access);
    if (device !== undefined) return device;
    throw new LibpodError('ERR_INVALID_ARGUMENT', `device ${show(host)} is no device node; name one of /dev`);
  });
}

/** Mounts, and terminals that belong to somebody, beneath /dev. */
const NOT_PASSED_ON = new Set(['console', 'fd', 'mqueue', 'pts', 'ptmx', 'shm', 'tty']);

/** All devices of the host: what a privileged container finds in its /dev. */
export function allHostDevices(): ContainerDevice[] {
  return devicesBeneath('/dev', '/dev', undefined, (name) => NOT_PASSED_ON.has(name) || name.startsWith('.'));
}

/**
 * The numbers of block devices by their paths.
 *
 * @throws LibpodError ERR_NOT_FOUND, ERR_INVALID_ARGUMENT
 */
export function blockDeviceNumbers(paths: readonly string[]): Record<string, DeviceNumber> {
  return Object.fromEntries(
    paths.map((file) => {
      const info = look(file, 'block device');
      if (!info.isBlockDevice())
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `${show(file)} is no block device, whose IO could be limited`,
        );
      return [file, numberOf(info)];
    }),
  );
}
