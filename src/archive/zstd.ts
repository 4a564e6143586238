import { Decompress } from 'fzstd';
import { archiveError } from './tar-header.js';

/**
 * What is decompressed at a time. A block of three bytes may stand for 128 KiB (RFC 8878, "RLE_Block"), so this bounds what
 * a hostile archive can make of memory before the reader sees any of it.
 */
const SLICE = 2048;

/**
 * Decompresses zstd.
 *
 * @throws LibpodError ERR_ARCHIVE
 */
export async function* unzstd(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let out: Uint8Array[] = [];
  const stream = new Decompress((piece) => {
    if (piece.length > 0) out.push(piece);
  });
  const push = (slice: Uint8Array, last: boolean): Uint8Array[] => {
    out = [];
    try {
      stream.push(slice, last);
    } catch {
      throw archiveError('it looks compressed by zstd, but cannot be decompressed');
    }
    return out;
  };
  for await (const piece of pieces)
    // Copies: the decoder keeps what it cannot use yet.
    for (let at = 0; at < piece.length; at += SLICE) yield* push(piece.slice(at, at + SLICE), false);
  yield* push(new Uint8Array(0), true);
}
