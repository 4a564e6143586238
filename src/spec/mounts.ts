import { normalizePath } from '../oci/check/mounts.js';
import { show } from '../oci/problem.js';
import type { Mount } from '../oci/runtime-spec.js';
import { defaultMounts } from './default-mounts.js';
import { invalid } from './invalid.js';
import { refuseContradictions } from './mount-contradictions.js';
import type { SpecOptions } from './options.js';

/**
 * The mounts of a container: the defaults, less those that the user's replace, and the user's.
 *
 * They are ordered by depth, so that none covers one that was made before it: a volume on /run would hide
 * /run/.containerenv.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a relative destination, one given twice, and options that contradict each other
 */
export function resolveMounts(options: SpecOptions): Mount[] {
  const own = new Map<string, Mount>();
  for (const mount of options.mounts ?? []) {
    const { destination } = mount;
    if (!destination.startsWith('/')) {
      invalid(`the mount destination ${show(destination)} is relative; write an absolute path`);
    }
    const place = normalizePath(destination);
    // It would lie over the root, which the container has in its place all the same.
    if (place === '/')
      invalid(`the mount destination ${show(destination)} is the root itself; give it as the root instead`);
    if (own.has(place))
      invalid(`the mount destination ${show(destination)} is given twice; keep one of them`);
    refuseContradictions(mount);
    own.set(place, { ...mount });
  }
  const kept = defaultMounts(options).filter(
    ({ destination }) => !own.has(destination) && !(own.has('/dev') && destination.startsWith('/dev/')),
  );
  return [...kept, ...own.values()].sort((a, b) => depth(a) - depth(b));
}

/**
 * How many names a path has below the root. Array.prototype.sort is stable, so that equals keep the order
 * above.
 */
function depth({ destination }: Mount): number {
  return normalizePath(destination).split('/').filter(Boolean).length;
}

/** An overlay mount that names a directory as its source and no layers: podman's `SRC:DST:O`. */
export function isOverlayVolume({ type, options }: Mount): boolean {
  return type === 'overlay' && options?.some((option) => option.startsWith('lowerdir=')) !== true;
}
