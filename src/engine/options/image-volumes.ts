import path from 'node:path';
import { LibpodError } from '../../base/errors.js';
import type { Mount } from '../../oci/runtime-spec.js';
import type { CreateOptions } from './options.js';

/** What the engine mounts itself: an image that had something else there could make a fake /proc (CVE-2019-16884). */
const ENGINES_OWN = ['/proc', '/sys', '/dev'];

const TMPFS_OPTIONS = ['rw', 'nosuid', 'nodev', 'mode=1777'];

function placeOf(destination: string): string {
  const place = path.posix.normalize(destination).replace(/(?<=.)\/$/, '');
  const bad =
    !place.startsWith('/') ||
    place === '/' ||
    place.includes('\0') ||
    ENGINES_OWN.some((own) => place === own || place.startsWith(`${own}/`));
  if (!bad) return place;
  throw new LibpodError(
    'ERR_IMAGE_INVALID',
    `the image wants a volume at ${JSON.stringify(destination)}, where none may be: leave the volumes of the image out (--image-volume ignore)`,
  );
}

/**
 * The mounts for the volumes that an image asks for, where nothing else is mounted: config.md, "Volumes"; podman-run(1),
 * --image-volume.
 *
 * @throws LibpodError ERR_IMAGE_INVALID for a place that is the engine's
 */
export function imageVolumeMounts(
  { imageVolumes = 'bind', mounts = [] }: Pick<CreateOptions, 'imageVolumes' | 'mounts'>,
  volumes: readonly string[],
): Mount[] {
  if (imageVolumes === 'ignore') return [];
  const taken = new Set(mounts.map(({ destination }) => path.posix.join(destination, '.')));
  return [...new Set(volumes.map(placeOf))]
    .filter((destination) => !taken.has(destination))
    .map((destination) =>
      imageVolumes === 'tmpfs'
        ? { destination, type: 'tmpfs', source: 'tmpfs', options: TMPFS_OPTIONS }
        : { destination, type: 'volume', options: [] },
    );
}
