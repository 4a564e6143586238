import { fstatSync, lstatSync, readdirSync } from 'node:fs';
import { archiveError, type TarEntry } from '../../archive/tar-header.js';
import type { Translation } from '../../archive/extract.js';
import { LibpodError } from '../../base/errors.js';
import { textOfBytes } from '../../linux/trees/byte-text.js';
import { openBeneath } from '../../linux/files/open-beneath.js';
import { PathSet } from './path-set.js';
import type { FileAttributes, TreeStep } from '../../linux/trees/tree-writer.js';

/** layer.md, "Whiteouts": what marks a name, a directory, and what is aufs's own. */
export const WHITEOUT = '.wh.';
export const OPAQUE = '.wh..wh..opq';
export const AUFS = '.wh..wh.';

/** Attributes by which an overlay finds its files: one of an image could send it anywhere (overlayfs.rst). */
const OVERLAY_XATTRS = /^(?:trusted|user)\.overlay\./;
const OPAQUE_XATTR = ['trusted.overlay.opaque', Buffer.from('y')] as const;

/** Longer ones would not fit in PATH_MAX where the layer is. */
const MOST_PATH = 3072;

/** What is beneath a layer. */
export interface LayerBelow {
  /** The directories of the layers below, the topmost first. */
  readonly lower: readonly string[];
  /** The directory has a copy of all of it, in which whiteouts remove what they hide. */
  readonly whole: boolean;
}

/**
 * Makes of the entries of an image's layer those of a layer of an overlay: whiteouts get the overlay's form, and what a layer
 * could use to speak to the overlay itself goes. Directories that a layer takes for granted get the attributes that they
 * have below, or they would hide them.
 */
export class LayerTranslator {
  readonly #lower: readonly string[];
  readonly #whole: boolean;
  /** What a layer that is a whole tree has made itself, which no whiteout of its own hides. */
  readonly #made = new PathSet();
  readonly #mostEntries: number;
  readonly #directories = new PathSet();
  readonly #whiteouts = new PathSet();
  #entries = 0;
  /** What the archive says of the layer's own directory. */
  rootAttributes: FileAttributes | undefined;
  /** Whether nothing of the layers below is seen. */
  opaque = false;

  constructor({ lower, whole }: LayerBelow, mostEntries: number) {
    this.#lower = lower;
    this.#whole = whole;
    this.#mostEntries = mostEntries;
  }

  #count(): void {
    if (++this.#entries > this.#mostEntries)
      throw new LibpodError('ERR_IMAGE_INVALID', `a layer has more than ${this.#mostEntries} entries`);
  }

  translate(read: TarEntry, path: string): Translation {
    this.#count();
    if (path.length > MOST_PATH) throw archiveError(`a name in it has ${path.length} bytes`);
    const entry = { ...read, xattrs: read.xattrs.filter(([name]) => !OVERLAY_XATTRS.test(name)) };
    if (path === '') {
      if (entry.type === 'directory') this.rootAttributes = entry;
      return { entry };
    }
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? '' : path.slice(0, slash);
    const name = path.slice(slash + 1);
    const before = this.#parents(parent);
    if (name.startsWith(WHITEOUT))
      return { before: [...before, ...this.#whiteout(parent, name)], entry: undefined };
    if (this.#whole) this.#made.add(path);
    if (entry.type !== 'directory') return { before, entry };
    this.#directories.add(path);
    // What was hidden, and is made anew, has nothing of the old.
    return this.#whiteouts.has(path)
      ? { before, entry: { ...entry, xattrs: [...entry.xattrs, OPAQUE_XATTR] } }
      : { before, entry };
  }

  #whiteout(parent: string, name: string): TreeStep[] {
    if (name === OPAQUE) {
      if (this.#whole) return this.#emptied(parent);
      if (parent === '') this.opaque = true;
      return [{ step: 'opaque', path: parent }];
    }
    if (name.startsWith(AUFS)) return [];
    const hidden = name.slice(WHITEOUT.length);
    if (hidden === '' || hidden === '.' || hidden === '..')
      throw archiveError(`the whiteout ${JSON.stringify(textOfBytes(name))} in it hides nothing`);
    const path = parent === '' ? hidden : `${parent}/${hidden}`;
    if (this.#whole) return this.#removed(path);
    this.#whiteouts.add(path);
    return [{ step: 'whiteout', path }];
  }

  /** Takes away what is below, but not what the layer itself has made of it. */
  #removed(path: string): TreeStep[] {
    return this.#made.has(path) ? this.#emptied(path) : [{ step: 'remove', path }];
  }

  #emptied(directory: string): TreeStep[] {
    return this.#namesBelow(directory).flatMap((name) =>
      this.#removed(directory === '' ? name : `${directory}/${name}`),
    );
  }

  /** What the tree below has in a directory; names with a character for each byte. */
  #namesBelow(path: string): string[] {
    const [tree] = this.#lower;
    if (tree === undefined) return [];
    // Nobody changes the tree of a layer that is finished.
    let at = Buffer.from(tree);
    for (const part of path === '' ? [] : path.split('/')) {
      at = Buffer.concat([at, Buffer.from(`/${part}`, 'latin1')]);
      if (lstatSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    }
    return readdirSync(at, { encoding: 'latin1' });
  }

  /** The directories on the way that the layer has not named, as they are below. */
  #parents(parent: string): TreeStep[] {
    if (parent === '' || this.#directories.has(parent)) return [];
    const slash = parent.lastIndexOf('/');
    const steps = this.#parents(slash < 0 ? '' : parent.slice(0, slash));
    // A path may have a thousand of them, and they are made as those that have entries are.
    this.#count();
    this.#directories.add(parent);
    if (this.#whole) this.#made.add(parent);
    const attributes = this.#below(parent);
    if (attributes !== undefined) steps.push({ step: 'directory', path: parent, attributes });
    return steps;
  }

  #below(path: string): FileAttributes | undefined {
    // Names that are no text of UTF-8 cannot be asked for; what is made for them has the usual attributes.
    const text = Buffer.from(path, 'latin1').toString('utf8');
    if (Buffer.from(text, 'utf8').toString('latin1') !== path) return undefined;
    for (const layer of this.#lower) {
      try {
        using found = openBeneath(layer, text, {
          access: 'path',
          directory: true,
          noSymlinks: true,
          scope: 'beneath',
        });
        const { mode, uid, gid, mtimeMs } = fstatSync(found.fd);
        const seconds = Math.floor(mtimeMs / 1000);
        return {
          mode: mode & 0o7777,
          uid,
          gid,
          seconds,
          nanoseconds: Math.floor((mtimeMs - seconds * 1000) * 1e6),
        };
      } catch (error) {
        if (LibpodError.is(error, 'ERR_NOT_FOUND')) continue;
        // Something else than a directory has the name there: what is below that does not count.
        return undefined;
      }
    }
    return undefined;
  }
}
