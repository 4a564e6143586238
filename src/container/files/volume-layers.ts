import type { Mount } from '../../oci/runtime-spec.js';
import { isOverlayVolume } from '../../spec/mounts.js';
import type { ContainerCore } from '../core.js';

/** Where an overlay over a directory of the host keeps what the container writes; thrown away with each start. */
function volumeLayers({ paths }: ContainerCore, index: number): { upper: string; work: string; all: string } {
  const all = paths.file(`overlay-${index}`);
  return { all, upper: `${all}/upper`, work: `${all}/work` };
}

/** Gives overlays over directories their layers; what else the container mounts stays as it is. */
export function withLayers(core: ContainerCore, mounts: readonly Mount[]): Mount[] {
  return mounts.map((mount, index) => {
    if (!isOverlayVolume(mount)) return mount;
    const { upper, work } = volumeLayers(core, index);
    const { source = '', options = [] } = mount;
    const own = options.some((option) => option.startsWith('upperdir='))
      ? []
      : [`upperdir=${upper}`, `workdir=${work}`];
    // A colon separates layers: overlayfs.rst, "Multiple lower layers".
    const lower = source.replaceAll(/[\\:]/g, '\\$&');
    return { ...mount, source: 'overlay', options: [...options, `lowerdir=${lower}`, ...own] };
  });
}

/** The directories of those layers, each after the one that holds it. */
export function layerDirectories(core: ContainerCore): string[] {
  return (core.config.spec.mounts ?? []).flatMap((mount, index) => {
    if (!isOverlayVolume(mount)) return [];
    const { all, upper, work } = volumeLayers(core, index);
    return [all, upper, work];
  });
}
