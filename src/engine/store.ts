import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { RECORD_VERSION, STORAGE_DRIVERS, type StorageDriver } from '../model/config.js';
import type { StorePaths } from '../records/paths.js';
import { chooseDriver } from './storage-driver.js';

interface StoreRecord {
  readonly version: number;
  readonly runRoot: string;
  /** Absent in those of overlays, which once were all. */
  readonly storageDriver?: StorageDriver;
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

/** Writes the record of a new store, unless another engine was faster. */
function writeStoreRecord({ storeFile }: StorePaths, record: StoreRecord): void {
  const temporary = `${storeFile}.${process.pid}`;
  try {
    // `flush`: after a power loss it is whole, or not there.
    writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
    linkSync(temporary, storeFile);
  } catch (error) {
    if (nodeErrorCode(error) !== 'EEXIST') throw fileError(`write ${storeFile}`, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readStoreRecord({ storeFile }: StorePaths): string | undefined {
  try {
    return readFileSync(storeFile, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`read ${storeFile}`, error);
  }
}

/**
 * Makes the directories of a store, and ties its root to its run directory: under another one the locks would be
 * others, and two engines could each believe that they alone hold a container.
 *
 * @param asked the storage driver
 * @returns the one that the store has
 * @throws LibpodError ERR_STORE_MISMATCH, ERR_UNSUPPORTED, ERR_INVALID_ARGUMENT, ERR_NO_SPACE
 */
export async function openStore(paths: StorePaths, asked?: StorageDriver): Promise<StorageDriver> {
  if (asked !== undefined && !STORAGE_DRIVERS.includes(asked))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the storage driver ${JSON.stringify(asked)} is not supported: choose ${STORAGE_DRIVERS.join(' or ')}`,
    );
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
  let text = readStoreRecord(paths);
  if (text === undefined) {
    const storageDriver = await chooseDriver(paths, asked);
    writeStoreRecord(paths, {
      ...{ version: RECORD_VERSION, runRoot: paths.runRoot },
      ...(storageDriver !== 'overlay' && { storageDriver }),
    });
    text = readStoreRecord(paths) ?? '';
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
  const { storageDriver = 'overlay' } = record;
  if (asked !== undefined && storageDriver !== asked)
    throw new LibpodError(
      'ERR_STORE_MISMATCH',
      `the store ${paths.root} has the storage driver ${storageDriver}, not ${asked}: leave the driver out (--storage-driver), or give another root (--root)`,
    );
  return storageDriver;
}
