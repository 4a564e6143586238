import type { RawMountChange } from '../../native/index.js';
import type { HasDescriptor } from '../files/descriptor.js';
import { invalid } from '../kernel-error.js';
import { fdOf } from '../place.js';

/** MOUNT_ATTR_* of <linux/mount.h>. */
const FLAGS = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  nodiratime: 0x80,
  nosymfollow: 0x20_0000,
} as const;

/** The values of the field MOUNT_ATTR__ATIME, and all of its bits. */
const ATIMES = { relatime: 0, noatime: 0x10, strictatime: 0x20 } as const;
const ATIME_FIELD = 0x70;

/** MS_* of mount(2). */
const PROPAGATIONS = {
  shared: 0x10_0000,
  private: 0x4_0000,
  slave: 0x8_0000,
  unbindable: 0x2_0000,
} as const;

/** How mounts and unmounts beneath a mount spread (mount_namespaces(7), "SHARED SUBTREES"). */
export type Propagation = keyof typeof PROPAGATIONS;

/** The attributes of a mount (mount_setattr(2)): true sets one, false clears it, and what is absent stays as it is. */
export type MountAttributes = {
  readonly [Name in keyof typeof FLAGS]?: boolean | undefined;
} & {
  /** When access times are written. */
  readonly atime?: keyof typeof ATIMES | undefined;
};

/** What may be changed of a mount (mount_setattr(2)). */
export interface MountChange extends MountAttributes {
  readonly propagation?: Propagation | undefined;
  /**
   * A user namespace whose ID maps the mount is to have: /proc/PID/ns/user, opened. Only a mount that is not attached yet
   * can be given one, and only on a file system that takes part (FS_ALLOW_IDMAP: ext4, xfs, btrfs, tmpfs, overlay, ...).
   */
  readonly idmap?: HasDescriptor | undefined;
}

/**
 * A change as the addon takes it.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for an attribute or a value that is not known
 */
export function rawChange(change: MountChange, recursive: boolean): RawMountChange {
  let set = 0;
  let clear = 0;
  for (const name of Object.keys(change)) {
    const value = change[name as keyof MountChange];
    if (value === undefined || name === 'propagation' || name === 'idmap') continue;
    if (name === 'atime') {
      if (!Object.hasOwn(ATIMES, value as string))
        throw invalid(`atime must be ${Object.keys(ATIMES).join(', ')}, not ${JSON.stringify(value)}`);
      set |= ATIMES[value as keyof typeof ATIMES];
      clear |= ATIME_FIELD;
      continue;
    }
    const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name as keyof typeof FLAGS] : undefined;
    if (flag === undefined || typeof value !== 'boolean')
      throw invalid(
        `mount attribute ${name}: ${JSON.stringify(value)} is not known: give ${Object.keys(FLAGS).join(', ')} as true or false, or atime`,
      );
    if (value) set |= flag;
    else clear |= flag;
  }
  const { propagation, idmap } = change;
  if (propagation !== undefined && !Object.hasOwn(PROPAGATIONS, propagation))
    throw invalid(
      `propagation must be ${Object.keys(PROPAGATIONS).join(', ')}, not ${JSON.stringify(propagation)}`,
    );
  const spread = propagation === undefined ? 0 : PROPAGATIONS[propagation];
  const namespace = idmap === undefined ? -1 : fdOf('the user namespace of idmap', idmap);
  return [set, clear, spread, namespace, recursive];
}
