import { LibpodError } from '../base/errors.js';
import { bindMount } from '../linux/mounts/tree.js';
import { readMounts } from '../linux/mounts/watch.js';
import { mount as mountNew } from '../linux/mounts/mount.js';
import { unmount } from '../linux/mounts/unmount.js';
import type { VolumeMount } from './options.js';

/** Whether something is mounted for a volume. */
export function isAttached(data: string): boolean {
  return readMounts().some(({ mountpoint }) => mountpoint === data);
}

/**
 * Mounts what a volume's options ask for at its directory, unless it is mounted: all containers see the same file system
 * (decision 42). Under the volume's lock.
 */
export async function attachVolume(name: string, what: VolumeMount, data: string): Promise<void> {
  if (isAttached(data)) return;
  try {
    if (what.kind === 'bind') {
      const { source, recursive, change } = what;
      await bindMount(source, data, { recursive, ...change, propagation: 'private' });
    } else {
      const { type, source, options, change } = what;
      await mountNew({ type, source, options, ...change, propagation: 'private', target: data });
    }
  } catch (error) {
    if (!LibpodError.is(error)) throw error;
    const { code, message, errno, syscall } = error;
    throw new LibpodError(code, `cannot mount volume ${name}: ${message}`, {
      cause: error,
      ...(errno === undefined ? {} : { errno }),
      ...(syscall === undefined ? {} : { syscall }),
    });
  }
}

/** Unmounts it. @returns false if nothing was mounted */
export async function detachVolume(data: string): Promise<boolean> {
  let found = false;
  for (; isAttached(data); found = true) await unmount(data, { detach: true });
  return found;
}
