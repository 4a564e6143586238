import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { copyTree } from '../../archive/copy-tree.js';
import { fileError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { makeDirectories } from '../../base/make-directories.js';
import { FileLock } from '../../linux/files/file-lock.js';
import { runFileSteps } from '../../linux/files/files.js';
import { openBeneath } from '../../linux/files/open-beneath.js';
import { digestHex } from '../../oci/digest.js';
import { readFileIfThere, writeWhole } from '../layout/blob-file.js';
import { makeFrame } from '../layout/frame.js';
import { lockByte } from '../layout/layout.js';
import { unpackLayer, type LayerSource, type UnpackedLayer, type UnpackLimits } from './unpack.js';

/** Directories in the making, and on their way out. */
const NEW = '.new-';
const OLD = '.old-';

/**
 * Removes the tree of a layer, of any depth: its links may have led to names that are longer than a path can be. Node's own rm
 * goes by paths, and holds all names at once, which for a million of them is 1.9 GB.
 */
async function removeTree(directory: string): Promise<void> {
  await runFileSteps('remove a layer', [{ op: 'remove', path: directory }]);
}

/** What a record says; undefined for one that is damaged. */
function parseRecord(bytes: Buffer): UnpackedLayer | undefined {
  try {
    const { size, opaque } = JSON.parse(bytes.toString('utf8')) as UnpackedLayer;
    return Number.isSafeInteger(size) && size >= 0 && typeof opaque === 'boolean'
      ? { size, opaque }
      : undefined;
  } catch {
    return undefined;
  }
}

function isDirectory(there: string): boolean {
  return statSync(there, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * The unpacked layers: ROOT/layers/CHAINID/{diff,layer.json}. One is made once, by whoever holds its byte of the lock file;
 * it appears whole, by rename. What is in the making and not locked is nobody's.
 *
 * Where the kernel makes no overlays, each is a whole tree: a copy of the one beneath it, changed as its archive says.
 */
export class LayerStore {
  readonly #directory: string;
  readonly #lockFile: string;

  constructor(
    directory: string,
    /** Whether each layer is the whole tree of its chain. */
    readonly whole: boolean,
  ) {
    this.#directory = directory;
    this.#lockFile = path.join(directory, 'lock');
  }

  /** Makes what is missing. @throws LibpodError ERR_NO_SPACE */
  prepare(): void {
    makeFrame([this.#directory], this.#lockFile);
  }

  #path(chainId: string): string {
    return path.join(this.#directory, digestHex(chainId));
  }

  /** The tree of a layer. */
  treePath(chainId: string): string {
    return path.join(this.#path(chainId), 'diff');
  }

  /** What is known of a layer; undefined if it is not here. @throws LibpodError ERR_RECORD_DAMAGED */
  find(chainId: string): UnpackedLayer | undefined {
    const record = path.join(this.#path(chainId), 'layer.json');
    const bytes = readFileIfThere(record);
    if (bytes === undefined || !isDirectory(this.treePath(chainId))) return undefined;
    const found = parseRecord(bytes);
    if (found !== undefined) return found;
    throw new LibpodError(
      'ERR_RECORD_DAMAGED',
      `the record ${record} of a layer is damaged: pull its image again, or run libpod system check --repair`,
    );
  }

  /** Whether a layer is here and its record is whole. */
  #isHere(chainId: string): boolean {
    try {
      return this.find(chainId) !== undefined;
    } catch (error) {
      if (LibpodError.is(error)) return false;
      throw error;
    }
  }

  /** The bytes of a layer's archive, decompressed; 0 for one that is missing or damaged. */
  sizeOf(chainId: string): number {
    return this.#isHere(chainId) ? (this.find(chainId)?.size ?? 0) : 0;
  }

  /**
   * The directories of a stack of layers for an overlay, the topmost first; the only one where layers are whole trees.
   *
   * @param chain the chain IDs, the lowest first
   * @throws LibpodError ERR_NOT_FOUND if one is not here
   */
  lowerDirectories(chain: readonly string[]): string[] {
    const lower: string[] = [];
    for (const chainId of [...chain].reverse()) {
      const layer = this.find(chainId);
      if (layer === undefined)
        throw new LibpodError(
          'ERR_NOT_FOUND',
          `the layer ${this.#path(chainId)} is missing: pull its image again, or run libpod system check --repair`,
        );
      lower.push(this.treePath(chainId));
      if (layer.opaque || this.whole) break;
    }
    return lower;
  }

  /** A tree with nothing in it, as long as it is wanted: what the lowest layer of an image lies on. */
  emptyTree(): { readonly path: string } & Disposable {
    const tree = path.join(this.#directory, `${NEW}${randomBytes(32).toString('hex')}`);
    mkdirSync(tree, { mode: 0o755 });
    return { path: tree, [Symbol.dispose]: () => rmdirSync(tree) };
  }

  /**
   * Unpacks a layer, unless it is here.
   *
   * @param chain the chain IDs up to this one, the lowest first; those below it are here
   * @param source its archive; asked for only if it has to be unpacked
   */
  async ensure(
    chain: readonly string[],
    source: () => Promise<LayerSource>,
    limits?: UnpackLimits,
    signal?: AbortSignal,
  ): Promise<void> {
    const chainId = chain.at(-1);
    if (chainId === undefined || this.#isHere(chainId)) return;
    const archive = await source();
    const range = { start: lockByte(chainId), length: 1 };
    using _lock = await FileLock.acquire(this.#lockFile, range, signal);
    if (this.#isHere(chainId)) return;
    const making = path.join(this.#directory, `${NEW}${digestHex(chainId)}`);
    try {
      // Of one that was killed.
      await removeTree(making);
      const tree = path.join(making, 'diff');
      makeDirectories(tree, 0o755);
      const lower = this.lowerDirectories(chain.slice(0, -1));
      if (this.whole) await this.#copyBelow(lower, tree);
      const found = await unpackLayer(archive, tree, { lower, whole: this.whole }, limits, signal);
      const record = path.join(making, 'layer.json');
      await writeWhole(
        record,
        `${record}.new`,
        Buffer.from(JSON.stringify({ diffId: archive.diffId, ...found })),
      );
      // What is left of one that was damaged.
      await this.#remove(digestHex(chainId), this.#path(chainId));
      renameSync(making, this.#path(chainId));
    } catch (error) {
      await removeTree(making);
      throw error instanceof LibpodError ? error : fileError(`unpack the layer ${chainId}`, error);
    }
  }

  async #copyBelow([below]: readonly string[], tree: string): Promise<void> {
    if (below === undefined) return;
    using source = openBeneath(below, '.', { access: 'path', directory: true });
    await copyTree(source, tree);
  }

  /** Removes a layer that is damaged; containers that run keep what they have of it. */
  async discard(chainId: string): Promise<void> {
    using _lock = await FileLock.acquire(this.#lockFile, { start: lockByte(chainId), length: 1 });
    await this.#remove(digestHex(chainId), this.#path(chainId));
  }

  /** Removes a directory of a layer; its lock is held. */
  async #remove(hex: string, there: string): Promise<void> {
    const going = path.join(this.#directory, `${OLD}${hex}`);
    if (there !== going) {
      // By rename first: one that is half removed must not look whole.
      await removeTree(going);
      if (existsSync(there)) renameSync(there, going);
    }
    await removeTree(going);
  }

  /** The chain IDs of the layers that are here. */
  list(): string[] {
    return readdirSync(this.#directory)
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map((hex) => `sha256:${hex}`);
  }

  /** Removes layers that no image has, and what nobody is making. The caller holds the layout's `sweepLock`. */
  async sweep(used: ReadonlySet<string>): Promise<void> {
    for (const name of readdirSync(this.#directory)) {
      const hex = name.replace(/^\.(?:new|old)-/, '');
      if (!/^[0-9a-f]{64}$/.test(hex) || (name === hex && used.has(`sha256:${hex}`))) continue;
      using lock = FileLock.tryAcquire(this.#lockFile, { start: lockByte(`sha256:${hex}`), length: 1 });
      if (lock === undefined) continue;
      await this.#remove(hex, path.join(this.#directory, name));
    }
  }
}
