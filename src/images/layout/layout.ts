import { createReadStream, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { LibpodError } from '../../base/errors.js';
import { FileLock } from '../../linux/files/file-lock.js';
import { digestHex, digestOf } from '../../oci/digest.js';
import type { Descriptor } from '../../oci/image-spec.js';
import { parseLayoutIndex } from '../../oci/validate-image.js';
import { DocumentCache } from './document-cache.js';
import { fileSize, READ_BYTES, readFileIfThere, writeWhole } from './blob-file.js';
import { makeFrame } from './frame.js';

/** The file that makes a directory a layout. */
export const LAYOUT_FILE = JSON.stringify({ imageLayoutVersion: '1.0.0' });
function indexText(manifests: readonly Descriptor[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
}

/** What is read of a document at most: manifests and configurations are small. */
const MOST_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** The bytes of the lock file that guard index.json, and what is not in it yet; blobs have others. */
const INDEX_LOCK = 0;
const GATE_LOCK = 1;

/** What the index of a layout names; undefined if there is none. @throws LibpodError ERR_IMAGE_INVALID, which says what to do */
function readIndex(file: string): readonly Descriptor[] | undefined {
  try {
    const bytes = readFileIfThere(file);
    return bytes === undefined ? undefined : parseLayoutIndex(bytes, file).manifests;
  } catch (error) {
    if (!LibpodError.is(error)) throw error;
    throw new LibpodError(error.code, `${error.message}: ${MEND}`, { cause: error });
  }
}

const MEND =
  'libpod system check --repair finds the images again, without their names; or put a copy of the file there';

/** The byte of a lock file that belongs to a digest: 48 of its bits, behind those with a meaning of their own. */
export function lockByte(digest: string): number {
  return Number.parseInt(digestHex(digest).slice(0, 12), 16) + 2;
}

/**
 * An image layout on disk (image-spec, image-layout.md), to which other programs may copy and from which they may read at
 * any time. Every file appears whole. Who changes the index, or brings a blob, holds a byte of the lock file: the kernel
 * frees it when its holder dies, so what is unfinished and not locked is nobody's.
 */
export class ImageLayout {
  readonly directory: string;
  /** The images and their names; and what makes the directory a layout. */
  readonly indexFile: string;
  readonly layoutFile: string;
  readonly blobDirectory: string;
  readonly #lockFile: string;
  /** Blobs on their way. */
  readonly #parts: string;
  readonly #documents = new DocumentCache();

  constructor(directory: string) {
    this.directory = directory;
    this.indexFile = path.join(directory, 'index.json');
    this.layoutFile = path.join(directory, 'oci-layout');
    this.blobDirectory = path.join(directory, 'blobs/sha256');
    this.#lockFile = path.join(directory, 'lock');
    this.#parts = path.join(directory, 'parts');
  }

  /** Makes what is missing. @throws LibpodError ERR_NO_SPACE */
  async prepare(): Promise<void> {
    makeFrame([this.blobDirectory, this.#parts], this.#lockFile);
    using _lock = await this.#lock(INDEX_LOCK);
    if (fileSize(this.layoutFile) === undefined) await this.#write(this.layoutFile, Buffer.from(LAYOUT_FILE));
    if (fileSize(this.indexFile) === undefined && !this.#isIndexLost())
      await this.#write(this.indexFile, indexText([]));
  }

  async #write(file: string, bytes: Buffer): Promise<void> {
    await writeWhole(file, `${file}.new`, bytes);
  }

  /** Whether there was an index: without one no blob was ever brought. */
  #isIndexLost(): boolean {
    try {
      return readdirSync(this.blobDirectory).length > 0;
    } catch {
      return false;
    }
  }

  async #lock(byte: number, signal?: AbortSignal, shared = false): Promise<FileLock> {
    const lock = await FileLock.acquire(this.#lockFile, { start: byte, length: 1, shared }, signal);
    if (lock !== undefined) return lock;
    throw new LibpodError('ERR_NOT_FOUND', `the image store ${this.directory} was removed`);
  }

  /**
   * Held, with others, by whoever makes blobs or layers that no image has yet, or uses an image that may go: as long, nothing
   * is swept.
   */
  keepAll(signal?: AbortSignal): Promise<FileLock> {
    return this.#lock(GATE_LOCK, signal, true);
  }

  /** Held alone by whoever sweeps. @param wait else undefined while somebody holds `keepAll` */
  async sweepLock(wait: boolean, signal?: AbortSignal): Promise<FileLock | undefined> {
    return wait
      ? this.#lock(GATE_LOCK, signal)
      : FileLock.tryAcquire(this.#lockFile, { start: GATE_LOCK, length: 1 });
  }

  /** Held by whoever brings a blob, so that it is brought once. */
  lockBlob(digest: string, signal?: AbortSignal): Promise<FileLock> {
    return this.#lock(lockByte(digest), signal);
  }

  blobPath(digest: string): string {
    return path.join(this.blobDirectory, digestHex(digest));
  }

  readBlob(digest: string): AsyncIterable<Buffer> {
    return createReadStream(this.blobPath(digest), { highWaterMark: READ_BYTES });
  }

  /** Where a blob is collected; it may be there in part from an earlier try. */
  partPath(digest: string): string {
    return path.join(this.#parts, digestHex(digest));
  }

  hasBlob({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): boolean {
    return fileSize(this.blobPath(digest)) === size;
  }

  /**
   * A document that is a blob, checked against its digest.
   *
   * @throws LibpodError ERR_NOT_FOUND; ERR_IMAGE_INVALID for one that is damaged
   */
  readDocument(digest: string): Buffer {
    const file = this.blobPath(digest);
    const size = fileSize(file);
    const bytes = size === undefined || size > MOST_DOCUMENT_BYTES ? undefined : readFileIfThere(file);
    if (bytes === undefined)
      throw new LibpodError(
        'ERR_NOT_FOUND',
        `the blob ${digest} of an image is missing: pull the image again, or have libpod system check --repair remove it`,
      );
    if (digestOf(bytes) !== digest)
      throw new LibpodError(
        'ERR_IMAGE_INVALID',
        `the blob ${file} is damaged: pull the image again, or have libpod system check --repair remove it`,
      );
    return bytes;
  }

  /** A document, parsed. @param parse of this document always the same function @throws as `readDocument`, and what it throws */
  document<T extends object>(digest: string, parse: (bytes: Buffer) => T): T {
    return this.#documents.get(this.blobPath(digest), () => parse(this.readDocument(digest)));
  }

  /** Whether a document is here and whole; one that is damaged is no document. */
  hasDocument({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): boolean {
    if (!this.hasBlob({ digest, size })) return false;
    const bytes = readFileIfThere(this.blobPath(digest));
    return bytes !== undefined && digestOf(bytes) === digest;
  }

  /** Removes a blob that is damaged, so that the next one to need it brings it again. */
  async discardBlob(digest: string): Promise<void> {
    using _lock = await this.lockBlob(digest);
    rmSync(this.blobPath(digest), { force: true, recursive: true });
  }

  /** Keeps a document. @returns its digest */
  async putDocument(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    using _lock = await this.lockBlob(digest);
    if (!this.hasDocument({ digest, size: bytes.length }))
      await writeWhole(this.blobPath(digest), `${this.partPath(digest)}.document`, bytes);
    return digest;
  }

  /**
   * The images, as the index has them now.
   *
   * @throws LibpodError ERR_IMAGE_INVALID if it is damaged, or missing while there are blobs: an empty one would be their end
   */
  index(): readonly Descriptor[] {
    return this.#documents.get(this.indexFile, () => {
      const entries = readIndex(this.indexFile);
      if (entries !== undefined) return entries;
      if (this.#isIndexLost())
        throw new LibpodError('ERR_IMAGE_INVALID', `${this.indexFile} of the images is missing: ${MEND}`);
      return [];
    });
  }

  /** Changes the index, alone. @param change answers the new entries, or undefined to leave it */
  async changeIndex(
    change: (entries: readonly Descriptor[]) => readonly Descriptor[] | undefined,
  ): Promise<void> {
    using _lock = await this.#lock(INDEX_LOCK);
    const manifests = change(this.index());
    if (manifests === undefined) return;
    await this.#write(this.indexFile, indexText(manifests));
  }

  /** Makes index.json or oci-layout anew, alone. @param make answers the entries, or that the other is meant, or undefined to leave it */
  async remake(file: string, make: () => readonly Descriptor[] | 'layout' | undefined): Promise<void> {
    using _lock = await this.#lock(INDEX_LOCK);
    const made = make();
    if (made === undefined) return;
    await this.#write(file, made === 'layout' ? Buffer.from(LAYOUT_FILE) : indexText(made));
  }

  /**
   * Removes blobs that no image has, and parts of blobs that nobody is bringing. The caller holds `sweepLock`.
   *
   * @param used the digests of blobs that images have
   * @returns the bytes that were freed
   */
  async sweep(used: ReadonlySet<string>): Promise<number> {
    let freed = 0;
    for (const [directory, isUsed] of [
      [this.blobDirectory, (hex: string) => used.has(`sha256:${hex}`)],
      [this.#parts, () => false],
    ] as const) {
      for (const name of readdirSync(directory)) {
        const hex = name.slice(0, 64);
        if (isUsed(hex) || !/^[0-9a-f]{64}$/.test(hex)) continue;
        using lock = FileLock.tryAcquire(this.#lockFile, { start: lockByte(`sha256:${hex}`), length: 1 });
        if (lock === undefined) continue;
        const file = path.join(directory, name);
        freed += fileSize(file) ?? 0;
        rmSync(file, { force: true });
      }
    }
    return freed;
  }
}
