import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from './errno.js';

/**
 * Makes a directory and what is missing above it. Node's own `recursive` looks for the directory after a failure, and so answers
 * that there is none where the kernel says that the disk is full or read-only; beneath /proc, where nothing can be made, it tries
 * for ever.
 *
 * @param mode of those that are made; 0o777 less the umask unless given
 * @throws errors of node:fs, with what the kernel said
 */
export function makeDirectories(directory: string, mode = 0o777): void {
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    const code = nodeErrorCode(error);
    const above = path.dirname(path.resolve(directory));
    if (code === 'ENOENT' && !existsSync(above)) {
      makeDirectories(above, mode);
      makeDirectories(directory, mode);
    } else if (code !== 'EEXIST' || !isDirectory(directory)) throw error;
  }
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
