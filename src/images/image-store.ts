import path from 'node:path';
import { LibpodError } from '../base/errors.js';
import type { FileLock } from '../linux/files/file-lock.js';
import { chainIds, digestHex } from '../oci/digest.js';
import { MEDIA_TYPES, type Descriptor } from '../oci/image-spec.js';
import { parseImageConfig, parseManifest } from '../oci/validate-image.js';
import { INDEX_ANNOTATION, nameOf, repositoryOf, withName, type Image } from './image.js';
import { LayerStore } from './layers/layers.js';
import { ImageLayout } from './layout/layout.js';
import {
  candidateNames,
  completeReference,
  parseReference,
  referenceText,
  type WrittenReference,
} from './reference.js';

/** What a sweep has freed. */
export interface SweepReport {
  /** Bytes of blobs. */
  readonly freed: number;
  /** False if it was put off, because somebody is bringing an image, or nothing tells what one that is damaged has. */
  readonly complete: boolean;
}

/** An image of which a document is missing or damaged, so that it cannot be used. */
export interface UnreadableImage {
  /** The digest of its manifest. */
  readonly digest: string;
  readonly names: readonly string[];
  /** What is wrong, and what to do. */
  readonly problem: LibpodError;
}

/** An entry once, without a name, for an image that has lost its last one. */
function withoutDuplicates(entries: readonly Descriptor[]): Descriptor[] {
  const named = new Set(entries.filter((entry) => nameOf(entry) !== undefined).map(({ digest }) => digest));
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const name = nameOf(entry);
    if (name === undefined && named.has(entry.digest)) return false;
    const key = `${entry.digest} ${name ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The images of a store: an image layout, and the layers beside it. */
export class ImageStore {
  readonly layout: ImageLayout;
  readonly layers: LayerStore;
  #prepared: Promise<void> | undefined;

  /**
   * @param root the store's
   * @param driver `vfs` for layers that are whole trees
   */
  constructor(root: string, driver: 'overlay' | 'vfs' = 'overlay') {
    this.layout = new ImageLayout(path.join(root, 'images'));
    this.layers = new LayerStore(path.join(root, 'layers'), driver === 'vfs');
  }

  /** Makes the directories, the first time that something is to be written. */
  async prepare(): Promise<void> {
    this.#prepared ??= (async () => {
      this.layers.prepare();
      await this.layout.prepare();
    })();
    await this.#prepared;
  }

  #image(digest: string, entries: readonly Descriptor[]): Image {
    const own = entries.filter((entry) => entry.digest === digest);
    const manifest = this.layout.document(digest, (bytes) => parseManifest(bytes, `the manifest ${digest}`));
    const config = this.layout.document(manifest.config.digest, (bytes) =>
      parseImageConfig(bytes, `the configuration ${manifest.config.digest}`),
    );
    return {
      id: digestHex(manifest.config.digest),
      digest,
      indexDigest: own
        .map(({ annotations }) => annotations?.[INDEX_ANNOTATION])
        .find((one) => one !== undefined),
      names: own.flatMap((entry) => nameOf(entry) ?? []),
      manifest,
      config,
      chain: chainIds(config.rootfs.diff_ids),
    };
  }

  /** All images, the newest first, and apart from them those that cannot be read: they cost nobody but themselves. */
  read(): { readonly images: Image[]; readonly unreadable: UnreadableImage[] } {
    const entries = this.layout.index();
    const images: Image[] = [];
    const unreadable: UnreadableImage[] = [];
    for (const digest of new Set(entries.map((entry) => entry.digest))) {
      try {
        images.push(this.#image(digest, entries));
      } catch (problem) {
        if (!LibpodError.is(problem)) throw problem;
        const names = entries
          .filter((entry) => entry.digest === digest)
          .flatMap((entry) => nameOf(entry) ?? []);
        unreadable.push({ digest, names, problem });
      }
    }
    images.sort((a, b) => (b.config.created ?? '').localeCompare(a.config.created ?? ''));
    return { images, unreadable };
  }

  /** All images that can be read, the newest first. */
  list(): Image[] {
    return this.read().images;
  }

  #byName(text: string, entries: readonly Descriptor[]): string | undefined {
    let written: WrittenReference;
    try {
      written = parseReference(text);
    } catch (error) {
      // A part of an ID may be no name, and then it is only not found.
      if (LibpodError.is(error, 'ERR_INVALID_ARGUMENT')) return undefined;
      throw error;
    }
    const { digest } = written;
    if (digest !== undefined) {
      const repositories = candidateNames({ ...written, tag: 'x', digest: undefined }).map(repositoryOf);
      return entries.find(
        (entry) =>
          (entry.digest === digest || entry.annotations?.[INDEX_ANNOTATION] === digest) &&
          repositories.includes(repositoryOf(nameOf(entry) ?? '')),
      )?.digest;
    }
    for (const name of candidateNames(written)) {
      const found = entries.find((entry) => nameOf(entry) === name);
      if (found !== undefined) return found.digest;
    }
    // A short name may be one of a registry that registries.conf names.
    const { repository, tag = 'latest' } = written;
    return written.registry === undefined
      ? entries.find((entry) => nameOf(entry)?.endsWith(`/${repository}:${tag}`))?.digest
      : undefined;
  }

  /**
   * The image with this name, or with an ID that starts so; undefined if there is none.
   *
   * @throws LibpodError ERR_AMBIGUOUS
   */
  lookUp(nameOrId: string): Image | undefined {
    const entries = this.layout.index();
    const named = this.#byName(nameOrId, entries);
    if (named !== undefined) return this.#image(named, entries);
    const hex = nameOrId.replace(/^sha256:/, '');
    if (!/^[0-9a-f]{3,64}$/.test(hex)) return undefined;
    const found = this.list().filter(({ id }) => id.startsWith(hex));
    if (new Set(found.map(({ id }) => id)).size > 1)
      throw new LibpodError(
        'ERR_AMBIGUOUS',
        `more than one image has an ID that starts with ${hex}: give more digits`,
      );
    return found[0];
  }

  /** The image with this name or ID. @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS */
  find(nameOrId: string): Image {
    const found = this.lookUp(nameOrId);
    if (found !== undefined) return found;
    throw new LibpodError('ERR_NO_SUCH_IMAGE', `${nameOrId}: image not known`);
  }

  /** The media type of an image's manifest: what the index says. */
  mediaTypeOf({ digest }: Image): string {
    const entry = this.layout.index().find((one) => one.digest === digest);
    return entry?.mediaType ?? MEDIA_TYPES.manifest[0];
  }

  /**
   * Gives a manifest that is in the layout a name; an image that had it loses it. Of manifests of one image, as its layers may
   * come compressed or not, none stays without a name beside one that has one.
   */
  async publish(entry: Descriptor, name: string | undefined): Promise<void> {
    await this.layout.changeIndex((entries) => {
      const { id } = this.#image(entry.digest, entries);
      const others = entries.map((other) =>
        name !== undefined && nameOf(other) === name && other.digest !== entry.digest
          ? withName(other, undefined)
          : other,
      );
      const isSame = (other: Descriptor): boolean => {
        if (nameOf(other) !== undefined) return false;
        try {
          return this.#image(other.digest, entries).id === id;
        } catch {
          // Another image that is damaged keeps nobody from pulling.
          return false;
        }
      };
      const kept = name === undefined ? others : others.filter((other) => !isSame(other));
      return withoutDuplicates([withName(entry, name), ...kept]);
    });
  }

  /**
   * Gives an image one more name.
   *
   * @param name with `localhost/` in front where no registry is given
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_INVALID_ARGUMENT
   */
  async tag(nameOrId: string, name: string): Promise<void> {
    const written = parseReference(name);
    if (written.digest !== undefined)
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `${name} has a digest, which cannot be given: name a tag`,
      );
    const full = referenceText(completeReference(written, 'localhost'));
    const { digest } = this.find(nameOrId);
    const entry = this.layout.index().find((one) => one.digest === digest) as Descriptor;
    await this.publish(entry, full);
  }

  /** Takes names from an image, which stays. @param names all of them unless given */
  async untag(nameOrId: string, names: readonly string[] = []): Promise<void> {
    const image = this.find(nameOrId);
    const going = names.length === 0 ? image.names : names.map((name) => this.nameAmong(image, name));
    await this.layout.changeIndex((entries) =>
      withoutDuplicates(
        entries.map((entry) =>
          entry.digest === image.digest && going.includes(nameOf(entry) ?? '')
            ? withName(entry, undefined)
            : entry,
        ),
      ),
    );
  }

  /** The name of an image as it is recorded. @throws LibpodError ERR_NO_SUCH_IMAGE if it has another */
  nameAmong(image: Image, name: string): string {
    const entries = this.layout.index().filter(({ digest }) => digest === image.digest);
    const candidates = candidateNames(parseReference(name));
    const found =
      candidates.find((one) => image.names.includes(one)) ??
      entries.map(nameOf).find((one) => one?.endsWith(`/${name}`) === true);
    if (found !== undefined) return found;
    throw new LibpodError('ERR_NO_SUCH_IMAGE', `${name}: the image has no such name`);
  }

  /** Takes an image out of the index; its files go with the next sweep. */
  async forget(image: Image): Promise<void> {
    await this.layout.changeIndex((entries) => entries.filter(({ digest }) => digest !== image.digest));
  }

  /** Held while an image is made or taken into use; as long, nothing of any image is removed. */
  async keepAll(signal?: AbortSignal): Promise<FileLock> {
    await this.prepare();
    // An index that cannot be read is told before anything is brought.
    this.layout.index();
    return this.layout.keepAll(signal);
  }

  /**
   * Removes what no image has: blobs, layers, and what was left by those who were killed.
   *
   * @param usedTrees the directories of layers that containers have
   * @param wait for those who are bringing images; else it is put off while there are any
   */
  async sweep(usedTrees: () => ReadonlySet<string>, wait = false): Promise<SweepReport> {
    await this.prepare();
    using lock = await this.layout.sweepLock(wait);
    if (lock === undefined) return { freed: 0, complete: false };
    const { images, unreadable } = this.read();
    // What it has is still of use to a repair, or to a pull.
    if (unreadable.length > 0) return { freed: 0, complete: false };
    const blobs = new Set(
      images.flatMap(({ digest, manifest }) => [
        digest,
        manifest.config.digest,
        ...manifest.layers.map((layer) => layer.digest),
      ]),
    );
    const freed = await this.layout.sweep(blobs);
    const trees = usedTrees();
    const chains = new Set([
      ...images.flatMap(({ chain }) => chain),
      ...this.layers.list().filter((chainId) => trees.has(this.layers.treePath(chainId))),
    ]);
    await this.layers.sweep(chains);
    return { freed, complete: true };
  }
}
