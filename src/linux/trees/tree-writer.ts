import { isFailure } from '../../base/errno.js';
import { addon, TREE_STEPS, type Handle } from '../../native/index.js';
import { textOfBytes } from './byte-text.js';
import type { HasDescriptor } from '../files/descriptor.js';
import { mapId, type IdMaps } from '../namespaces/id-map.js';
import { invalid, kernelError } from '../kernel-error.js';
import { fdOf } from '../place.js';

/** What a file gets beside its content. */
export interface FileAttributes {
  /** The lower twelve bits of st_mode. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** When it was changed last: seconds since 1970, and nanoseconds. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Extended attributes, names with a character for each byte. */
  readonly xattrs?: readonly (readonly [name: string, value: Uint8Array])[] | undefined;
}

/** The file types of nodes: inode(7). */
const NODE_TYPES = { characterDevice: 0o020000, blockDevice: 0o060000, fifo: 0o010000 } as const;

/**
 * One step of writing a tree. Paths have a character for each byte; they are relative, without `.` and `..`. A file is
 * begun, filled and ended, with no other step in between.
 */
export type TreeStep =
  | { readonly step: 'directory'; readonly path: string; readonly attributes: FileAttributes }
  | { readonly step: 'file'; readonly path: string; readonly attributes: FileAttributes }
  | { readonly step: 'data'; readonly data: Uint8Array }
  | { readonly step: 'endFile' }
  | {
      readonly step: 'symlink';
      readonly path: string;
      readonly text: string;
      readonly attributes: FileAttributes;
    }
  /** `target` is a path as that of the entry is. */
  | { readonly step: 'hardLink'; readonly path: string; readonly target: string }
  | {
      readonly step: 'node';
      readonly path: string;
      readonly type: keyof typeof NODE_TYPES;
      readonly major: number;
      readonly minor: number;
      readonly attributes: FileAttributes;
    }
  /** A name that hides what lower layers have under it (overlayfs.rst). */
  | { readonly step: 'whiteout'; readonly path: string }
  /** A directory through which nothing of lower layers is seen; '' is the root. */
  | { readonly step: 'opaque'; readonly path: string }
  /** What has the name goes, with all beneath; nothing there is fine. */
  | { readonly step: 'remove'; readonly path: string }
  /** The last one: directories get their times. */
  | { readonly step: 'end' };

/** How paths are resolved. */
export interface TreeWriterOptions {
  /** Where beneath the root the paths begin; `.` unless given. A character for each byte. */
  readonly prefix?: string | undefined;
  /**
   * What links on the way mean. `inRoot`, unless given: the root is theirs, as in a container. `beneath`: none may lead out
   * (EXDEV), for a directory among others.
   */
  readonly scope?: 'inRoot' | 'beneath' | undefined;
  /**
   * The user namespace of whoever sees the tree: the owners of steps are its IDs, and 0 must be one. What is made is its root's
   * first, as mounts with mapped IDs take nobody else's (EOVERFLOW).
   */
  readonly idMaps?: IdMaps | undefined;
  /** Let a directory take the place of something else, and the reverse. */
  readonly replace?: boolean | undefined;
}

/** RESOLVE_* of <linux/openat2.h>. */
const RESOLVE = { noMagicLinks: 0x2, beneath: 0x8, inRoot: 0x10 } as const;

function hostId(map: IdMaps['uid'], id: number, what: string): number {
  const mapped = mapId(map, id);
  if (mapped === undefined)
    throw invalid(`${what} is ${id}, which the user namespace of the container does not have`);
  return mapped;
}

/** Attributes with the owner as the host has it. */
function outside<T extends TreeStep>(step: T, maps: IdMaps | undefined): T {
  if (maps === undefined || !('attributes' in step)) return step;
  const { uid, gid } = step.attributes;
  const owner = {
    uid: hostId(maps.uid, uid, `the user of ${textOfBytes(step.path)}`),
    gid: hostId(maps.gid, gid, `the group of ${textOfBytes(step.path)}`),
  };
  return { ...step, attributes: { ...step.attributes, ...owner } };
}

