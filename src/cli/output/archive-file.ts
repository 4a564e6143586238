import { createWriteStream, lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { writeToStdout } from './stdout.js';

/** Writes an archive to a file, or to stdout; a file that could not be finished is removed. */
export async function writeArchive(archive: Readable, output: string | undefined): Promise<void> {
  if (output === undefined) return writeToStdout(archive);
  try {
    await pipeline(archive, createWriteStream(output));
  } catch (error) {
    // Half an archive looks like one. A device or a link is the user's own.
    if ((error as NodeJS.ErrnoException).syscall !== 'open' && lstatSync(output).isFile())
      await rm(output, { force: true });
    throw error instanceof LibpodError ? error : fileError(`write ${output}`, error);
  }
}

/** Work on an archive of a file, by the name of which an error of the archive is told; stdin has none. */
export async function naming<T>(file: string | undefined, work: PromiseLike<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (file === undefined || !LibpodError.is(error, 'ERR_ARCHIVE')) throw error;
    throw new LibpodError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
