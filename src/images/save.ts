import path from 'node:path';
import { Readable } from 'node:stream';
import { writeTar, type ArchiveFile } from '../archive/tar-writer.js';
import { LibpodError } from '../base/errors.js';
import { digestHex } from '../oci/digest.js';
import { parseLayoutIndex } from '../oci/validate-image.js';
import type { Descriptor } from '../oci/image-spec.js';
import { NAME_ANNOTATION, nameOf, repoTags, type Image } from './image.js';
import type { ImageStore } from './image-store.js';
import { withCompressedLayers } from './compress-layers.js';
import { checkedBytes } from './layout/checked-bytes.js';
import { readFileIfThere } from './layout/blob-file.js';
import { LAYOUT_FILE } from './layout/layout.js';
import { manifestIn } from './manifest-format.js';
import { completeReference, parseReference, referenceText } from './reference.js';
import { writeFiles } from './saved-files.js';

/**
 * The form in which images are saved: an archive of an OCI image layout, such a directory, docker's archive, or a directory of
 * one image as a registry of Docker's has it: containers-transports(5), `dir`.
 */
export type SaveFormat = 'oci-archive' | 'oci-dir' | 'docker-archive' | 'docker-dir';

/** An image, and the names that it is saved with. */
interface Saved {
  readonly image: Image;
  readonly names: readonly string[];
}

const READ_BYTES = 256 * 1024;
/** What tells the transport `dir` of containers/image that a directory is its own. */
const DIRECTORY_VERSION = 'Directory Transport Version: 1.1\n';

function document(name: string, value: unknown): ArchiveFile {
  const bytes = Buffer.from(JSON.stringify(value));
  return { name, size: bytes.length, content: () => Readable.from([bytes]) };
}

