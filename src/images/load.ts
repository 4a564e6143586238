import path from 'node:path';
import { decompressed } from '../archive/decompress.js';
import { archiveError } from '../archive/tar-header.js';
import { readTar } from '../archive/tar-reader.js';
import { LibpodError } from '../base/errors.js';
import { throwIfAborted } from '../linux/kernel-error.js';
import { kindOfMediaType, type Descriptor, type ImageManifest } from '../oci/image-spec.js';
import { parseIndex, parseLayoutIndex } from '../oci/validate-image.js';
import { addImage } from './add-image.js';
import { NAME_ANNOTATION, nameOf, type Image } from './image.js';
import type { ImageStore } from './image-store.js';
import { layerMediaType, receiveBlob, type IncomingBlob } from './layout/incoming.js';
import type { TransferEvent } from './progress.js';
import { choosePlatform } from './platform.js';
import { candidateNames, completeReference, parseReference, referenceText } from './reference.js';
import type { UnpackLimits } from './layers/unpack.js';

/** How images are loaded. */
export interface LoadOptions {
  /** Only the image of this name in what is loaded; all unless given. */
  readonly only?: string | undefined;
  readonly limits?: UnpackLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is taken from an archive at most: each layer is a file, and each image a few. */
const MOST_FILES = 20_000;
const DEFAULT_BYTES = 64 * 1024 ** 3;
/** containerd's annotation of an image's whole name, beside a tag in the one of OCI. */
const WHOLE_NAME = 'io.containerd.image.name';

/** The files of an archive, which are blobs now, by their paths there. */
type Files = ReadonlyMap<string, IncomingBlob>;

/** A path of an archive from its root. */
function pathOf(text: string): string {
  return path.posix.normalize(`/${text}`).replace(/\/$/, '');
}

/** Makes sure that an archive does not go on and on. */
async function* limited(
  pieces: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<Uint8Array, void, void> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > most) throw new LibpodError('ERR_IMAGE_INVALID', `the archive has more than ${most} bytes`);
    yield piece;
  }
}

/** Keeps the files of an archive, in whatever order they come. */
async function receiveFiles(
  store: ImageStore,
  archive: AsyncIterable<Uint8Array>,
  { signal, limits }: LoadOptions,
  tell: (event: TransferEvent) => void,
): Promise<Files> {
  const files = new Map<string, IncomingBlob>();
  const links: (readonly [from: string, to: string])[] = [];
  let count = 0;
  const pieces = limited(decompressed(archive), limits?.layerBytes ?? DEFAULT_BYTES);
  for await (const { entry, body } of readTar(pieces)) {
    throwIfAborted('load images', signal);
    if (++count > MOST_FILES)
      throw new LibpodError('ERR_IMAGE_INVALID', `the archive has more than ${MOST_FILES} files`);
    const at = pathOf(entry.path);
    if (entry.type === 'file') {
      const blob = await receiveBlob(store.layout, body, signal);
      files.set(at, blob);
      const { digest, size } = blob;
      tell({ digest, state: 'waiting', current: size, total: size });
    } else if (entry.type === 'symlink')
      links.push([at, pathOf(path.posix.join(path.posix.dirname(at), entry.link))]);
    else if (entry.type === 'hardLink') links.push([at, pathOf(entry.link)]);
  }
  // Docker has written layers that are links to those of others.
  for (const [from, to] of links) {
    const target = files.get(to);
    if (target !== undefined) files.set(from, target);
  }
  return files;
}

/** A name as the store has it; undefined for one that cannot be one, as a layout may say anything. */
function fullName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const written = parseReference(text);
    return written.digest === undefined ? referenceText(completeReference(written, 'localhost')) : undefined;
  } catch (error) {
    if (LibpodError.is(error, 'ERR_INVALID_ARGUMENT')) return undefined;
    throw error;
  }
}

/** Names as they are written where an image is: whether it is one of those that are loaded. */
function isWanted(names: readonly (string | undefined)[], { only }: LoadOptions): boolean {
  if (only === undefined || names.includes(only)) return true;
  const wanted = fullName(only) === undefined ? [] : candidateNames(parseReference(only));
  return names.some((name) => wanted.includes(fullName(name) ?? ''));
}

/** Loads what an OCI image layout names. */
async function loadLayout(
  store: ImageStore,
  index: IncomingBlob,
  options: LoadOptions,
  tell: (event: TransferEvent) => void,
): Promise<Image[]> {
  const { manifests } = parseLayoutIndex(
    store.layout.readDocument(index.digest),
    'index.json of the archive',
  );
  const images: Image[] = [];
  for (const entry of manifests.filter((one) => isWanted([nameOf(one)], options))) {
    const chosen = kindOfMediaType(entry.mediaType) === 'index' ? chosenOf(store, entry) : entry;
    if (kindOfMediaType(chosen.mediaType) !== 'manifest') continue;
    const bytes = store.layout.readDocument(chosen.digest);
    const { annotations } = entry;
    const name = fullName(annotations?.[WHOLE_NAME] ?? annotations?.[NAME_ANNOTATION]);
    images.push(
      await addImage(
        store,
        { bytes, mediaType: chosen.mediaType },
        { ...options, names: name === undefined ? [] : [name], what: 'the archive' },
        tell,
      ),
    );
  }
  return images;
}

