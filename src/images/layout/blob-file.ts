import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../../base/errno.js';
import { makeDirectories } from '../../base/make-directories.js';

/** What is read of a blob at once, and written: small trips cost more than their bytes. */
export const READ_BYTES = 256 * 1024;

/** Writes pieces one after the other; all of them, or it throws. */
export async function writeAt(
  handle: FileHandle,
  pieces: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let left = [...pieces];
  let at = position;
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left, at);
    at += bytesWritten;
    // On a disk that is nearly full fewer are written than were given; the next try says why.
    let passed = bytesWritten;
    left = left.flatMap((piece) => {
      const rest = piece.subarray(passed);
      passed = Math.max(0, passed - piece.length);
      return rest.length > 0 ? [rest] : [];
    });
  }
}

/** The bytes of a file; undefined if it is not there. */
export function fileSize(file: string): number | undefined {
  try {
    const info = statSync(file);
    return info.isFile() ? info.size : undefined;
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`look at ${file}`, error);
  }
}

/** A file's bytes; undefined if it is not there. */
export function readFileIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`read ${file}`, error);
  }
}

/** Writes a file that appears whole, on the disk, or not at all. @param temporary a name beside it that is the caller's */
export async function writeWhole(file: string, temporary: string, bytes: Uint8Array): Promise<void> {
  try {
    makeDirectories(path.dirname(temporary), 0o700);
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(`write ${file}`, error);
  }
}
