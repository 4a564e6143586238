import { createWriteStream, existsSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ArchiveFile } from '../archive/tar-writer.js';
import { fileError } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { makeDirectories } from '../base/make-directories.js';

/** The directories of a path that are not there, the innermost first. */
function missingOf(directory: string): string[] {
  const missing: string[] = [];
  for (let each = path.resolve(directory); !existsSync(each); each = path.dirname(each)) missing.push(each);
  return missing;
}

/** Removes directories, the innermost first, as far as nobody has put anything into them. */
function removeEmpty(directories: readonly string[]): void {
  try {
    for (const each of directories) rmdirSync(each);
  } catch {
    // Somebody else uses it, or the disk does not let go of it.
  }
}

/**
 * Writes files beneath a directory, in their order. Each is there whole or as it was before; if one cannot be written, those
 * that were not there before are removed again, and so are the directories that were made for them.
 *
 * @param innermost the directory beneath it that is made, with all above, unless it is there
 * @throws LibpodError ERR_NO_SPACE and other answers of the file system; what reading a file throws
 */
export async function writeFiles(
  directory: string,
  innermost: string,
  files: readonly ArchiveFile[],
  signal?: AbortSignal,
): Promise<void> {
  const missing = missingOf(path.join(directory, innermost));
  const added: string[] = [];
  try {
    makeDirectories(path.join(directory, innermost));
    for (const { name, content } of files) {
      const file = path.join(directory, name);
      const partial = `${file}.partial-${process.pid}`;
      const isNew = !existsSync(file);
      added.push(partial);
      await pipeline(content(), createWriteStream(partial), { signal });
      renameSync(partial, file);
      added.pop();
      if (isNew) added.push(file);
    }
  } catch (error) {
    for (const file of added) rmSync(file, { force: true });
    removeEmpty(missing);
    throw error instanceof LibpodError ? error : fileError(`save to ${directory}`, error);
  }
}
