import { createHash } from 'node:crypto';
import { createReadStream, fstatSync, readdirSync, readlinkSync, type Dirent, type Stats } from 'node:fs';
import path from 'node:path';
import { decompressed } from '../../archive/decompress.js';
import { cleanPath } from '../../archive/extract.js';
import type { TarEntry } from '../../archive/tar-header.js';
import { readTar } from '../../archive/tar-reader.js';
import { nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { textOfBytes } from '../../linux/trees/byte-text.js';
import type { Descriptor } from '../../linux/files/descriptor.js';
import { openBeneath } from '../../linux/files/open-beneath.js';
import { AUFS, OPAQUE, WHITEOUT } from './whiteouts.js';

/** What an archive says of one file of its layer. */
interface Expected {
  /** `whiteout` is the overlay's form of one: a device 0/0. */
  readonly type: TarEntry['type'] | 'whiteout';
  readonly entry?: TarEntry;
  /** Of a file. */
  readonly digest?: string;
}

/** What is told of one layer at most; the rest is told by nobody. */
const MOST_PROBLEMS = 10;

/** The directory of a path of an archive; '' is the root. */
function parentOf(at: string): string {
  return at.includes('/') ? path.posix.dirname(at) : '';
}

/** The names and bits of file types: inode(7). */
const TYPES: Readonly<Record<Expected['type'], (info: Stats) => boolean>> = {
  file: (info) => info.isFile(),
  hardLink: (info) => info.isFile(),
  directory: (info) => info.isDirectory(),
  symlink: (info) => info.isSymbolicLink(),
  characterDevice: (info) => info.isCharacterDevice(),
  blockDevice: (info) => info.isBlockDevice(),
  fifo: (info) => info.isFIFO(),
  whiteout: (info) => info.isCharacterDevice() && info.rdev === 0,
};

async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('base64');
}

/**
 * What a layer's archive comes to, by path: the last entry of a path counts.
 *
 * @param opaque gets the directories in which nothing is seen of what is beneath
 */
async function expectedOf(
  archive: AsyncIterable<Uint8Array>,
  opaque: Set<string>,
): Promise<Map<string, Expected>> {
  const expected = new Map<string, Expected>();
  for await (const { entry, body } of readTar(archive)) {
    const at = cleanPath(entry.path);
    const name = path.posix.basename(at);
    if (name === OPAQUE) opaque.add(parentOf(at));
    if (at === '' || name.startsWith(AUFS)) continue;
    if (name.startsWith(WHITEOUT)) {
      const hidden = path.posix.join(parentOf(at), name.slice(WHITEOUT.length));
      opaque.add(hidden);
      expected.set(hidden, { type: 'whiteout' });
      continue;
    }
    const before = expected.get(at);
    if (before?.type === 'directory' && entry.type !== 'directory')
      for (const one of [...expected.keys()]) if (one.startsWith(`${at}/`)) expected.delete(one);
    if (entry.type === 'file') expected.set(at, { type: 'file', entry, digest: await digestOf(body) });
    else if (entry.type !== 'hardLink') expected.set(at, { type: entry.type, entry });
    else {
      // Another name of what has the name now.
      const target = expected.get(cleanPath(entry.link));
      if (target !== undefined) expected.set(at, target);
    }
  }
  return expected;
}

/** The first difference between a file and what the archive says of it. */
async function difference(
  file: Descriptor,
  info: Stats,
  { type, entry, digest }: Expected,
  linkText: () => string,
): Promise<string | undefined> {
  if (!TYPES[type](info)) return `it is no ${type}`;
  if (entry === undefined) return undefined;
  if (info.uid !== entry.uid || info.gid !== entry.gid) return `its owner is ${info.uid}:${info.gid}`;
  if (type === 'symlink') return linkText() === entry.link ? undefined : 'it leads elsewhere';
  if ((info.mode & 0o7777) !== entry.mode) return `its mode is ${(info.mode & 0o7777).toString(8)}`;
  if (type !== 'file') return undefined;
  if (info.size !== entry.size) return `it has ${info.size} bytes instead of ${entry.size}`;
  const found = await digestOf(createReadStream(`/proc/self/fd/${file.fd}`));
  return found === digest ? undefined : 'its content is another one';
}

/** A name of an archive as text; undefined for one that cannot be asked for. */
function textOf(bytes: string): string | undefined {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return Buffer.from(text, 'utf8').toString('latin1') === bytes ? text : undefined;
}

