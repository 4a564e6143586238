import { hasErrno } from '../../base/errno.js';
import { unmount as unmountPlace } from '../../linux/mounts/unmount.js';
import {
  isWanted,
  NOBODY,
  readMountRecord,
  removeMountRecord,
  writeMountRecord,
  type MountPlace,
  type MountRecord,
} from '../../records/mount-record.js';
import { isMountPoint } from '../../storage/host-mount.js';

/*
 * A root on the host, of a container or of an image, that several may want. The record is written before the mount and removed
 * after it: what a crash leaves is a record that tells of it.
 */

/** Where the root is mounted on the host; undefined if it is not. */
export function hostMountOf(place: MountPlace): string | undefined {
  // Without a record nothing was ever mounted: the usual case, which need not read all mounts.
  if (readMountRecord(place) === undefined) return undefined;
  return isMountPoint(place.mountPoint) ? place.mountPoint : undefined;
}

/**
 * Sees to it that the root is mounted, and records who wants it. The caller holds the lock.
 *
 * @param attach mounts it at the place
 */
export async function want<R extends MountRecord>(
  place: MountPlace,
  change: (record: MountRecord) => R,
  attach: () => Promise<void>,
): Promise<void> {
  const mounted = hostMountOf(place) !== undefined;
  // Without a mount, whoever is in the record has lost it.
  const before = mounted ? (readMountRecord(place) ?? NOBODY) : NOBODY;
  await writeMountRecord(place, change(before));
  if (mounted) return;
  try {
    await attach();
  } catch (error) {
    await removeMountRecord(place);
    throw error;
  }
}

/** How to unmount a root. */
export interface UnmountRootOptions {
  /** At once, however often it was mounted, and even while it is in use: whoever is in it keeps what he has open. */
  readonly force?: boolean | undefined;
}

/** Unmounts all that is there; it is fine if somebody else does so at the same time. */
async function unmountAll({ mountPoint }: MountPlace, options?: { readonly detach: true }): Promise<void> {
  while (isMountPoint(mountPoint)) {
    try {
      await unmountPlace(mountPoint, options);
    } catch (error) {
      if (!hasErrno(error, 'EINVAL') || isMountPoint(mountPoint)) throw error;
    }
  }
}

/** Unmounts the root for good, even while it is in use; nothing mounted is fine. */
export async function dropMount(place: MountPlace): Promise<void> {
  if (readMountRecord(place) === undefined) return;
  await unmountAll(place, { detach: true });
  await removeMountRecord(place);
}

/** Unmounts the root if nobody wants it; false if somebody stands in it, so that it stays for a later attempt. */
export async function settle(place: MountPlace, record: MountRecord): Promise<boolean> {
  if (isWanted(record)) {
    await writeMountRecord(place, record);
    return true;
  }
  try {
    await unmountAll(place);
  } catch (error) {
    if (!hasErrno(error, 'EBUSY')) throw error;
    return false;
  }
  await removeMountRecord(place);
  return true;
}
