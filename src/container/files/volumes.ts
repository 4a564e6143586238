import { existsSync, mkdirSync } from 'node:fs';
import { cloneMount } from '../../linux/mounts/tree.js';
import type { Descriptor } from '../../linux/files/descriptor.js';
import { LibpodError } from '../../base/errors.js';
import { volumeTarget, type NamedVolume } from '../../model/volume.js';
import type { Mount } from '../../oci/runtime-spec.js';
import { ensureCopy } from '../../storage/copied-root.js';
import { openLayers } from '../../storage/open-layers.js';
import { chownTree, copyInto, fillVolume, isFresh, type FillSource } from '../../volume/contents.js';
import type { ContainerCore } from '../core.js';
import { hostMountOf } from './counted-mount.js';

/** Options of volumes that are for the engine, not for the mount. */
const ENGINES_OWN = new Set(['copy', 'nocopy', 'U', 'z', 'Z']);
const PROPAGATION = /^r?(?:private|slave|shared|unbindable)$/;

/** The directory of a throwaway container's own volume; undefined for a volume of the store. */
function ownDirectory({ config, paths }: ContainerCore, volume: NamedVolume): string | undefined {
  if (!config.autoRemove || !volume.isAnonymous) return undefined;
  return paths.file(`volume-${volume.name}`);
}

/** Where a volume of a container is. */
export function volumePath(core: ContainerCore, volume: NamedVolume): string {
  return ownDirectory(core, volume) ?? core.services.volumes.dataPath(volume.name);
}

/** Makes mounts of volumes bind mounts of their directories; what else the container mounts stays as it is. */
export function withVolumes(core: ContainerCore, mounts: readonly Mount[]): Mount[] {
  const { namedVolumes = [] } = core.config;
  if (namedVolumes.length === 0) return [...mounts];
  return mounts.map((mount) => {
    const volume = namedVolumes.find(({ name }) => mount.type === 'volume' && name === mount.source);
    if (volume === undefined) return mount;
    const options = (mount.options ?? []).filter((option) => !ENGINES_OWN.has(option));
    return {
      destination: mount.destination,
      type: 'bind',
      source: volumePath(core, volume),
      options: [
        ...(options.some((option) => option === 'bind' || option === 'rbind') ? [] : ['rbind']),
        ...(options.some((option) => PROPAGATION.test(option)) ? [] : ['rprivate']),
        ...(core.config.idMappings === undefined || options.some((option) => /^r?idmap$/.test(option))
          ? []
          : ['idmap']),
        ...options,
      ],
    };
  });
}

/** The root that a container will have, attached nowhere: what a volume is filled from. */
async function openRoot({ config, paths }: ContainerCore): Promise<Descriptor> {
  const { root } = config;
  if (root.kind === 'directory') return cloneMount(root.directory);
  if (root.kind === 'copy') {
    await ensureCopy(root, paths.copy);
    return cloneMount(paths.copy);
  }
  const mounted = hostMountOf(paths);
  if (mounted !== undefined) return cloneMount(mounted);
  const upper = !root.throwaway && existsSync(paths.upper) ? [paths.upper] : [];
  return openLayers([...upper, ...root.lower]);
}

/**
 * Sees to it that the volumes of a container are there, filled and mounted, before a launch; under the container's lock. A
 * volume that is not there is made: its creation may have been cut short.
 */
export async function prepareVolumes(core: ContainerCore): Promise<void> {
  const { namedVolumes = [], spec } = core.config;
  if (namedVolumes.length === 0) return;
  const { uid, gid } = spec.process.user;
  const owner = { uid, gid };
  let root: Descriptor | undefined;
  try {
    for (const volume of namedVolumes) {
      const source = async (): Promise<FillSource> => ({
        root: (root ??= await openRoot(core)),
        ...{ destination: volume.dest, owner, copy: !volume.options.includes('nocopy') },
      });
      const gives = volume.options.includes('U');
      const own = ownDirectory(core, volume);
      if (own !== undefined) {
        // A throwaway container starts once.
        if (existsSync(own)) continue;
        mkdirSync(own, { mode: 0o755 });
        await copyInto(own, await source());
        if (gives) chownTree(own, owner);
        continue;
      }
      const { volumes } = core.services;
      await volumes.ensure(volume.name, volume.isAnonymous);
      await volumes.hold(volume.name, async (held) => {
        if (isFresh(held)) await fillVolume(held, await source());
        if (gives) chownTree(held.data, owner);
      });
    }
  } finally {
    root?.[Symbol.dispose]();
  }
}

/** Removes the volumes that were made for a container that is gone; one that another container has stays. */
export async function removeOwnVolumes({ config, services }: ContainerCore): Promise<void> {
  if (config.autoRemove) return;
  for (const { name, isAnonymous } of config.namedVolumes ?? []) {
    if (!isAnonymous) continue;
    try {
      await services.volumes.remove(name, () => services.records.linkedTo(volumeTarget(name)));
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_NO_SUCH_VOLUME') && !LibpodError.is(error, 'ERR_VOLUME_IN_USE'))
        throw error;
    }
  }
}