/** The files beneath a directory, without directories, as deep as a path can name them. */
function* filesBeneath(directory: string, at = ''): Generator<string, void, void> {
  let entries: Dirent[];
  try {
    entries = readdirSync(path.join(directory, at), { withFileTypes: true });
  } catch (error) {
    if (nodeErrorCode(error) === 'ENAMETOOLONG') return;
    throw error;
  }
  for (const entry of entries) {
    const inner = path.join(at, entry.name);
    if (entry.isDirectory()) yield* filesBeneath(directory, inner);
    else yield inner;
  }
}

/** Files that the archive does not have. */
function* strangers(tree: string, known: ReadonlySet<number>): Generator<string, void, void> {
  for (const file of filesBeneath(tree)) {
    using found = openBeneath(tree, file, { access: 'path', noFollow: true });
    if (!known.has(fstatSync(found.fd).ino)) yield file;
  }
}

/** What a file is, in one text; undefined if there is none. Whoever asks knows that nobody changes the tree. */
async function fingerprint(tree: string, file: string): Promise<string | undefined> {
  try {
    using found = openBeneath(tree, file, { access: 'path', noFollow: true });
    const { mode, uid, gid, rdev, size } = fstatSync(found.fd);
    const isFile = (mode & 0o170000) === 0o100000;
    const content = isFile ? await digestOf(createReadStream(`/proc/self/fd/${found.fd}`)) : '';
    return [mode, uid, gid, rdev, size, content].join();
  } catch (error) {
    if (LibpodError.is(error)) return undefined;
    throw error;
  }
}

/** What is wrong with that of a whole tree which its layer has from the one beneath. */
async function* inheritedProblems(
  tree: string,
  below: string,
  own: ReadonlyMap<string, Expected>,
  opaque: ReadonlySet<string>,
  known: ReadonlySet<number>,
): AsyncGenerator<string, void, void> {
  for (const file of strangers(tree, known)) {
    const before = await fingerprint(below, file);
    if (before === undefined) yield `${file}: the image has no such file`;
    else if ((await fingerprint(tree, file)) !== before)
      yield `${file}: it is not what the layer beneath has`;
  }
  const isHidden = (file: string): boolean => {
    if (own.has(file)) return true;
    for (let up = parentOf(file); ; up = parentOf(up)) {
      const there = own.get(up)?.type;
      if (opaque.has(up) || (there !== undefined && there !== 'directory')) return true;
      if (up === '') return false;
    }
  };
  for (const file of filesBeneath(below))
    if (!isHidden(Buffer.from(file).toString('latin1')) && (await fingerprint(tree, file)) === undefined)
      yield `${file}: it is missing`;
}

/**
 * Compares the tree of a layer with its archive: types, owners, modes, sizes, contents and links of files, and files that are
 * too many. Names that are no UTF-8, extended attributes, and what is deeper than a path can name are not looked at.
 *
 * @param tree the directory
 * @param archive the layer's archive, as the image has it
 * @param below for a layer that is a whole tree: the tree beneath it; '' if it is the lowest
 * @returns what is wrong, the first ten of it
 */
export async function checkLayer(
  tree: string,
  archive: AsyncIterable<Uint8Array>,
  below?: string,
): Promise<string[]> {
  const problems: string[] = [];
  const known = new Set<number>();
  let nameless = false;
  const opaque = new Set<string>();
  const own = await expectedOf(decompressed(archive), opaque);
  for (const [bytes, expected] of own) {
    // In a whole tree there is nothing where something was removed.
    if (below !== undefined && expected.type === 'whiteout') continue;
    const name = textOf(bytes);
    if (name === undefined) {
      nameless = true;
      continue;
    }
    try {
      using found = openBeneath(tree, name, { access: 'path', noFollow: true });
      const info = fstatSync(found.fd);
      known.add(info.ino);
      const wrong = await difference(found, info, expected, () => {
        using parent = openBeneath(tree, path.posix.dirname(name), { access: 'path', directory: true });
        const link = `/proc/self/fd/${parent.fd}/${path.posix.basename(name)}`;
        return readlinkSync(link, { encoding: 'latin1' });
      });
      if (wrong !== undefined) problems.push(`${textOfBytes(bytes)}: ${wrong}`);
    } catch (error) {
      if (!LibpodError.is(error)) throw error;
      problems.push(`${textOfBytes(bytes)}: it is missing`);
    }
    if (problems.length === MOST_PROBLEMS) return problems;
  }
  // One of those would look like a stranger.
  if (nameless) return problems;
  if (below !== undefined && below !== '') {
    for await (const problem of inheritedProblems(tree, below, own, opaque, known)) {
      problems.push(problem);
      if (problems.length === MOST_PROBLEMS) break;
    }
    return problems;
  }
  for (const stranger of strangers(tree, known)) {
    problems.push(`${stranger}: the image has no such file`);
    if (problems.length === MOST_PROBLEMS) break;
  }
  return problems;
}
