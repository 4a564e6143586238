import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Descriptor, ImageManifest } from '../oci/image-spec.js';
import type { ImageStore } from './image-store.js';
import { checkedBytes } from './layout/checked-bytes.js';
import { layerMediaType, receiveBlob } from './layout/incoming.js';

/** Layers that are not compressed; those that are not to be distributed stay what they are. */
const PLAIN = ['application/vnd.oci.image.layer.v1.tar', 'application/vnd.docker.image.rootfs.diff.tar'];

/**
 * A manifest whose layers are all compressed: those that are not are, by gzip, and are blobs of the store until its next
 * sweep. The digests in the configuration stay, as they are of what layers hold. The caller holds `keepAll`.
 *
 * @throws LibpodError ERR_IMAGE_INVALID for a blob that is damaged, ERR_NO_SPACE, ERR_ABORTED
 */
export async function withCompressedLayers(
  { layout }: ImageStore,
  manifest: ImageManifest,
  signal?: AbortSignal,
): Promise<ImageManifest> {
  const layers: Descriptor[] = [];
  for (const layer of manifest.layers) {
    if (!PLAIN.includes(layer.mediaType)) {
      layers.push(layer);
      continue;
    }
    const { digest } = layer;
    const plain = checkedBytes(layout.blobPath(digest), digest, false, signal);
    const blob = await receiveBlob(
      layout,
      pipeline(plain, createGzip(), () => undefined),
      signal,
    );
    layers.push({ mediaType: layerMediaType(blob), digest: blob.digest, size: blob.size });
  }
  return { ...manifest, layers };
}
