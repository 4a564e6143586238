import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { decompressed } from '../../archive/decompress.js';
import { fileError } from '../../base/errno.js';
import { makeDirectories } from '../../base/make-directories.js';
import { throwIfAborted } from '../../linux/kernel-error.js';
import { Digester } from '../../oci/digest.js';
import type { ImageLayout } from './layout.js';

/** A blob that came from somewhere else than a registry. */
export interface IncomingBlob {
  readonly digest: string;
  readonly size: number;
  /** Its first bytes, which tell how it is compressed. */
  readonly head: Buffer;
}

const HEAD_BYTES = 8;
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * Keeps what comes as a blob, under the digest that it turns out to have. The caller holds `keepAll`.
 *
 * @throws LibpodError ERR_NO_SPACE, ERR_ABORTED; what the source throws
 */
export async function receiveBlob(
  layout: ImageLayout,
  pieces: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<IncomingBlob> {
  // A name as blobs on their way have them, so that a sweep takes it for one after a crash.
  const file = layout.partPath(`sha256:${randomBytes(32).toString('hex')}`);
  const digester = new Digester();
  let head = Buffer.alloc(0);
  // What fails to be written, and what fails to be read, are different things to say.
  const writing = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw fileError(`write ${file}`, error);
    }
  };
  try {
    const handle = await writing(() => {
      makeDirectories(path.dirname(file), 0o700);
      return open(file, 'wx', 0o600);
    });
    try {
      for await (const piece of pieces) {
        throwIfAborted('receive an image', signal);
        if (head.length < HEAD_BYTES) head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES)]);
        await writing(() => handle.writeFile(piece));
        digester.update(piece);
      }
      await writing(() => handle.sync());
    } finally {
      await handle.close();
    }
    const { size } = digester;
    const digest = digester.digest();
    using _lock = await layout.lockBlob(digest, signal);
    await writing(() => renameSync(file, layout.blobPath(digest)));
    return { digest, size, head: head.subarray(0, HEAD_BYTES) };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** The media type of a layer, by its first bytes: RFC 1952, RFC 8878. */
export function layerMediaType({ head }: IncomingBlob): string {
  const compression =
    head[0] === 0x1f && head[1] === 0x8b ? '+gzip' : head.subarray(0, 4).equals(ZSTD) ? '+zstd' : '';
  return `application/vnd.oci.image.layer.v1.tar${compression}`;
}

/** The digest of a layer's archive when it is decompressed. @throws LibpodError ERR_ARCHIVE, ERR_ABORTED */
export async function diffIdOf(layout: ImageLayout, digest: string, signal?: AbortSignal): Promise<string> {
  const digester = new Digester();
  for await (const piece of decompressed(layout.readBlob(digest))) {
    throwIfAborted('read a layer', signal);
    digester.update(piece);
  }
  return digester.digest();
}
