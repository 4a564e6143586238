import { fstatSync, readlinkSync, type Stats } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../../base/errno.js';
import type { Descriptor, HasDescriptor } from './descriptor.js';
import { kernelError } from '../kernel-error.js';
import { openBeneath } from './open-beneath.js';

/** A file that was found beneath a root. */
export interface FoundFile extends Disposable {
  /** A descriptor that only names it (O_PATH). */
  readonly handle: Descriptor;
  /** Its path from the root, with a slash at its beginning; links at the end of the path that was given are followed. */
  readonly path: string;
  readonly stats: Stats;
}

/** How many links the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

/** The last component of a path, and what is before it. */
function split(file: string): { readonly directory: string; readonly name: string } {
  const normal = file.replace(/\/+$/, '');
  const at = normal.lastIndexOf('/');
  return { directory: normal.slice(0, at + 1) || '/', name: normal.slice(at + 1) };
}

/**
 * Finds a file beneath a root that may be hostile, and tells by which name: of a link at the end, the name of what it leads
 * to. Whatever is moved meanwhile, it is a file beneath the root.
 *
 * @param file from the root, with or without a slash at its beginning
 * @throws LibpodError ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY; ERR_SYSTEM with ELOOP
 */
export function findInRoot(root: HasDescriptor, file: string): FoundFile {
  let at = path.posix.join('/', file);
  for (let links = 0; ; links++) {
    const { directory, name } = split(at);
    if (name === '') return found(openBeneath(root, '/', { access: 'path', directory: true }), '/');
    using parent = openBeneath(root, directory, { access: 'path', directory: true });
    const handle = openBeneath(root, `${directory}${name}`, { access: 'path', noFollow: true });
    const result = found(handle, at);
    if (!result.stats.isSymbolicLink()) return result;
    handle[Symbol.dispose]();
    if (links === MOST_LINKS) throw kernelError(`find ${file}`, { stage: 'openat2', errno: 40 });
    let text: string;
    try {
      // The last component is not followed, and the one before it is a directory that is open.
      text = readlinkSync(`/proc/self/fd/${parent.fd}/${name}`);
    } catch (error) {
      // Somebody has put something else there since: look again.
      if (['EINVAL', 'ENOENT'].includes(nodeErrorCode(error) ?? '')) continue;
      throw kernelError(`read the link ${at}`, error);
    }
    at = path.posix.resolve(directory, text);
  }
}

function found(handle: Descriptor, at: string): FoundFile {
  return {
    handle,
    path: at,
    stats: fstatSync(handle.fd),
    [Symbol.dispose]: () => handle[Symbol.dispose](),
  };
}
