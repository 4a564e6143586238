import { LibpodError } from '../base/errors.js';
import { throwIfAborted } from '../linux/kernel-error.js';
import type { ImageManifest } from '../oci/image-spec.js';
import { withCompressedLayers, type CompressionFormat } from './compress-layers.js';
import type { Image } from './image.js';
import type { ImageStore } from './image-store.js';
import { manifestIn, type ManifestFormat, type WrittenManifest } from './manifest-format.js';
import type { TransferEvent } from './progress.js';
import {
  completeReference,
  parseReference,
  referenceText,
  withoutTransport,
  type ImageReference,
} from './reference.js';
import { readRegistriesConf, sourcesOf } from './registry/registries-conf.js';
import { RegistryClient, type RegistryOptions } from './registry/client.js';
import { someAtOnce } from './some-at-once.js';
import { putManifest, uploadBlob } from './registry/upload.js';

/** How an image is pushed. */
export interface PushOptions extends RegistryOptions {
  /** The form of the manifest; that which the image has unless given, and then its digest stays. */
  readonly format?: ManifestFormat | undefined;
  /**
   * How layers are to be compressed; those that are not compressed so are, which changes the manifest's digest. They stay as they are unless
   * given. `zstd` needs Node 22.15 or later.
   */
  readonly compression?: CompressionFormat | undefined;
  /** 1 to 9 of gzip, 1 to 20 of zstd; the format's own choice unless given. */
  readonly compressionLevel?: number | undefined;
  /** The configuration of registries; $CONTAINERS_REGISTRIES_CONF or /etc/containers/registries.conf unless given. */
  readonly registriesConf?: string | undefined;
}

/** What was pushed. */
export interface PushedImage {
  /** `registry.example.org/team/app:1` */
  readonly name: string;
  /** The digest of the manifest, which is what others pull it by. */
  readonly digest: string;
}

/** The name under which an image goes: one that was given, or that by which it was asked for. */
function destinationOf(
  store: ImageStore,
  image: Image,
  asked: string,
  given: string | undefined,
): ImageReference {
  const written = parseReference(
    given === undefined ? store.nameAmong(image, asked) : withoutTransport(given),
  );
  if (written.digest !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${given ?? asked} names a digest, which follows from what is pushed: name a tag`,
    );
  return completeReference(written);
}

/** Another repository of a registry that has a layer, as far as the names of images here tell. */
function repositoryWith(images: readonly Image[], layer: string, target: ImageReference): string | undefined {
  return images
    .filter(({ manifest }) => manifest.layers.some(({ digest }) => digest === layer))
    .flatMap(({ names }) => names.map(parseReference))
    .find(({ registry, repository }) => registry === target.registry && repository !== target.repository)
    ?.repository;
}

/** The manifest that is pushed: that of the store as it is, unless another form or other layers are wanted. */
function manifestOf(
  store: ImageStore,
  image: Image,
  manifest: ImageManifest,
  format: ManifestFormat | undefined,
): WrittenManifest {
  const mediaType = store.mediaTypeOf(image);
  const own = mediaType.includes('docker') ? 'v2s2' : 'oci';
  if (manifest === image.manifest && (format ?? own) === own)
    return { bytes: store.layout.readDocument(image.digest), mediaType, digest: image.digest };
  return manifestIn(format ?? own, manifest);
}

/**
 * Brings an image to a registry. Blobs that are there are not sent again, nor those that the registry can take from another
 * of its repositories; the manifest comes last, so that whoever sees the image can have all of it.
 *
 * @param asked a name or ID of the image
 * @param destination its name there; the one by which it was asked for unless given
 * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_IMAGE_INVALID, ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED,
 *   ERR_ABORTED
 */
export async function pushImage(
  store: ImageStore,
  asked: string,
  destination: string | undefined,
  options: PushOptions,
  tell: (event: TransferEvent) => void,
): Promise<PushedImage> {
  throwIfAborted(`push ${asked}`, options.signal);
  using _kept = await store.keepAll(options.signal);
  const image = store.find(asked);
  const target = destinationOf(store, image, asked, destination);
  const { compression, compressionLevel } = options;
  if (compression === undefined && compressionLevel !== undefined)
    throw new LibpodError('ERR_INVALID_ARGUMENT', 'a compression level needs a compression: gzip or zstd');
  const manifest =
    compression === undefined
      ? image.manifest
      : await withCompressedLayers(
          store,
          image,
          { format: compression, level: compressionLevel },
          options.signal,
        );
  const written = manifestOf(store, image, manifest, options.format);
  // Mirrors are read from; what is written goes to the place itself, which is the last.
  const source = sourcesOf(readRegistriesConf(options.registriesConf), target).at(-1);
  if (source === undefined)
    throw new LibpodError('ERR_REGISTRY', `no registry is known for ${target.registry}`);
  const stopping = new AbortController();
  const signal =
    options.signal === undefined ? stopping.signal : AbortSignal.any([options.signal, stopping.signal]);
  await using client = new RegistryClient(source, { ...options, signal });
  const images = store.list();
  const { config, layers } = manifest;
  const blobs = [...new Map([...layers, config].map((blob) => [blob.digest, blob])).values()];
  for (const { digest, size } of blobs) tell({ digest, state: 'waiting', current: 0, total: size });
  const jobs = blobs.map((blob) => async () => {
    const { digest, size: total } = blob;
    const from = repositoryWith(images, digest, target);
    const report = (current: number): void => tell({ digest, state: 'uploading', current, total });
    const sent = await uploadBlob(store.layout, client, blob, from, report, signal);
    if (!sent) tell({ digest, state: 'exists', current: total, total });
    tell({ digest, state: 'done', current: total, total });
  });
  try {
    await someAtOnce(jobs, () => stopping.abort());
    await putManifest(client, target.tag ?? 'latest', written);
  } catch (error) {
    throwIfAborted(`push ${asked}`, options.signal);
    throw error;
  }
  return { name: referenceText(target), digest: written.digest };
}