/** What an archive or directory has once, whatever is saved in it twice. */
function unique(files: readonly ArchiveFile[]): ArchiveFile[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

/** What the index of a layout has already, less what takes the place of it. */
function othersIn(directory: string | undefined, manifests: readonly Descriptor[]): Descriptor[] {
  const bytes = directory === undefined ? undefined : readFileIfThere(path.join(directory, 'index.json'));
  if (bytes === undefined) return [];
  const { manifests: all } = parseLayoutIndex(bytes, `the index of ${directory}`);
  const key = (one: Descriptor): string => nameOf(one) ?? one.digest;
  const replaced = new Set(manifests.map(key));
  return all.filter((one) => !replaced.has(key(one)));
}

/** The files of an OCI image layout (image-layout.md). */
function ociFiles(store: ImageStore, saved: readonly Saved[], { into, signal }: FileOptions): ArchiveFile[] {
  const blob = ({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): ArchiveFile => ({
    name: `blobs/sha256/${digestHex(digest)}`,
    size,
    content: () => checkedBytes(store.layout.blobPath(digest), digest, false, signal),
  });
  const manifests = saved.flatMap(({ image, names }) => {
    const { digest } = image;
    const entry = {
      mediaType: store.mediaTypeOf(image),
      digest,
      size: store.layout.readDocument(digest).length,
    };
    return names.length === 0
      ? [entry]
      : names.map((name) => ({ ...entry, annotations: { [NAME_ANNOTATION]: name } }));
  });
  return unique([
    {
      name: 'oci-layout',
      size: LAYOUT_FILE.length,
      content: () => Readable.from([Buffer.from(LAYOUT_FILE)]),
    },
    document('index.json', { schemaVersion: 2, manifests: [...othersIn(into, manifests), ...manifests] }),
    ...saved.flatMap(({ image: { manifest } }, at) => [
      blob(manifests.find(({ digest }) => digest === saved[at]?.image.digest) as Descriptor),
      blob(manifest.config),
      ...manifest.layers.map(blob),
    ]),
  ]);
}

/** The files of `docker save`, which has layers decompressed: https://github.com/moby/docker-image-spec, v1.2, "Combined Image JSON + Filesystem Changeset Format". */
function dockerFiles(
  store: ImageStore,
  saved: readonly Saved[],
  signal: AbortSignal | undefined,
): ArchiveFile[] {
  const layerName = (diffId: string): string => `${digestHex(diffId)}.tar`;
  const layers = saved.flatMap(({ image }) =>
    image.manifest.layers.map(({ digest }, at): ArchiveFile => {
      const diffId = image.config.rootfs.diff_ids[at] ?? '';
      const layer = store.layers.find(image.chain[at] ?? '');
      if (layer === undefined)
        throw new LibpodError(
          'ERR_NOT_FOUND',
          `the layer ${diffId} of the image is missing: pull the image again`,
        );
      return {
        name: layerName(diffId),
        size: layer.size,
        content: () => checkedBytes(store.layout.blobPath(digest), diffId, true, signal),
      };
    }),
  );
  const configs = saved.map(({ image: { manifest, id } }): ArchiveFile => {
    const { digest, size } = manifest.config;
    return {
      name: `${id}.json`,
      size,
      content: () => checkedBytes(store.layout.blobPath(digest), digest, false, signal),
    };
  });
  const manifest = saved.map(({ image, names }) => ({
    Config: `${image.id}.json`,
    RepoTags: names,
    Layers: image.config.rootfs.diff_ids.map(layerName),
  }));
  return unique([...layers, ...configs, document('manifest.json', manifest)]);
}

/** The files of one image beside each other, with a manifest in Docker's form: containers-transports(5), `dir`. */
async function flatFiles(
  store: ImageStore,
  saved: readonly Saved[],
  { compress = false, signal }: FileOptions,
): Promise<ArchiveFile[]> {
  const [first, ...others] = saved;
  if (first === undefined || others.length > 0)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      'a directory of the format docker-dir holds one image alone',
    );
  const manifest = compress
    ? await withCompressedLayers(store, first.image, { format: 'gzip' }, signal)
    : first.image.manifest;
  const { bytes } = manifestIn('v2s2', manifest);
  const plain = (name: string, content: Buffer): ArchiveFile => ({
    name,
    size: content.length,
    content: () => Readable.from([content]),
  });
  return unique([
    plain('version', Buffer.from(DIRECTORY_VERSION)),
    plain('manifest.json', bytes),
    ...[manifest.config, ...manifest.layers].map(({ digest, size }): ArchiveFile => ({
      name: digestHex(digest),
      size,
      content: () => checkedBytes(store.layout.blobPath(digest), digest, false, signal),
    })),
  ]);
}

/** The images that are saved, each once, with the names that they were asked for by, or all of theirs for an ID. */
function savedImages(store: ImageStore, asked: readonly string[], tags: readonly string[]): Saved[] {
  const found = new Map<string, { image: Image; names: Set<string> }>();
  for (const one of asked) {
    const image = store.find(one);
    const entry = found.get(image.digest) ?? { image, names: new Set() };
    found.set(image.digest, entry);
    const isId = image.id.startsWith(one.replace(/^sha256:/, ''));
    const names = isId || one.includes('@') ? repoTags(image) : [store.nameAmong(image, one)];
    for (const name of names) if (!name.includes('@')) entry.names.add(name);
    for (const tag of tags)
      entry.names.add(referenceText(completeReference(parseReference(tag), 'localhost')));
  }
  return [...found.values()].map(({ image, names }) => ({ image, names: [...names] }));
}

/** How images are saved. */
export interface SaveOptions {
  /** `docker-archive` unless given, as podman has it. */
  readonly format?: 'oci-archive' | 'docker-archive' | undefined;
  /** More names for the image, if it is one. */
  readonly tags?: readonly string[] | undefined;
  /** The only name in what is written, in place of those of the image: of an OCI image layout it may be any text. */
  readonly as?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How images are saved to a directory. */
export interface SaveDirectoryOptions extends Omit<SaveOptions, 'format'> {
  /** `oci-dir` unless given; `docker-dir` holds one image, without its names. */
  readonly format?: 'oci-dir' | 'docker-dir' | undefined;
  /** Compress layers that are not compressed by gzip, for `docker-dir`. */
  readonly compress?: boolean | undefined;
}

/** What there is to say of the files that are written. */
interface FileOptions extends Omit<SaveDirectoryOptions, 'format'> {
  /** The directory that they are put into: a layout there keeps its other images. */
  readonly into?: string | undefined;
}

/** A name as a format has it: Docker's are references, and those of a layout what its user likes. */
function nameIn(format: SaveFormat, name: string): string {
  return format === 'docker-archive' ? referenceText(completeReference(parseReference(name))) : name;
}

async function filesOf(
  store: ImageStore,
  asked: readonly string[],
  format: SaveFormat,
  options: FileOptions,
): Promise<ArchiveFile[]> {
  const { tags = [], as, compress, signal } = options;
  if (asked.length === 0) throw new LibpodError('ERR_INVALID_ARGUMENT', 'no image to save was named');
  if (compress && format !== 'docker-dir')
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `layers are compressed for docker-dir alone, not for ${format}`,
    );
  if ((tags.length > 0 || as !== undefined) && asked.length > 1)
    throw new LibpodError('ERR_INVALID_ARGUMENT', 'more names can be given to one image alone');
  const saved = savedImages(store, asked, tags).map(({ image, names }): Saved => ({
    image,
    names: as === undefined ? names : [nameIn(format, as)],
  }));
  if (format === 'docker-dir') return flatFiles(store, saved, options);
  return format === 'docker-archive' ? dockerFiles(store, saved, signal) : ociFiles(store, saved, options);
}

/**
 * Images as an archive. Nothing of them is removed before the stream has ended or is destroyed.
 *
 * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS, ERR_INVALID_ARGUMENT, ERR_ABORTED; the stream fails with ERR_IMAGE_INVALID
 *   where a blob is damaged
 */
export async function saveArchive(
  store: ImageStore,
  asked: readonly string[],
  options: SaveOptions,
): Promise<Readable> {
  const kept = await store.keepAll(options.signal);
  try {
    const files = await filesOf(store, asked, options.format ?? 'docker-archive', options);
    const archive = Readable.from(writeTar(files), { objectMode: false, highWaterMark: READ_BYTES });
    archive.once('close', () => kept[Symbol.dispose]());
    return archive;
  } catch (error) {
    kept[Symbol.dispose]();
    throw error;
  }
}

/**
 * Images in a directory, which is made unless it is there: as an OCI image layout, to one of which they are added, unless the
 * format says otherwise.
 *
 * @throws LibpodError as `saveArchive`; ERR_NO_SPACE; ERR_SYSTEM with EEXIST if there is something else; ERR_IMAGE_INVALID if
 *   there is a layout with an index that is none
 */
export async function saveDirectory(
  store: ImageStore,
  asked: readonly string[],
  directory: string,
  options: SaveDirectoryOptions,
): Promise<void> {
  using _kept = await store.keepAll(options.signal);
  const { format = 'oci-dir' } = options;
  const files = await filesOf(store, asked, format, { ...options, into: directory });
  const isIndex = ({ name }: ArchiveFile): boolean => name === 'index.json';
  // Whoever finds an image in the index finds all of it.
  const inOrder = [...files.filter((file) => !isIndex(file)), ...files.filter(isIndex)];
  await writeFiles(directory, format === 'oci-dir' ? 'blobs/sha256' : '.', inOrder, options.signal);
}
