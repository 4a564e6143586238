import path from 'node:path';
import { LibpodError } from '../../base/errors.js';
import { CgroupfsManager } from './cgroupfs.js';
import type { CgroupManager } from './manager.js';
import { SystemdManager } from './systemd.js';

/** The seed's DefaultCgroupParent. */
export const DEFAULT_CGROUP_PARENT = '/libpod_parent';

/**
 * @param parent of `cgroupfs` a path, of `systemd` a slice
 * @param scope what systemd's scope of this store is called
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED
 */
export function makeCgroupManager(name: string, parent: string | undefined, scope: string): CgroupManager {
  if (name === 'cgroupfs') return new CgroupfsManager(path.join('/', parent ?? DEFAULT_CGROUP_PARENT));
  if (name === 'systemd') return new SystemdManager(parent, scope);
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `cgroupManager must be cgroupfs or systemd, not ${JSON.stringify(name)}`,
  );
}
