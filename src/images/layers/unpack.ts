import { chmodSync, chownSync, closeSync, openSync, utimesSync } from 'node:fs';
import { decompressed } from '../../archive/decompress.js';
import { applyTar } from '../../archive/extract.js';
import { LibpodError } from '../../base/errors.js';
import { fileError } from '../../base/errno.js';
import { throwIfAborted } from '../../linux/kernel-error.js';
import { TreeWriter } from '../../linux/trees/tree-writer.js';
import { Digester } from '../../oci/digest.js';
import { LayerTranslator, type LayerBelow } from './whiteouts.js';

/** What a layer may cost; more is refused. */
export interface UnpackLimits {
  /** The bytes of its archive, decompressed; 64 GiB unless given. */
  readonly layerBytes?: number | undefined;
  /**
   * How many times its compressed size it may have, once it has 256 MiB; 500 unless given. gzip cannot do more than 1032,
   * and real layers stay far below that.
   */
  readonly ratio?: number | undefined;
  /** 1,000,000 unless given. */
  readonly entries?: number | undefined;
}

const DEFAULT_LIMITS = { layerBytes: 64 * 1024 ** 3, ratio: 500, entries: 1_000_000 };
const RATIO_FROM = 256 * 1024 ** 2;

/** The archive of a layer. */
export interface LayerSource {
  /** Its bytes, which may be compressed. */
  readonly read: () => AsyncIterable<Uint8Array>;
  /** How many they are. */
  readonly size: number;
  /** The digest that it must have when it is decompressed. */
  readonly diffId: string;
}

/** What was found in a layer. */
export interface UnpackedLayer {
  /** The bytes of its archive, decompressed. */
  readonly size: number;
  /** Whether nothing of the layers below is seen. */
  readonly opaque: boolean;
}

/** Counts and sums up an archive on its way from the decompressor to the reader; too much of it is an error. */
async function* metered(
  pieces: AsyncIterable<Uint8Array>,
  digester: Digester,
  blobSize: number,
  limits: Required<{ [Name in keyof UnpackLimits]: number }>,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of pieces) {
    digester.update(piece);
    if (digester.size > limits.layerBytes)
      throw new LibpodError(
        'ERR_IMAGE_INVALID',
        `a layer has more than ${limits.layerBytes} bytes when decompressed`,
      );
    if (digester.size > RATIO_FROM && digester.size > blobSize * limits.ratio)
      throw new LibpodError(
        'ERR_IMAGE_INVALID',
        `a layer of ${blobSize} bytes has more than ${limits.ratio} times as many when decompressed`,
      );
    yield piece;
  }
}

/**
 * Unpacks the archive of a layer, in the form of a layer of an overlay into an empty directory, or onto what is beneath it.
 *
 * @throws LibpodError ERR_IMAGE_INVALID, ERR_ARCHIVE, ERR_NO_SPACE, ERR_ABORTED
 */
export async function unpackLayer(
  layer: LayerSource,
  directory: string,
  below: LayerBelow,
  limits: UnpackLimits = {},
  signal?: AbortSignal,
): Promise<UnpackedLayer> {
  const most = { ...DEFAULT_LIMITS, ...limits } as Required<{ [Name in keyof UnpackLimits]: number }>;
  const digester = new Digester();
  const translator = new LayerTranslator(below, most.entries);
  const fd = openSync(directory, 'r');
  try {
    // Links lead within the layer, as they do in a container; nothing is outside.
    await using writer = new TreeWriter({ fd }, { scope: 'inRoot', replace: true });
    const archive = metered(decompressed(layer.read()), digester, layer.size, most);
    await applyTar(archive, writer, {
      signal,
      translate: (entry, path) => translator.translate(entry, path),
    });
  } finally {
    closeSync(fd);
  }
  throwIfAborted('unpack the layer', signal);
  const found = digester.digest();
  if (found !== layer.diffId)
    throw new LibpodError(
      'ERR_IMAGE_INVALID',
      `a layer is not the one that its image names: its digest is ${found}, not ${layer.diffId}`,
    );
  const root = translator.rootAttributes;
  // That of a copy has what it has below.
  const keeps = root === undefined && below.whole && below.lower.length > 0;
  try {
    if (!keeps) {
      chownSync(directory, root?.uid ?? 0, root?.gid ?? 0);
      chmodSync(directory, root?.mode ?? 0o755);
    }
    if (root !== undefined) utimesSync(directory, root.seconds, root.seconds);
  } catch (error) {
    throw fileError(`set the attributes of ${directory}`, error);
  }
  return { size: digester.size, opaque: translator.opaque };
}
