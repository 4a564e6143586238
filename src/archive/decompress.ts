import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { archiveError } from './tar-header.js';
import { unzstd } from './zstd.js';

/** The first bytes of other compressions, which nothing here can read. */
const OTHERS: readonly (readonly [name: string, magic: Buffer])[] = [
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
];
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const GZIP = Buffer.from([0x1f, 0x8b]);
const MOST_MAGIC = 6;
/** What comes out of a decompressor at once: its trips to a thread cost more than their bytes. */
const CHUNK_BYTES = 256 * 1024;

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/**
 * The bytes of an archive, decompressed if they are in the format of gzip (RFC 1952) or of zstd (RFC 8878).
 *
 * @throws LibpodError ERR_ARCHIVE for another compression, and for a damaged one
 */
export async function* decompressed(
  archive: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const pieces = archive[Symbol.asyncIterator]();
  let ended = false;
  const rest = async function* (first: Buffer): AsyncGenerator<Uint8Array, void, void> {
    if (first.length > 0) yield first;
    while (!ended) {
      const next = await pieces.next();
      ended = next.done === true;
      if (next.done !== true) yield next.value;
    }
  };
  try {
    let first: Buffer = Buffer.alloc(0);
    while (first.length < MOST_MAGIC && !ended) {
      const next = await pieces.next();
      ended = next.done === true;
      if (next.done !== true) first = Buffer.concat([first, next.value]);
    }
    for (const [name, magic] of OTHERS)
      if (startsWith(first, magic)) throw archiveError(`it is compressed by ${name}: decompress it first`);
    if (startsWith(first, ZSTD)) return yield* unzstd(rest(first));
    if (!startsWith(first, GZIP)) return yield* rest(first);
    const gunzip = pipeline(
      Readable.from(rest(first)),
      createGunzip({ chunkSize: CHUNK_BYTES }),
      () => undefined,
    );
    try {
      yield* gunzip as AsyncIterable<Buffer>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') === true)
        throw archiveError('it looks compressed by gzip, but cannot be decompressed');
      throw error;
    }
  } finally {
    if (!ended) await pieces.return?.();
  }
}
