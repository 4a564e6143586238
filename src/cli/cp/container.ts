import path from 'node:path';
import { LibpodError } from '../../base/errors.js';
import type { Container, ContainerFile } from '../../index.js';
import { UsageError } from '../errors.js';
import { meansContents, type CopySource, type CopyTarget } from './plan.js';

/** What is at a path; undefined if there is nothing. */
async function look(container: Container, name: string, file: string): Promise<ContainerFile | undefined> {
  try {
    const found = await container.stat(file);
    if (/\/\.?$/.test(file) && !found.isDirectory) throw notFound(file, name, 'not a directory');
    return found;
  } catch (error) {
    if (LibpodError.is(error, 'ERR_NOT_FOUND')) return undefined;
    throw LibpodError.is(error, 'ERR_NOT_A_DIRECTORY') ? notFound(file, name, 'not a directory') : error;
  }
}

function notFound(file: string, name: string, why = 'no such file or directory'): UsageError {
  return new UsageError(`${JSON.stringify(file)} could not be found on container ${name}: ${why}`);
}

/** What a path of a container leads to. */
export async function containerSource(container: Container, name: string, file: string): Promise<CopySource> {
  const found = await look(container, name, file);
  if (found === undefined) throw notFound(file, name);
  return { isDirectory: found.isDirectory, path: found.path, contents: meansContents(file) };
}

/**
 * What is at a path of a container, or nothing, if its directory is there.
 *
 * @throws UsageError if that is not there either
 */
export async function containerTarget(
  container: Container,
  name: string,
  file: string,
): Promise<CopyTarget | undefined> {
  const found = await look(container, name, file);
  if (found !== undefined) return { isDirectory: found.isDirectory, path: found.path };
  const parent = path.posix.dirname(path.posix.join('/', file));
  if (!file.endsWith('/') && (await look(container, name, parent))?.isDirectory === true) return undefined;
  throw notFound(file, name);
}
