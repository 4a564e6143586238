import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { RECORD_VERSION } from '../model/config.js';
import type { StorePaths } from '../records/paths.js';

interface StoreRecord {
  readonly version: number;
  readonly runRoot: string;
}

/**
 * Makes a directory and its missing parents; an existing one is fine. mkdir's own `recursive` will not do: on a read-only
 * file system it answers ENOENT.
 */
function makeDirectory(directory: string): void {
  const missing: string[] = [];
  for (let at = directory; !existsSync(at); at = path.dirname(at)) missing.unshift(at);
  for (const at of missing) {
    try {
      mkdirSync(at, { mode: 0o700 });
    } catch (error) {
      // Another engine may be opening the same store.
      if (nodeErrorCode(error) !== 'EEXIST' || !statSync(at).isDirectory()) throw error;
    }
  }
  // Nothing was missing, so this may be a file.
  readdirSync(directory);
}

/**
 * Makes the directories of a store, and ties its root to its run directory: under another one the locks would be
 * others, and two engines could each believe that they alone hold a container.
 *
 * @throws LibpodError ERR_STORE_MISMATCH, ERR_NO_SPACE
 */
export function openStore(paths: StorePaths): void {
  try {
    for (const directory of [
      paths.root,
      paths.containers,
      paths.names,
      paths.links,
      paths.pods,
      paths.runRoot,
      paths.run,
      paths.runContainers,
      paths.runLinks,
      paths.runPods,
      paths.empty,
      paths.events,
    ]) {
      makeDirectory(directory);
    }
  } catch (error) {
    const code = nodeErrorCode(error);
    const kind = code === 'ENOTDIR' || code === 'EEXIST' ? 'ERR_NOT_A_DIRECTORY' : undefined;
    throw fileError(`open the store ${paths.root} with run root ${paths.runRoot}`, error, kind);
  }
  let text: string;
  try {
    text = readFileSync(paths.storeFile, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') throw fileError(`read ${paths.storeFile}`, error);
    const record: StoreRecord = { version: RECORD_VERSION, runRoot: paths.runRoot };
    const temporary = `${paths.storeFile}.${process.pid}`;
    try {
      // `flush`: after a power loss it is whole, or not there.
      writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
      renameSync(temporary, paths.storeFile);
    } catch (failure) {
      rmSync(temporary, { force: true });
      throw fileError(`write ${paths.storeFile}`, failure);
    }
    return;
  }
  let record: StoreRecord | null;
  try {
    record = JSON.parse(text) as StoreRecord | null;
  } catch (error) {
    throw new LibpodError('ERR_RECORD_DAMAGED', `the record ${paths.storeFile} is damaged: it is no JSON`, {
      cause: error,
    });
  }
  if (record?.version !== RECORD_VERSION) {
    throw new LibpodError(
      'ERR_RECORD_DAMAGED',
      `the store ${paths.root} has version ${record?.version}; this libpod reads version ${RECORD_VERSION}`,
    );
  }
  if (record.runRoot !== paths.runRoot) {
    throw new LibpodError(
      'ERR_STORE_MISMATCH',
      `the store ${paths.root} belongs to run root ${record.runRoot}, not ${paths.runRoot}: give that one (--runroot), or another root (--root)`,
    );
  }
}
