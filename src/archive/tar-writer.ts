import { BLOCK } from './tar-header.js';

/** Of a field of octal digits; larger numbers are written in GNU's form, in binary. */
const MOST_OCTAL_SIZE = 8 ** 11 - 1;
const NAME_BYTES = 100;

/** A file as it goes into an archive. */
export interface ArchiveFile {
  /** Of ASCII, and at most 100 characters. */
  readonly name: string;
  readonly size: number;
  /** Opens its bytes, when it is its turn. */
  readonly content: () => AsyncIterable<Uint8Array>;
}

function sizeField(size: number): Buffer {
  if (size <= MOST_OCTAL_SIZE) return Buffer.from(`${size.toString(8).padStart(11, '0')}\0`);
  const field = Buffer.alloc(12);
  field[0] = 0x80;
  field.writeBigUInt64BE(BigInt(size), 4);
  return field;
}

/** The header of a file that everybody may read, of root's and of 1970, so that the same files are the same archive. */
function headerOf(name: string, size: number): Buffer {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > NAME_BYTES)
    throw new RangeError(`${JSON.stringify(name)} does not fit in a header`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 'latin1');
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  sizeField(size).copy(block, 124);
  block.write('00000000000\0', 136);
  block.write('        0ustar\x0000', 148);
  const sum = block.reduce((so, byte) => so + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/**
 * Writes files as a tar archive (pax(1), "ustar Interchange Format").
 *
 * @throws RangeError if a file has another size than it said; what it throws itself
 */
export async function* writeTar(files: Iterable<ArchiveFile>): AsyncGenerator<Uint8Array, void, void> {
  for (const { name, size, content } of files) {
    yield headerOf(name, size);
    let written = 0;
    for await (const piece of content()) {
      written += piece.length;
      yield piece;
    }
    if (written !== size) throw new RangeError(`${name} has ${written} bytes, and not ${size}`);
    const padding = -size & (BLOCK - 1);
    if (padding > 0) yield Buffer.alloc(padding);
  }
  yield Buffer.alloc(2 * BLOCK);
}
