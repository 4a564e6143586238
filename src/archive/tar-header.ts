import { LibpodError } from '../base/errors.js';

/** The size of a block of a tar archive; headers are one, and files are filled up to whole ones. */
export const BLOCK = 512;

/** The kinds of entries that stand for files (pax(1), "ustar Interchange Format", typeflag). */
export type TarEntryType =
  'file' | 'hardLink' | 'symlink' | 'characterDevice' | 'blockDevice' | 'directory' | 'fifo';

const TYPES: Readonly<Record<string, TarEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file', // a contiguous one, which Linux does not know
  '1': 'hardLink',
  '2': 'symlink',
  '3': 'characterDevice',
  '4': 'blockDevice',
  '5': 'directory',
  '6': 'fifo',
};

/** An entry of a tar archive. Texts have a character for each byte. */
export interface TarEntry {
  readonly type: TarEntryType;
  readonly path: string;
  /** The text of a symbolic link, or the path of the entry that a hard link is another name of. */
  readonly link: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The bytes of a file; 0 of everything else. */
  readonly size: number;
  /** When it was changed last: seconds since 1970, and nanoseconds. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: readonly (readonly [name: string, value: Uint8Array])[];
}

/** The error of an archive. @param what a sentence's end: `its header is damaged` */
export function archiveError(what: string): LibpodError {
  return new LibpodError('ERR_ARCHIVE', `the archive cannot be used: ${what}`);
}

/** The fields of a header block that are read, as they are in it. */
export interface RawHeader {
  readonly typeflag: string;
  readonly entry: TarEntry;
}

function textAt(block: Buffer, at: number, size: number): string {
  const text = block.toString('latin1', at, at + size);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/**
 * A number: octal digits with spaces and NULs around; or, of GNU, a first byte with its highest bit set, and the number in
 * the bits that follow, big-endian two's complement.
 */
function numberAt(block: Buffer, at: number, size: number, field: string): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = first & 0x40 ? BigInt(first & 0x7f) - 0x80n : BigInt(first & 0x7f);
    for (let i = 1; i < size; i++) value = value * 256n + BigInt(block[at + i] ?? 0);
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw archiveError(`the field ${field} of a header is out of range`);
    return number;
  }
  const digits = block
    .toString('latin1', at, at + size)
    .replace(/[ \0]+$/, '')
    .trimStart();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits))
    throw archiveError(`the field ${field} of a header is no number: ${JSON.stringify(digits)}`);
  return Number.parseInt(digits, 8);
}

/** Whether the sum of a header's bytes is right; some old archivers took them as signed. */
function isSumRight(block: Buffer): boolean {
  const told = numberAt(block, 148, 8, 'chksum');
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  for (let at = 0; at < BLOCK; at++) {
    if (at >= 148 && at < 156) continue;
    const byte = block[at] ?? 0;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return told === unsigned || told === signed;
}

/**
 * Reads a header block (pax(1), "ustar Interchange Format"; the same fields of GNU's and of older formats).
 *
 * @throws LibpodError ERR_ARCHIVE
 */
export function parseHeader(block: Buffer): RawHeader {
  if (!isSumRight(block))
    throw archiveError('it is no tar archive, or it is damaged: the sum of a header is wrong');
  const typeflag = String.fromCharCode(block[156] ?? 0);
  const magic = block.toString('latin1', 257, 265);
  // GNU's magic, which ends with spaces, stands before other fields than a prefix.
  const prefix = magic === 'ustar\x0000' ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const type = TYPES[typeflag] ?? 'file';
  return {
    typeflag,
    entry: {
      // Before there was a type for directories, a slash told them.
      type: type === 'file' && path.endsWith('/') ? 'directory' : type,
      path,
      link: textAt(block, 157, 100),
      mode: numberAt(block, 100, 8, 'mode') & 0o7777,
      uid: numberAt(block, 108, 8, 'uid'),
      gid: numberAt(block, 116, 8, 'gid'),
      size: numberAt(block, 124, 12, 'size'),
      seconds: numberAt(block, 136, 12, 'mtime'),
      nanoseconds: 0,
      major: magic.startsWith('ustar') ? numberAt(block, 329, 8, 'devmajor') : 0,
      minor: magic.startsWith('ustar') ? numberAt(block, 337, 8, 'devminor') : 0,
      xattrs: [],
    },
  };
}

/** Whether a typeflag stands for a file of some kind. */
export function isKnownType(typeflag: string): boolean {
  return Object.hasOwn(TYPES, typeflag);
}
