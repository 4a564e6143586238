import { hasErrno } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { unmount as unmountPlace } from '../../linux/mounts/unmount.js';
import type { ContainerState } from '../../model/state.js';
import {
  borrowedByUs,
  isWanted,
  NOBODY,
  readMountRecord,
  removeMountRecord,
  returnedByUs,
  writeMountRecord,
  type MountRecord,
} from '../../records/mount-record.js';
import type { ContainerPaths } from '../../records/paths.js';
import { attachRunning, attachStopped, isMountPoint } from '../../storage/host-mount.js';
import type { Access } from '../locking/access.js';
import type { ContainerCore } from '../core.js';
import { tell } from '../tell.js';

/*
 * A container's root on the host. Containers do without: theirs is mounted in their own namespace. It is attached when
 * somebody asks for it, counted as podman counts it, and for as long as an export or a copy goes on, so that whatever is
 * started or ended meanwhile works on the same file system. The record is written before the mount and removed after it:
 * what a crash leaves is a record that tells of it.
 */

/** Where the root is mounted on the host; undefined if it is not. */
export function hostMountOf(paths: ContainerPaths): string | undefined {
  // Without a record nothing was ever mounted: the usual case, which need not read all mounts.
  if (readMountRecord(paths) === undefined) return undefined;
  return isMountPoint(paths.mountPoint) ? paths.mountPoint : undefined;
}

async function attach({ config, paths }: ContainerCore, { pid, startTicks }: ContainerState): Promise<void> {
  if (pid > 0) await attachRunning({ pid, startTicks: BigInt(startTicks) }, paths.mountPoint);
  else await attachStopped(config.root, paths, paths.mountPoint);
}

/** Sees to it that the root is mounted, and records who wants it. The caller holds the lock. */
async function acquire(
  core: ContainerCore,
  state: ContainerState,
  change: (record: MountRecord) => MountRecord,
): Promise<void> {
  const { paths } = core;
  if (state.state === 'removing') {
    throw new LibpodError('ERR_INVALID_STATE', `cannot mount container ${core.name}: it is being removed`, {
      containerId: core.id,
    });
  }
  const mounted = hostMountOf(paths) !== undefined;
  // Without a mount, whoever is in the record has lost it.
  const before = mounted ? (readMountRecord(paths) ?? NOBODY) : NOBODY;
  await writeMountRecord(paths, change(before));
  if (mounted) return;
  try {
    await attach(core, state);
  } catch (error) {
    await removeMountRecord(paths);
    throw error;
  }
}

/** Unmounts the root for good, even while it is in use; nothing mounted is fine. */
export async function dropMount(paths: ContainerPaths): Promise<void> {
  if (readMountRecord(paths) === undefined) return;
  while (isMountPoint(paths.mountPoint)) await unmountPlace(paths.mountPoint, { detach: true });
  await removeMountRecord(paths);
}

/** Unmounts the root if nobody wants it; false if somebody stands in it, so that it stays for a later attempt. */
async function settle(paths: ContainerPaths, record: MountRecord): Promise<boolean> {
  if (isWanted(record)) {
    await writeMountRecord(paths, record);
    return true;
  }
  try {
    while (isMountPoint(paths.mountPoint)) await unmountPlace(paths.mountPoint);
  } catch (error) {
    if (!hasErrno(error, 'EBUSY')) throw error;
    return false;
  }
  await removeMountRecord(paths);
  return true;
}

/**
 * Mounts the root on the host, or counts once more if it is.
 *
 * @returns the path
 */
export function mount(core: ContainerCore, access: Access): Promise<string> {
  return access(async (state) => {
    await acquire(core, state, (record) => ({ ...record, users: record.users + 1 }));
    await tell(core, 'mount');
    return core.paths.mountPoint;
  });
}

/** How to unmount a root. */
export interface UnmountRootOptions {
  /** At once, however often it was mounted, and even while it is in use: whoever is in it keeps what he has open. */
  readonly force?: boolean | undefined;
}

/**
 * Takes back one mount; the last one unmounts the root. A container that runs keeps its own.
 *
 * @returns false if it was not mounted
 */
export function unmount(
  core: ContainerCore,
  access: Access,
  { force = false }: UnmountRootOptions,
): Promise<boolean> {
  return access(async () => {
    const { paths } = core;
    const record = readMountRecord(paths);
    if (record === undefined || hostMountOf(paths) === undefined) {
      if (record !== undefined) await removeMountRecord(paths);
      return false;
    }
    if (force) {
      await dropMount(paths);
      await tell(core, 'unmount');
      return true;
    }
    if (record.users === 0) return false;
    if (await settle(paths, { ...record, users: record.users - 1 })) {
      await tell(core, 'unmount');
      return true;
    }
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `cannot unmount container ${core.name}: a process stands in ${paths.mountPoint}, or has a file of it open; end it, or unmount by force`,
      { containerId: core.id },
    );
  });
}

/** The root of a container, mounted on the host for as long as this is held. */
export interface BorrowedRoot extends AsyncDisposable {
  readonly path: string;
  /** The container as it was then. */
  readonly state: ContainerState;
}

/** Borrows the root for a copy: it stays mounted until it is given back, or this process has ended. */
export async function borrowRoot(core: ContainerCore, access: Access): Promise<BorrowedRoot> {
  const state = await access(async (current) => {
    await acquire(core, current, borrowedByUs);
    return current;
  });
  return {
    path: core.paths.mountPoint,
    state,
    async [Symbol.asyncDispose]() {
      try {
        await access(async () => {
          const record = readMountRecord(core.paths);
          if (record !== undefined) await settle(core.paths, returnedByUs(record));
        });
      } catch (error) {
        // Whoever removed the container has unmounted it.
        if (!LibpodError.is(error, 'ERR_REMOVED')) throw error;
        await dropMount(core.paths);
      }
    },
  };
}
