import { createWriteStream, lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
    throw error;
  }
}
