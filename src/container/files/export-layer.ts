import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { packTree } from '../../archive/pack.js';
import { BLOCK } from '../../archive/tar-header.js';
import { bytesOfText } from '../../linux/trees/byte-text.js';
import { cloneMount } from '../../linux/mounts/tree.js';
import { layerContents } from '../../storage/changes.js';
import type { ContainerCore } from '../core.js';

/**
 * What a container has changed of its root, as the archive of an image's layer (image-spec, layer.md). What the engine brings
 * and the places of mounts are not in it.
 */
export async function exportLayer({ config, paths }: ContainerCore): Promise<Readable> {
  const mounts = (config.spec.mounts ?? []).map(({ destination }) => destination);
  const { tree, unchanged, gone } = await layerContents(config.root, paths, mounts);
  // It has none before its first start; an archive is ended by two blocks of zeros.
  if (!existsSync(tree)) return Readable.from([Buffer.alloc(2 * BLOCK)]);
  using upper = await cloneMount(tree);
  const inArchive = (at: string): string => `.${bytesOfText(at)}`;
  // With an entry for the root itself, as a container may change that too.
  return packTree(upper, {
    name: '.',
    layer: { leftOut: unchanged.map(inArchive), gone: gone.map(inArchive) },
  });
}
