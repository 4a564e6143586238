import { BlockReader } from './block-reader.js';
import { parsePaxRecords, withRecords, type PaxRecords } from './pax-records.js';
import { archiveError, BLOCK, isKnownType, parseHeader, type TarEntry } from './tar-header.js';

/** An entry of an archive, and what is in it. */
export interface ReadEntry {
  readonly entry: TarEntry;
  /** The bytes of a file, to be read before the next entry is asked for; what is not read then is passed over. */
  readonly body: AsyncIterable<Buffer>;
}

/** No header needs more: attributes take 64 KiB each. */
const MOST_HEADER_BYTES = 8 * 1024 * 1024;

const NO_RECORDS: PaxRecords = new Map();

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** The bytes of a header that is a file itself. */
async function metaBytes(reader: BlockReader, size: number): Promise<Buffer> {
  if (size > MOST_HEADER_BYTES) throw archiveError(`it has an extended header of ${size} bytes`);
  const bytes = await reader.exactly(size);
  const padding = -size & (BLOCK - 1);
  if (bytes.length < size || (await reader.skip(padding)) < padding) throw truncated();
  return bytes;
}

function truncated(): Error {
  return archiveError('it ends in the middle');
}

/** A text that a NUL ends. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/**
 * Reads a tar archive: ustar, pax, GNU and what was before them, not compressed. Nothing in it is trusted: sizes and sums
 * are checked, and what a reader could take for something else than the writer meant is an error. What names may mean is
 * for the caller to say.
 *
 * @throws LibpodError ERR_ARCHIVE
 * @see pax(1); https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export async function* readTar(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry, void, void> {
  const reader = new BlockReader(pieces);
  let globals: PaxRecords = NO_RECORDS;
  let records: PaxRecords = NO_RECORDS;
  let long: { readonly path?: string; readonly link?: string } = {};
  try {
    for (;;) {
      const block = await reader.exactly(BLOCK);
      // The end of the stream in the place of the end of the archive: some writers leave the zeros out.
      if (block.length === 0 && records === NO_RECORDS) return;
      if (block.length < BLOCK) throw truncated();
      if (isZero(block)) {
        // To the end, or the writer would believe that nobody wanted the rest.
        while ((await reader.some(Number.MAX_SAFE_INTEGER)) !== undefined);
        return;
      }
      const { typeflag, entry: raw } = parseHeader(block);
      switch (typeflag) {
        case 'x':
          records = parsePaxRecords(await metaBytes(reader, raw.size));
          continue;
        case 'g':
          globals = new Map([...globals, ...parsePaxRecords(await metaBytes(reader, raw.size))]);
          continue;
        case 'L':
          long = { ...long, path: textOf(await metaBytes(reader, raw.size)) };
          continue;
        case 'K':
          long = { ...long, link: textOf(await metaBytes(reader, raw.size)) };
          continue;
      }
      if (!isKnownType(typeflag))
        throw archiveError(`it holds an entry of a type that is not understood: ${JSON.stringify(typeflag)}`);
      const told = withRecords(withRecords({ ...raw, ...long }, globals), records);
      records = NO_RECORDS;
      long = {};
      if (told.path.includes('\0') || told.link.includes('\0')) throw archiveError('a name in it has a NUL');
      if (told.size < 0) throw archiveError('a file in it has a negative size');
      const directory = told.type === 'file' && told.path.endsWith('/');
      const entry: TarEntry = directory ? { ...told, type: 'directory' } : told;
      // Only files have content, whatever the size of the others says.
      const size = entry.type === 'file' ? entry.size : 0;
      let left = size;
      const body = (async function* () {
        while (left > 0) {
          const piece = await reader.some(left);
          if (piece === undefined) throw truncated();
          left -= piece.length;
          yield piece;
        }
      })();
      yield { entry: { ...entry, size }, body };
      const rest = left + (-size & (BLOCK - 1));
      if ((await reader.skip(rest)) < rest) throw truncated();
    }
  } finally {
    await reader.close();
  }
}