function chosenOf(store: ImageStore, { digest }: Descriptor): Descriptor {
  const index = parseIndex(store.layout.readDocument(digest), `the index ${digest}`);
  const chosen = choosePlatform(index);
  if (chosen !== undefined) return chosen;
  throw new LibpodError('ERR_NO_SUCH_IMAGE', `the index ${digest} has no image for this machine's platform`);
}

/** Loads the one image of a directory of containers/image: its manifest, and blobs beside it; undefined if it is none. */
async function loadDirectory(
  store: ImageStore,
  manifest: IncomingBlob,
  options: LoadOptions,
  tell: (event: TransferEvent) => void,
): Promise<Image[] | undefined> {
  const bytes = store.layout.readDocument(manifest.digest);
  let mediaType: unknown;
  try {
    mediaType = (JSON.parse(bytes.toString('utf8')) as { mediaType?: unknown } | null)?.mediaType;
  } catch {
    return undefined;
  }
  if (typeof mediaType !== 'string' || kindOfMediaType(mediaType) !== 'manifest') return undefined;
  return [
    await addImage(store, { bytes, mediaType }, { ...options, names: [], what: 'the directory' }, tell),
  ];
}

/** One image of `manifest.json`. */
interface DockerEntry {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function parseDockerManifest(bytes: Buffer): DockerEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw archiveError('its manifest.json is no JSON');
  }
  const isEntry = (one: unknown): one is DockerEntry => {
    const { Config, RepoTags, Layers } = (one ?? {}) as Partial<Record<keyof DockerEntry, unknown>>;
    return typeof Config === 'string' && isTexts(Layers) && (RepoTags == null || isTexts(RepoTags));
  };
  if (Array.isArray(value) && value.every(isEntry)) return value;
  throw archiveError('its manifest.json is not as `docker save` writes it');
}

/** Loads what an archive of `docker save` holds: a manifest is made, as it has none. */
async function loadDocker(
  store: ImageStore,
  files: Files,
  manifest: IncomingBlob,
  options: LoadOptions,
  tell: (event: TransferEvent) => void,
): Promise<Image[]> {
  const fileAt = (name: string): IncomingBlob => {
    const found = files.get(pathOf(name));
    if (found === undefined) throw archiveError(`it names ${JSON.stringify(name)}, which is not in it`);
    return found;
  };
  const images: Image[] = [];
  const entries = parseDockerManifest(store.layout.readDocument(manifest.digest));
  for (const { Config, RepoTags, Layers } of entries.filter((one) => isWanted(one.RepoTags ?? [], options))) {
    const config = fileAt(Config);
    const made: ImageManifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: config.digest,
        size: config.size,
      },
      layers: Layers.map(fileAt).map((layer) => ({
        mediaType: layerMediaType(layer),
        digest: layer.digest,
        size: layer.size,
      })),
    };
    const bytes = Buffer.from(JSON.stringify(made));
    const names = (RepoTags ?? []).flatMap((tag) => fullName(tag) ?? []);
    images.push(
      await addImage(
        store,
        { bytes, mediaType: made.mediaType as string },
        { ...options, names, what: 'the archive' },
        tell,
      ),
    );
  }
  return images;
}

/** The images that were loaded, one at least if one was named. */
function someOf(images: Image[], { only }: LoadOptions): Image[] {
  if (images.length > 0 || only === undefined) return images;
  throw new LibpodError('ERR_NO_SUCH_IMAGE', `there is no image ${JSON.stringify(only)} in what is loaded`);
}

/**
 * Loads the images of an archive: of an OCI image layout, of `docker save`, or of a directory of containers/image; as it is, or compressed by gzip or zstd.
 *
 * @param archive read once, from its beginning to its end
 * @throws LibpodError ERR_ARCHIVE, ERR_IMAGE_INVALID, ERR_NO_SUCH_IMAGE, ERR_NOT_FOUND, ERR_NO_SPACE, ERR_ABORTED
 */
export async function loadImages(
  store: ImageStore,
  archive: AsyncIterable<Uint8Array>,
  options: LoadOptions,
  tell: (event: TransferEvent) => void,
): Promise<Image[]> {
  using _kept = await store.keepAll(options.signal);
  const files = await receiveFiles(store, archive, options, tell);
  const [layout, index, docker] = ['/oci-layout', '/index.json', '/manifest.json'].map((name) =>
    files.get(name),
  );
  if (layout !== undefined && index !== undefined)
    return someOf(await loadLayout(store, index, options, tell), options);
  const alone = docker && (await loadDirectory(store, docker, options, tell));
  if (alone !== undefined) return alone;
  if (docker !== undefined) return someOf(await loadDocker(store, files, docker, options, tell), options);
  throw archiveError('it is neither of an OCI image layout nor of `docker save`: there is no image in it');
}