function numbersOf({ mode, uid, gid, seconds, nanoseconds }: FileAttributes, major = 0, minor = 0): number[] {
  return [mode, uid, gid, seconds, nanoseconds, major, minor];
}

/** A step as the addon takes it. */
function rawStep(step: TreeStep): unknown[] {
  const kind = TREE_STEPS[step.step];
  switch (step.step) {
    case 'directory':
    case 'file':
      return [kind, step.path, '', numbersOf(step.attributes), (step.attributes.xattrs ?? []).flat()];
    case 'data':
      return [kind, '', step.data, [], []];
    case 'endFile':
    case 'end':
      return [kind, '', '', [], []];
    case 'symlink':
      return [kind, step.path, step.text, numbersOf(step.attributes), []];
    case 'hardLink':
      return [kind, step.path, step.target, [], []];
    case 'whiteout':
    case 'opaque':
    case 'remove':
      return [kind, step.path, '', [], []];
    case 'node': {
      const mode = NODE_TYPES[step.type] | step.attributes.mode;
      return [kind, step.path, '', numbersOf({ ...step.attributes, mode }, step.major, step.minor), []];
    }
    default:
      return step satisfies never;
  }
}

/**
 * Writes files beneath a directory that may be hostile, from names that may be too: whatever links are there, and whoever
 * moves directories meanwhile, nothing outside is reached. What has a name that is written goes first, links included; a
 * file that is itself a mount point is written where it is.
 *
 * @see openat2(2); native/sys/tree_writer.h
 */
export class TreeWriter implements AsyncDisposable {
  readonly #handle: Handle<'treeWriter'>;
  readonly #idMaps: IdMaps | undefined;

  /** @param root its descriptor may be closed afterwards */
  constructor(root: HasDescriptor, options: TreeWriterOptions = {}) {
    const { prefix = '.', scope = 'inRoot', replace = false, idMaps } = options;
    if (prefix === '' || prefix.includes('\0')) throw invalid('the prefix of a tree must be a path');
    const resolve = RESOLVE[scope] | RESOLVE.noMagicLinks;
    const maker =
      idMaps === undefined
        ? { uid: -1, gid: -1 }
        : { uid: hostId(idMaps.uid, 0, 'the root user'), gid: hostId(idMaps.gid, 0, 'the root group') };
    const start = fdOf('the root', root);
    const answer = addon.treeWriter(start, prefix, resolve, replace, maker.uid, maker.gid);
    if (isFailure(answer)) throw kernelError('write a tree', answer);
    this.#handle = answer;
    this.#idMaps = idMaps;
  }

  /**
   * Carries out steps in order, on a thread of their own; stops at the first that fails, whose file is taken away. One call
   * at a time.
   *
   * @throws LibpodError ERR_NO_SPACE; ERR_SYSTEM with EISDIR, EEXIST or ENOTDIR where something of another kind is
   */
  async write(steps: readonly TreeStep[]): Promise<void> {
    const answer = await addon.treeWrite(
      this.#handle,
      steps.flatMap((step) => rawStep(outside(step, this.#idMaps))),
    );
    if (answer === undefined) return;
    throw kernelError(`write ${textOfBytes(answer.path) || 'a file'}`, answer, {
      EISDIR: 'a directory is there, and it may not be overwritten with something else',
      EEXIST: 'something that is no directory is there, and it may not be overwritten with a directory',
      ENOTDIR: 'something on the way to it is no directory',
      EBUSY: 'something is mounted there',
      EXDEV: 'a link on the way leads out of the directory, or it is to be a link to another file system',
      ELOOP: 'links on the way lead in a circle, or directories are nested too deep',
    });
  }

  /** Ends writing; takes a file away that is not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    await addon.closeTreeWriter(this.#handle);
  }
}
