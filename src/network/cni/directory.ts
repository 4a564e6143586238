import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { parseConflist, type CniList } from './conflist.js';

/** Where administrators keep lists of plugins. */
export const CONFIG_DIRECTORY = '/etc/cni/net.d';

/** A list of the directory. */
export interface FoundList {
  readonly file: string;
  readonly list: CniList;
  /** ISO 8601. */
  readonly changedTime: string;
}

/** The lists of a directory, by file name: of two of one name the first. One that cannot be read is left out; look for it by `findList`. */
export function readLists(directory: string): FoundList[] {
  const names = new Set<string>();
  return listFiles(directory).flatMap((file) => {
    try {
      const found = readList(file);
      if (names.has(found.list.name)) return [];
      names.add(found.list.name);
      return [found];
    } catch {
      return [];
    }
  });
}

/**
 * The list of this name.
 *
 * @throws LibpodError ERR_CNI if there is none, but a file that bears the name cannot be read
 */
export function findList(directory: string, name: string): FoundList | undefined {
  const found = readLists(directory).find(({ list }) => list.name === name);
  if (found !== undefined) return found;
  for (const file of listFiles(directory)) {
    if (!bearsName(file, name)) continue;
    readList(file);
  }
  return undefined;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conflist'))
      .sort()
      .map((name) => path.join(directory, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(nodeErrorCode(error) ?? '')) return [];
    throw error;
  }
}

function readList(file: string): FoundList {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LibpodError(
      'ERR_CNI',
      `the CNI configuration ${file} cannot be read: ${nodeErrorCode(error) ?? ''}`,
      { cause: error },
    );
  }
  return { file, list: parseConflist(text, file), changedTime: statSync(file).mtime.toISOString() };
}

/** Whether a file that is no list says that it has this name, or is called by it. */
function bearsName(file: string, name: string): boolean {
  if (path.basename(file, '.conflist') === name) return true;
  try {
    return readFileSync(file, 'utf8').includes(`"name": ${JSON.stringify(name)}`);
  } catch {
    return false;
  }
}
