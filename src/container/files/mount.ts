import { LibpodError } from '../../base/errors.js';
import type { ContainerState } from '../../model/state.js';
import {
  borrowedByUs,
  readMountRecord,
  removeMountRecord,
  returnedByUs,
  type MountRecord,
} from '../../records/mount-record.js';
import { attachRunning, attachStopped } from '../../storage/host-mount.js';
import type { Access } from '../locking/access.js';
import type { ContainerCore } from '../core.js';
import { pastItsEnd } from '../state/past-its-end.js';
import { refuseLeaving } from '../state/state.js';
import { tell } from '../tell.js';
import { dropMount, hostMountOf, settle, want, type UnmountRootOptions } from './counted-mount.js';

/*
 * A container's root on the host. Containers do without: theirs is mounted in their own namespace. It is attached when
 * somebody asks for it, counted as podman counts it, and for as long as an export or a copy goes on, so that whatever is
 * started or ended meanwhile works on the same file system.
 */

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
  refuseLeaving(core);
  await want(paths, change, () => attach(core, state));
}

/**
 * Mounts the root on the host, or counts once more if it is.
 *
 * @returns the path
 */
export function mount(core: ContainerCore, access: Access): Promise<string> {
  return pastItsEnd(() =>
    access(async (state) => {
      await acquire(core, state, (record) => ({ ...record, users: record.users + 1 }));
      await tell(core, 'mount');
      return core.paths.mountPoint;
    }),
  );
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
  const state = await pastItsEnd(() =>
    access(async (current) => {
      await acquire(core, current, borrowedByUs);
      return current;
    }),
  );
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
