import { errnoName, isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';
import { invalid, kernelError } from '../kernel-error.js';
import { describePlace, rawPlace, type Place } from '../place.js';

/** MNT_* and UMOUNT_NOFOLLOW of umount2(2). */
const FORCE = 1;
const DETACH = 2;
const EXPIRE = 4;
const NOFOLLOW = 8;

/** How to unmount (umount2(2)). */
export interface UnmountOptions {
  /** Out of sight now, gone when nobody uses it any more (MNT_DETACH); with all that is mounted beneath. */
  readonly detach?: boolean | undefined;
  /** Even if a server does not answer, data may be lost (MNT_FORCE). */
  readonly force?: boolean | undefined;
  /** Marks it; the second time, if nobody used it in between, it goes (MNT_EXPIRE). The first time answers false. */
  readonly expire?: boolean | undefined;
  /** Follow a link at the end of a path. Unless given it is not (UMOUNT_NOFOLLOW): it may be of somebody else's making. */
  readonly follow?: boolean | undefined;
}

/**
 * Unmounts what is on top at a place. On a worker thread: it may have to write back what was written to it.
 *
 * @param target a path; one within a root; or a descriptor, which keeps its mount busy and so wants `detach`
 * @returns false if it was only marked (`expire`)
 * @throws LibpodError ERR_SYSTEM with EBUSY while it is used, with EINVAL if nothing is mounted there
 * @see umount2(2)
 */
export async function unmount(target: Place, options: UnmountOptions = {}): Promise<boolean> {
  const { detach = false, force = false, expire = false, follow = false } = options;
  if (expire && (detach || force)) throw invalid('unmount: expire goes neither with detach nor with force');
  const byDescriptor = typeof target === 'object' && !('root' in target);
  if (byDescriptor && !detach)
    throw invalid('unmount: a descriptor keeps its own mount busy; give detach, or a path');
  if (typeof target === 'object' && 'root' in target && /(^|\/)\.{0,2}$/.test(target.path))
    throw invalid(`unmount: the path in the root must end in a name, not ${JSON.stringify(target.path)}`);
  // /proc leads to a descriptor by a link.
  const nofollow = !follow && !byDescriptor;
  const flags =
    (detach ? DETACH : 0) | (force ? FORCE : 0) | (expire ? EXPIRE : 0) | (nofollow ? NOFOLLOW : 0);
  const answer = await addon.unmount(rawPlace('the target', target), flags);
  if (!isFailure(answer)) return true;
  if (expire && errnoName(answer.errno) === 'EAGAIN') return false;
  throw kernelError(`unmount ${describePlace(target)}`, answer, {
    EBUSY: 'a file in it is open, a process stands in it, or something is mounted in it: give detach',
    EINVAL: 'nothing is mounted there, or it is locked, as it came from a namespace above',
    EPERM: 'this needs CAP_SYS_ADMIN over the mount namespace',
  });
}
