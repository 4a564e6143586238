import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from './errno.js';

/**
 * Makes a directory and what is missing above it. Node's own `recursive` looks for the directory after a failure, and so answers
 * that there is none where the kernel says that the disk is full or read-only.
 *
 * @param mode of those that are made; 0o777 less the umask unless given
 * @throws errors of node:fs, with what the kernel said
 */
export function makeDirectories(directory: string, mode = 0o777): void {
  try {
    mkdirSync(directory, { recursive: true, mode });
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') throw error;
    const missing: string[] = [];
    for (let at = path.resolve(directory); !existsSync(at); at = path.dirname(at)) missing.unshift(at);
    for (const each of missing) mkdirSync(each, { mode });
  }
}
