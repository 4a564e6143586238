import { lstatSync, readdirSync, type Stats } from 'node:fs';
import path from 'node:path';
import { LibpodError } from '../../base/errors.js';
import { show } from '../../oci/problem.js';
import type { ContainerDevice } from '../../spec/options.js';
import { lookAtNode, numberOf } from '../../container/files/device-numbers.js';
import type { HostDevice } from '../options/options.js';

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
    const info = lookAtNode(host, 'device');
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
