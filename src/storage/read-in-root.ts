import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoName } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { openInRoot } from '../linux/files.js';

/** Larger than any honest /etc/passwd; a hostile root may hold anything there, also a device that never ends. */
const MAX_SIZE = 1024 * 1024;

/**
 * Reads a small text file of a root that may be hostile: no link leads out of it, and only a regular file is read.
 *
 * @returns '' if it is missing
 * @throws LibpodError ERR_INVALID_ARGUMENT if it is too large or no regular file
 */
export function readInRoot(root: string, path: string): string {
  const directory = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    let fd: number;
    try {
      // Non-blocking: opening a FIFO would wait for its writer for ever.
      fd = openInRoot(directory, path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      if (LibpodError.is(error) && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoName(error.errno ?? 0))) return '';
      throw error;
    }
    try {
      const info = fstatSync(fd);
      if (!info.isFile() || info.size > MAX_SIZE) {
        throw new LibpodError('ERR_INVALID_ARGUMENT', `${path} in the root ${root} is not a regular file of at most ${MAX_SIZE} bytes`);
      }
      return readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(directory);
  }
}
