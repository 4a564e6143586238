import { pipeline, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { LibpodError } from '../base/errors.js';
import type { Descriptor } from '../oci/image-spec.js';
import type { Image } from './image.js';
import type { ImageStore } from './image-store.js';
import { checkedBytes } from './layout/checked-bytes.js';
import { layerMediaType, receiveBlob } from './layout/incoming.js';

/** How layers can be written. */
export type CompressionFormat = 'gzip' | 'zstd';

/** How layers are to be compressed. */
export interface Compression {
  readonly format: CompressionFormat;
  /** 1 to 9 of gzip, 1 to 20 of zstd; the format's own choice unless given. */
  readonly level?: number | undefined;
}

/** The highest levels, as podman takes them: podman-push(1), --compression-level. */
const MOST_LEVEL = { gzip: 9, zstd: 20 } as const;

/** What node:zlib has from Node 22.15 on. */
type Zstd = Partial<{
  createZstdCompress: (options: { readonly params?: Readonly<Record<number, number>> }) => Transform;
}>;
/** ZSTD_c_compressionLevel of <zstd.h>. */
const ZSTD_LEVEL = 100;

/** @throws LibpodError ERR_INVALID_ARGUMENT; ERR_UNSUPPORTED for zstd where this Node writes none */
function compressor({ format, level }: Compression): () => Transform {
  if (!Object.hasOwn(MOST_LEVEL, format))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the compression format ${JSON.stringify(format)} is not supported: choose gzip or zstd`,
    );
  const most = MOST_LEVEL[format];
  if (level !== undefined && !(Number.isInteger(level) && level >= 1 && level <= most))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the compression level of ${format} must be a whole number from 1 to ${most}, not ${level}`,
    );
  if (format === 'gzip') return () => zlib.createGzip({ level });
  const { createZstdCompress: create } = zlib as Zstd;
  if (create === undefined)
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `layers can be compressed by zstd with Node 22.15 or later, and this is ${process.version}: choose gzip`,
    );
  return () => create(level === undefined ? {} : { params: { [ZSTD_LEVEL]: level } });
}

/** Layers that are not to be distributed stay what they are, as do those that are compressed so already. */
function isToBeCompressed({ mediaType }: Descriptor, format: CompressionFormat): boolean {
  return (
    !mediaType.includes('nondistributable') && !mediaType.includes('foreign') && !mediaType.endsWith(format)
  );
}

/**
 * The manifest of an image whose layers are all compressed in a format: those that are not are, and are blobs of the store until its
 * next sweep. The digests in the configuration stay, as they are of what layers hold. The caller holds `keepAll`.
 *
 * @throws LibpodError ERR_IMAGE_INVALID for a blob that is damaged, ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED, ERR_NO_SPACE, ERR_ABORTED
 */
export async function withCompressedLayers(
  { layout }: ImageStore,
  { manifest, config }: Image,
  compression: Compression,
  signal?: AbortSignal,
): Promise<Image['manifest']> {
  const make = compressor(compression);
  const layers: Descriptor[] = [];
  for (const [at, layer] of manifest.layers.entries()) {
    if (!isToBeCompressed(layer, compression.format)) {
      layers.push(layer);
      continue;
    }
    const content = checkedBytes(
      layout.blobPath(layer.digest),
      config.rootfs.diff_ids[at] ?? '',
      true,
      signal,
    );
    const blob = await receiveBlob(
      layout,
      pipeline(content, make(), () => undefined),
      signal,
    );
    layers.push({ mediaType: layerMediaType(blob), digest: blob.digest, size: blob.size });
  }
  return { ...manifest, layers };
}
