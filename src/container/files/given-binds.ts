import { realpathSync } from 'node:fs';
import { fileError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import type { IdRange } from '../../base/id-map.js';
import { isBindMount } from '../../oci/bind-mount.js';
import type { Mount } from '../../oci/runtime-spec.js';
import { chownPath } from '../../volume/contents.js';
import type { ContainerCore } from '../core.js';

/** podman's list: what a slip would take from the system (DangerousHostPath of its package chown). */
const NEVER_GIVEN = new Set(
  (
    '/ /bin /boot /dev /etc /etc/passwd /etc/pki /etc/shadow /home /lib /lib64 /media /opt /proc /root /run /sbin /srv /sys ' +
    '/tmp /usr /var /var/lib /var/log'
  ).split(' '),
);

/** Whether the source of a mount is given to the container's user: podman-run(1), --volume, `U`. */
function isGiven(mount: Mount): boolean {
  return mount.type !== 'volume' && isBindMount(mount) && mount.options?.includes('U') === true;
}

/** Takes the option that is for the engine off bind mounts; what else the container mounts stays as it is. */
export function withoutGiving(mounts: readonly Mount[]): readonly Mount[] {
  if (!mounts.some(isGiven)) return mounts;
  return mounts.map((mount) =>
    isGiven(mount) ? { ...mount, options: mount.options?.filter((option) => option !== 'U') } : mount,
  );
}

/** What an ID of the container is on the host. */
function onHost(id: number, ranges: readonly IdRange[]): number {
  const range = ranges.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  if (range === undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the container runs as ${id}, which its user namespace does not map: U can give it nothing`,
    );
  return range.hostID + (id - range.containerID);
}

/**
 * Gives the sources of bind mounts with the option `U`, and all in them, to whom the container runs as, before each start.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a directory that the system stands on; as chown(2)
 */
export function giveBinds({ config: { spec, idMappings, manageFiles } }: ContainerCore): void {
  if (!manageFiles) return;
  for (const mount of (spec.mounts ?? []).filter(isGiven)) {
    const { source = '', options = [] } = mount;
    const { uid, gid } = spec.process.user;
    // Through a mount with mapped IDs the owner is seen as whom it is inside.
    const mapped = idMappings !== undefined && !options.some((option) => /^r?idmap$/.test(option));
    const owner = mapped
      ? { uid: onHost(uid, idMappings.uid), gid: onHost(gid, idMappings.gid) }
      : { uid, gid };
    let file: string;
    try {
      file = realpathSync(source);
    } catch (error) {
      throw fileError(`find ${source}, the source of the mount ${mount.destination}`, error);
    }
    if (NEVER_GIVEN.has(file))
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `the mount ${mount.destination} asks by U to give ${file} to the container, which the host needs itself: leave U out, or bind a directory beneath it`,
      );
    chownPath(file, owner);
  }
}
