import { closeSync, constants, openSync } from 'node:fs';
import { fileError, isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';
import { Descriptor, type HasDescriptor } from './descriptor.js';
import { invalid, kernelError } from '../kernel-error.js';
import { checkText, fdOf } from '../place.js';

/** Flags of open(2) that Node does not name; the numbers of x86-64 and arm64 are the same. */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;

/** What the descriptor is for; `path` only names the file, for calls that take a descriptor in a path's place. */
const ACCESS = {
  read: constants.O_RDONLY,
  write: constants.O_WRONLY,
  readWrite: constants.O_RDWR,
  path: O_PATH,
} as const;

const FLAGS = {
  create: constants.O_CREAT,
  exclusive: constants.O_EXCL,
  truncate: constants.O_TRUNC,
  append: constants.O_APPEND,
  directory: constants.O_DIRECTORY,
  noFollow: constants.O_NOFOLLOW,
} as const;

/** RESOLVE_* of <linux/openat2.h>. */
const RESOLVE = {
  noCrossMounts: 0x1,
  noMagicLinks: 0x2,
  noSymlinks: 0x4,
  beneath: 0x8,
  inRoot: 0x10,
  cached: 0x20,
} as const;

/** How a path is opened (openat2(2)). */
export type OpenOptions = {
  /** The flags O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW. */
  readonly [Name in keyof typeof FLAGS]?: boolean | undefined;
} & {
  /** `read` unless given. */
  readonly access?: keyof typeof ACCESS | undefined;
  /** The permissions of a file that is made, less the umask; 0o644 unless given. */
  readonly mode?: number | undefined;
  /**
   * What a path that leads out means. `inRoot`, unless given: the directory is the root, so `/` and `..` end there, and
   * absolute links begin there (RESOLVE_IN_ROOT). `beneath`: it is refused with EXDEV (RESOLVE_BENEATH).
   */
  readonly scope?: 'inRoot' | 'beneath' | undefined;
  /** Refuse every symbolic link on the way (RESOLVE_NO_SYMLINKS). */
  readonly noSymlinks?: boolean | undefined;
  /** Stay on one mount (RESOLVE_NO_XDEV). */
  readonly noCrossMounts?: boolean | undefined;
  /** Only if nothing has to be read from a disk for it; else EAGAIN (RESOLVE_CACHED). */
  readonly cached?: boolean | undefined;
};

function flagsOf(options: OpenOptions): { flags: number; mode: number; resolve: number } {
  const { access = 'read', scope = 'inRoot', mode = 0o644 } = options;
  if (!Object.hasOwn(ACCESS, access))
    throw invalid(`access must be ${Object.keys(ACCESS).join(', ')}, not ${JSON.stringify(access)}`);
  if (scope !== 'inRoot' && scope !== 'beneath')
    throw invalid(`scope must be inRoot or beneath, not ${JSON.stringify(scope)}`);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)
    throw invalid(`mode must be from 0 to 0o7777, not ${String(mode)}`);
  const names = Object.keys(FLAGS) as (keyof typeof FLAGS)[];
  let flags = names.reduce((sum, name) => (options[name] === true ? sum | FLAGS[name] : sum), ACCESS[access]);
  // A FIFO or a terminal in a hostile root would keep the opener waiting, or become its terminal.
  if (access !== 'path') flags |= constants.O_NONBLOCK | constants.O_NOCTTY;
  let resolve = RESOLVE[scope] | RESOLVE.noMagicLinks;
  for (const name of ['noSymlinks', 'noCrossMounts', 'cached'] as const)
    if (options[name] === true) resolve |= RESOLVE[name];
  // openat2(2) refuses a mode without O_CREAT.
  return { flags, mode: options.create === true ? mode : 0, resolve };
}

/**
 * Opens a path beneath a directory that may be hostile: whatever links it holds, and whoever moves them meanwhile, nothing
 * outside is reached. Magic links of /proc are refused. At once, on this thread: files of a root are local. The descriptor
 * does not block (O_NONBLOCK), which changes nothing for files and directories.
 *
 * @param directory its path, which is trusted, or a descriptor of it
 * @param path from the directory
 * @throws LibpodError ERR_NOT_FOUND; ERR_SYSTEM with EXDEV for a path that leads out, ELOOP for a link that is refused
 * @see openat2(2)
 */
export function openBeneath(
  directory: string | HasDescriptor,
  path: string,
  options: OpenOptions = {},
): Descriptor {
  checkText('the path', path);
  const { flags, mode, resolve } = flagsOf(options);
  const where = typeof directory === 'string' ? directory : `descriptor ${directory.fd}`;
  const opened = typeof directory === 'string' ? openDirectory(directory) : undefined;
  try {
    const fd = opened ?? fdOf('the directory', directory as HasDescriptor);
    const answer = addon.openBeneath(fd, path, flags, mode, resolve);
    if (!isFailure(answer)) return new Descriptor(answer);
    throw kernelError(`open ${path} beneath ${where}`, answer, {
      EXDEV: 'the path leads out of the directory, or over a mount',
      ELOOP: 'a symbolic link is in the way',
      ENXIO: 'it is a FIFO without a reader, or a device without a driver',
    });
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function openDirectory(path: string): number {
  checkText('the directory', path);
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY | O_CLOEXEC);
  } catch (error) {
    const failure = fileError(`open ${path}`, error);
    throw kernelError(`open ${path}`, { stage: 'open', errno: failure.errno ?? 0 });
  }
}
