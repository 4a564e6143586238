import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../../base/errno.js';
import { UsageError } from '../errors.js';
import { meansContents, type CopySource, type CopyTarget } from './plan.js';

/** The kernel's words for what is usual here. */
const WORDS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
};

function notFound(file: string, error: unknown): UsageError {
  const code = nodeErrorCode(error) ?? '';
  return new UsageError(`${JSON.stringify(file)} could not be found on the host: ${WORDS[code] ?? code}`);
}

/** What a path of the host leads to. */
export function hostSource(file: string): CopySource {
  try {
    const isDirectory = statSync(file).isDirectory();
    return { isDirectory, path: realpathSync(file), contents: meansContents(file) };
  } catch (error) {
    throw notFound(file, error);
  }
}

/**
 * What is at a path of the host, or nothing, if its directory is there.
 *
 * @throws UsageError if that is not there either, or what is there is neither a directory nor a file
 */
export function hostTarget(file: string): CopyTarget | undefined {
  try {
    const info = statSync(file);
    if (!info.isDirectory() && !info.isFile())
      throw new UsageError(
        `invalid destination: ${JSON.stringify(file)} must be a directory or a regular file`,
      );
    return { isDirectory: info.isDirectory(), path: realpathSync(file) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (nodeErrorCode(error) === 'ENOENT' && !file.endsWith('/') && isDirectory(path.dirname(file)))
      return undefined;
    throw notFound(file, error);
  }
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
