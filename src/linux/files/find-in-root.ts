import { fstatSync, readlinkSync, type Stats } from 'node:fs';
import { nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import type { Descriptor, HasDescriptor } from './descriptor.js';
import { kernelError } from '../kernel-error.js';
import { openBeneath } from './open-beneath.js';

/** A file that was found beneath a root. */
export interface FoundFile extends Disposable {
  /** A descriptor that only names it (O_PATH). */
  readonly handle: Descriptor;
  /** Its path from the root without a link in it, with a slash at its beginning. */
  readonly path: string;
  readonly stats: Stats;
}

/** How many links the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

function componentsOf(file: string): string[] {
  return file.split('/').filter((part) => part !== '' && part !== '.');
}

/**
 * Finds a file beneath a root that may be hostile, and tells by which name. Links are followed as the kernel does, whose `..` is
 * the directory above the one that a link led to; each component is opened by itself, so that its name is known. Whatever is
 * moved meanwhile, it is a file beneath the root.
 *
 * @param file from the root, with or without a slash at its beginning
 * @throws LibpodError ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY; ERR_SYSTEM with ELOOP
 */
export function findInRoot(root: HasDescriptor, file: string): FoundFile {
  const whole = (): string => `/${walked.join('/')}`;
  const openWalked = (): Descriptor => openBeneath(root, whole(), { access: 'path', directory: true });
  const rest = componentsOf(file);
  let walked: string[] = [];
  let handle = openWalked();
  try {
    for (let links = 0, name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === '..') {
        // By name: that of the descriptor's own may have been moved out of the root.
        walked.pop();
        handle[Symbol.dispose]();
        handle = openWalked();
        continue;
      }
      using parent = handle;
      handle = openBeneath(parent, name, { access: 'path', noFollow: true });
      if (!fstatSync(handle.fd).isSymbolicLink()) {
        walked.push(name);
        continue;
      }
      handle[Symbol.dispose]();
      if (++links > MOST_LINKS) throw kernelError(`find ${file}`, { stage: 'openat2', errno: 40 });
      // The kernel refuses a circle, and the links of /proc whose text is not where they lead.
      openBeneath(root, `${whole()}/${name}`, { access: 'path' })[Symbol.dispose]();
      const text = linkText(parent, name);
      if (text?.startsWith('/') === true) walked = [];
      // Where somebody has put something else there since: look again.
      rest.unshift(...(text === undefined ? [name] : componentsOf(text)));
      handle = openWalked();
    }
  } catch (error) {
    handle[Symbol.dispose]();
    // By the name that was asked for, and not by that of the component at which it ended.
    if (!LibpodError.is(error) || error.errno === undefined) throw error;
    throw kernelError(`find ${file}`, { stage: error.syscall ?? 'openat2', errno: error.errno });
  }
  return {
    handle,
    path: whole(),
    stats: fstatSync(handle.fd),
    [Symbol.dispose]: () => handle[Symbol.dispose](),
  };
}

/** What a link in a directory says; undefined if it is none any more. */
function linkText(directory: Descriptor, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${directory.fd}/${name}`);
  } catch (error) {
    if (['EINVAL', 'ENOENT'].includes(nodeErrorCode(error) ?? '')) return undefined;
    throw kernelError(`read the link ${name}`, error);
  }
}
