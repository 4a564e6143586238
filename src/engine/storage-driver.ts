import { LibpodError } from '../base/errors.js';
import type { StorageDriver } from '../model/config.js';
import type { StorePaths } from '../records/paths.js';
import { whyNoOverlay } from '../storage/try-overlay.js';

/**
 * The storage driver of a new store. As with podman, `vfs` is chosen without a word where overlays cannot be and none was
 * asked for: `info` tells. Throwaway containers write beneath the run root, all others beneath the root.
 *
 * @throws LibpodError ERR_UNSUPPORTED if overlays were asked for and cannot be
 */
export async function chooseDriver(
  { root, run }: Pick<StorePaths, 'root' | 'run'>,
  asked: StorageDriver | undefined,
): Promise<StorageDriver> {
  if (asked === 'vfs') return asked;
  for (const writable of [root, run]) {
    const reason = await whyNoOverlay(root, writable);
    if (reason === undefined) continue;
    if (asked === undefined) return 'vfs';
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `the store ${root} cannot have the storage driver overlay with what containers write in ${writable} (${reason}): put both onto ext4, xfs, btrfs or tmpfs, or choose the driver vfs`,
    );
  }
  return 'overlay';
}
