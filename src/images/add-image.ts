import { LibpodError } from '../base/errors.js';
import { throwIfAborted } from '../linux/kernel-error.js';
import { chainIds } from '../oci/digest.js';
import type { ImageConfig, ImageManifest } from '../oci/image-spec.js';
import { parseImageConfig, parseManifest } from '../oci/validate-image.js';
import type { Image } from './image.js';
import type { ImageStore } from './image-store.js';
import type { TransferEvent } from './progress.js';
import type { UnpackLimits } from './layers/unpack.js';

/** How an image is added whose blobs are here. */
export interface AddOptions {
  /** Its names; without any it is known by its ID. */
  readonly names: readonly string[];
  /** How errors name where it came from. */
  readonly what: string;
  readonly limits?: UnpackLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The configuration of an image whose blob is here, checked against its manifest.
 *
 * @throws LibpodError ERR_IMAGE_INVALID; ERR_NO_SUCH_IMAGE for another system than Linux
 */
export function checkedConfig(store: ImageStore, manifest: ImageManifest, what: string): ImageConfig {
  const config = parseImageConfig(
    store.layout.readDocument(manifest.config.digest),
    `the configuration of ${what}`,
  );
  if (config.os !== 'linux')
    throw new LibpodError('ERR_NO_SUCH_IMAGE', `${what} is for ${config.os}, not for linux`);
  const { diff_ids: diffIds } = config.rootfs;
  if (diffIds.length !== manifest.layers.length)
    throw new LibpodError(
      'ERR_IMAGE_INVALID',
      `${what} has ${manifest.layers.length} layers, but its configuration has digests of ${diffIds.length}`,
    );
  return config;
}

/**
 * Adds an image whose blobs are here: its layers are unpacked, and then it gets its names. The caller holds `keepAll`.
 *
 * @throws LibpodError ERR_IMAGE_INVALID, ERR_ARCHIVE, ERR_NOT_FOUND if a blob is not here, ERR_NO_SPACE, ERR_ABORTED
 */
export async function addImage(
  store: ImageStore,
  { bytes, mediaType }: { readonly bytes: Buffer; readonly mediaType: string },
  { names, what, limits, signal }: AddOptions,
  tell: (event: TransferEvent) => void,
): Promise<Image> {
  const manifest = parseManifest(bytes, `the manifest of ${what}`);
  const { diff_ids: diffIds } = checkedConfig(store, manifest, what).rootfs;
  const chain = chainIds(diffIds);
  for (const [at, { digest, size }] of manifest.layers.entries()) {
    throwIfAborted(`add ${what}`, signal);
    const source = () => {
      if (!store.layout.hasBlob({ digest, size }))
        throw new LibpodError('ERR_NOT_FOUND', `the layer ${digest} of ${what} is missing`);
      tell({ digest, state: 'unpacking', current: size, total: size });
      return Promise.resolve({
        read: () => store.layout.readBlob(digest),
        size,
        diffId: diffIds[at] as string,
      });
    };
    // A layer that is unpacked already may have come with other bytes of an archive.
    if (!store.layout.hasBlob({ digest, size })) await source();
    await store.layers.ensure(chain.slice(0, at + 1), source, limits, signal);
    tell({ digest, state: 'done', current: size, total: size });
  }
  const digest = await store.layout.putDocument(bytes);
  const entry = { mediaType, digest, size: bytes.length };
  // The one that was given last stands first. An image that is here has its names, whatever manifest it came with now.
  const nameless = store.lookUp(manifest.config.digest) === undefined ? [undefined] : [];
  const given = names.length === 0 ? nameless : [...names].reverse();
  for (const name of given) await store.publish(entry, name);
  return store.find(manifest.config.digest);
}
