import { archiveError, type TarEntry } from './tar-header.js';

/** Records of an extended header, by their keywords; a character for each byte. */
export type PaxRecords = ReadonlyMap<string, string>;

const XATTR = 'SCHILY.xattr.';
const COLON_XATTR = 'LIBARCHIVE.xattr.';

/**
 * Reads the records of an extended header (pax(1), "pax Extended Header"): each is its own length in decimal, a space, a
 * keyword, `=`, the value, a newline. Values are bytes: those of attributes hold anything, also newlines and NULs.
 *
 * @throws LibpodError ERR_ARCHIVE
 */
export function parsePaxRecords(bytes: Buffer): PaxRecords {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const length = /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space);
    // The smallest record has a letter, `=` and the newline behind its space.
    if (
      length < digits.length + 4 ||
      end > bytes.length ||
      bytes[end - 1] !== 0x0a ||
      equals < 0 ||
      equals >= end
    )
      throw archiveError('an extended header is damaged');
    records.set(bytes.toString('latin1', space + 1, equals), bytes.toString('latin1', equals + 1, end - 1));
    at = end;
  }
  return records;
}

function whole(key: string, value: string): number {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number))
    throw archiveError(`an extended header has ${key}=${JSON.stringify(value)}`);
  return number;
}

/** Seconds since 1970 with a fraction, rounded down to nanoseconds. */
function moment(value: string): Pick<TarEntry, 'seconds' | 'nanoseconds'> {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(value);
  if (match === null) throw archiveError(`an extended header has mtime=${JSON.stringify(value)}`);
  const [, sign = '', digits = '', fraction = ''] = match;
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  const seconds = Number(digits);
  if (sign === '') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds: 0 }
    : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}

/**
 * An entry with what extended headers say of it.
 *
 * @throws LibpodError ERR_ARCHIVE, also for a sparse file, whose content is not what it looks like
 */
export function withRecords(entry: TarEntry, records: PaxRecords): TarEntry {
  if (records.size === 0) return entry;
  let changed: TarEntry = entry;
  const xattrs: [string, Uint8Array][] = [];
  for (const [key, value] of records) {
    if (key.startsWith('GNU.sparse.'))
      throw archiveError('it holds a sparse file in a form of GNU tar: make it without --sparse');
    if (key.startsWith(XATTR)) xattrs.push([key.slice(XATTR.length), Buffer.from(value, 'latin1')]);
    else if (key.startsWith(COLON_XATTR))
      xattrs.push([decodeURIComponent(key.slice(COLON_XATTR.length)), Buffer.from(value, 'base64')]);
    // An empty value takes back what a global header said.
    else if (value === '') continue;
    else if (key === 'path') changed = { ...changed, path: value };
    else if (key === 'linkpath') changed = { ...changed, link: value };
    else if (key === 'size' || key === 'uid' || key === 'gid')
      changed = { ...changed, [key]: whole(key, value) };
    else if (key === 'mtime') changed = { ...changed, ...moment(value) };
  }
  return xattrs.length === 0 ? changed : { ...changed, xattrs };
}
