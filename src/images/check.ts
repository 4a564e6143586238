import { createReadStream } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { chainIds, Digester, digestHex } from '../oci/digest.js';
import type { Descriptor, ImageConfig, ImageManifest } from '../oci/image-spec.js';
import { parseImageConfig, parseManifest } from '../oci/validate-image.js';
import { fileSize } from './layout/blob-file.js';
import { checkLayer } from './layers/check.js';
import { nameOf } from './image.js';
import type { ImageStore } from './image-store.js';

/** A layer whose tree is not what its archive says, and where it would be made from again. */
export interface DamagedLayer {
  readonly problems: readonly string[];
  /** The chain IDs up to it, the lowest first. */
  readonly chain: readonly string[];
  readonly diffId: string;
  readonly blob: Descriptor;
}

/** An image of which something is missing or damaged that the registry has to bring again. */
export interface DamagedImage {
  /** Its ID, or the digest of its manifest where nothing tells the ID. */
  readonly id: string;
  readonly digest: string;
  readonly names: readonly string[];
  readonly problems: readonly string[];
  /** The blobs that are damaged. */
  readonly blobs: readonly string[];
  /** Whether its manifest or its configuration is: nothing can be done with it then. */
  readonly unreadable: boolean;
}

/** What a check of the images has found. */
export interface ImageCheck {
  /** By chain ID. */
  readonly layers: ReadonlyMap<string, DamagedLayer>;
  readonly images: readonly DamagedImage[];
}

function messageOf(error: unknown): string {
  if (!(error instanceof LibpodError)) throw error;
  return error.message;
}

/** What is wrong with a blob; undefined if nothing is. */
async function blobProblem(
  { layout }: ImageStore,
  { digest, size }: Descriptor,
  quick: boolean,
): Promise<string | undefined> {
  const file = layout.blobPath(digest);
  const there = fileSize(file);
  if (there === undefined) return `the blob ${digest} is missing`;
  if (there !== size) return `the blob ${digest} has ${there} bytes instead of ${size}`;
  if (quick) return undefined;
  const digester = new Digester();
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    digester.update(piece as Buffer);
  return digester.digest() === digest ? undefined : `the blob ${digest} has another content`;
}

/** One look at a store; a blob or a layer that several images have is looked at once. */
class Check {
  readonly #store: ImageStore;
  readonly #quick: boolean;
  readonly #blobs = new Map<string, string | undefined>();
  readonly layers = new Map<string, DamagedLayer>();
  readonly #sound = new Set<string>();
  readonly images: DamagedImage[] = [];

  constructor(store: ImageStore, quick: boolean) {
    this.#store = store;
    this.#quick = quick;
  }

  async #blob(descriptor: Descriptor): Promise<string | undefined> {
    const { digest } = descriptor;
    if (!this.#blobs.has(digest))
      this.#blobs.set(digest, await blobProblem(this.#store, descriptor, this.#quick));
    return this.#blobs.get(digest);
  }

  async image(digest: string, names: readonly string[]): Promise<void> {
    const { layout } = this.#store;
    const unreadable = (id: string, blob: string, error: unknown): void => {
      const problems = [messageOf(error)];
      this.images.push({ id, digest, names, problems, blobs: [blob], unreadable: true });
    };
    let manifest: ImageManifest;
    try {
      manifest = parseManifest(layout.readDocument(digest), `the manifest ${digest}`);
    } catch (error) {
      unreadable(digest, digest, error);
      return;
    }
    const configDigest = manifest.config.digest;
    const id = digestHex(configDigest);
    let config: ImageConfig;
    try {
      config = parseImageConfig(layout.readDocument(configDigest), `the configuration ${configDigest}`);
    } catch (error) {
      unreadable(id, configDigest, error);
      return;
    }
    const problems: string[] = [];
    const blobs: string[] = [];
    const diffIds = config.rootfs.diff_ids;
    const chain = chainIds(diffIds);
    for (const [at, blob] of manifest.layers.entries()) {
      const problem = await this.#blob(blob);
      if (problem !== undefined) {
        problems.push(problem);
        blobs.push(blob.digest);
      }
      const layer = { chain: chain.slice(0, at + 1), diffId: diffIds[at] ?? '', blob };
      await this.#layer(layer, problem === undefined);
    }
    if (problems.length > 0) this.images.push({ id, digest, names, problems, blobs, unreadable: false });
  }

  /** The tree beneath a layer that is a whole one, '' for none; undefined for a layer of an overlay. */
  #below(chain: readonly string[]): string | undefined {
    const { layers } = this.#store;
    const beneath = chain.at(-2);
    return layers.whole ? (beneath === undefined ? '' : layers.treePath(beneath)) : undefined;
  }

  /** @param whole whether its archive is */
  async #layer(layer: Omit<DamagedLayer, 'problems'>, whole: boolean): Promise<void> {
    const chainId = layer.chain.at(-1) ?? '';
    if (this.#sound.has(chainId) || this.layers.has(chainId)) return;
    const { layers, layout } = this.#store;
    let problems: string[] = [];
    try {
      if (layers.find(chainId) === undefined) problems = ['it is missing'];
    } catch (error) {
      problems = [messageOf(error)];
    }
    if (problems.length === 0 && whole && !this.#quick)
      problems = await checkLayer(
        layers.treePath(chainId),
        layout.readBlob(layer.blob.digest),
        this.#below(layer.chain),
      );
    if (problems.length === 0) this.#sound.add(chainId);
    else this.layers.set(chainId, { ...layer, problems });
  }
}

/**
 * Looks for damage of images and of their layers; nobody removes any meanwhile.
 *
 * @param options.quick only whether all is there, in the right size: contents are not read
 */
export async function checkImages(
  store: ImageStore,
  { quick = false }: { readonly quick?: boolean | undefined } = {},
): Promise<ImageCheck> {
  using _kept = await store.keepAll();
  const check = new Check(store, quick);
  const entries = store.layout.index();
  for (const digest of new Set(entries.map((entry) => entry.digest))) {
    const names = entries.filter((entry) => entry.digest === digest).flatMap((entry) => nameOf(entry) ?? []);
    await check.image(digest, names);
  }
  return { layers: check.layers, images: check.images };
}

/**
 * Mends what can be mended from what is here: a layer whose archive is whole is unpacked anew. Containers that run keep the
 * tree that they have.
 *
 * @returns the chain IDs of those that were
 */
export async function mendLayers(store: ImageStore, { layers, images }: ImageCheck): Promise<string[]> {
  using _kept = await store.keepAll();
  const lost = new Set(images.flatMap(({ blobs }) => blobs));
  const mended: string[] = [];
  // From below: a layer is unpacked over those beneath it.
  const order = [...layers].sort(([, a], [, b]) => a.chain.length - b.chain.length);
  for (const [chainId, { chain, diffId, blob }] of order) {
    await store.layers.discard(chainId);
    if (lost.has(blob.digest)) continue;
    const read = () => store.layout.readBlob(blob.digest);
    await store.layers.ensure(chain, () => Promise.resolve({ read, size: blob.size, diffId }));
    mended.push(chainId);
  }
  return mended;
}
