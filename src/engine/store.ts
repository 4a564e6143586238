import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
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

interface RootRecord {
  readonly version: number;
  readonly runRoot: string;
  /** Absent in those of overlays, which once were all. */
  readonly storageDriver?: StorageDriver;
}

interface RunRootRecord {
  readonly version: number;
  readonly root: string;
}

/**
 * A path as the kernel has it, without links on the way, whether it is there or not: cgroups bear a digest of it, so one store by two
 * names would be two, of which each takes what the other has for left behind.
 */
export function realPath(file: string): string {
  const whole = path.resolve(file);
  try {
    return realpathSync(whole);
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT' || path.dirname(whole) === whole) return whole;
    return path.join(realPath(path.dirname(whole)), path.basename(whole));
  }
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

/** @throws LibpodError ERR_RECORD_DAMAGED; undefined if there is none */
function readRecord<R extends { readonly version: number }>(file: string): R | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`read ${file}`, error);
  }
  let record: R | null;
  try {
    record = JSON.parse(text) as R | null;
  } catch (error) {
    throw new LibpodError('ERR_RECORD_DAMAGED', `the record ${file} is damaged: it is no JSON`, {
      cause: error,
    });
  }
  if (record?.version === RECORD_VERSION) return record;
  throw new LibpodError(
    'ERR_RECORD_DAMAGED',
    `the store record ${file} has version ${record?.version}; this libpod reads version ${RECORD_VERSION}`,
  );
}

/** Writes a record: by rename over what is there, or else only if nobody else was first. Whole after a power loss, or not there. */
function writeRecord(file: string, record: RootRecord | RunRootRecord, over: boolean): void {
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
    if (over) renameSync(temporary, file);
    else linkSync(temporary, file);
  } catch (failure) {
    if (nodeErrorCode(failure) !== 'EEXIST') throw fileError(`write ${file}`, failure);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** What a record says; what it is to say, written now, if there is none. */
async function recordOr<R extends RootRecord | RunRootRecord>(
  file: string,
  fresh: () => Promise<R>,
): Promise<R> {
  const found = readRecord<R>(file);
  if (found !== undefined) return found;
  const record = await fresh();
  writeRecord(file, record, false);
  return readRecord<R>(file) ?? record;
}

/** Makes the directories of a store. */
function makeDirectories(paths: StorePaths): void {
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
}

/**
 * Makes the directories of a store, and ties its root and its run root to each other. Under another run root the locks would be
 * others, and two engines could each believe that they alone hold a container; under another root, or a copy of it, an engine would
 * take the throwaway containers and the locks of that one for its own. A root that was moved takes its run root along.
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
  makeDirectories(paths);
  const { runRoot, storageDriver = 'overlay' } = await recordOr<RootRecord>(paths.storeFile, async () => {
    const chosen = await chooseDriver(paths, asked);
    return {
      ...{ version: RECORD_VERSION, runRoot: paths.runRoot },
      ...(chosen !== 'overlay' && { storageDriver: chosen }),
    };
  });
  if (realPath(runRoot) !== paths.runRoot) {
    throw new LibpodError(
      'ERR_STORE_MISMATCH',
      `the store ${paths.root} belongs to run root ${runRoot}, not ${paths.runRoot}: give that one (--runroot), or another root (--root)`,
    );
  }
  if (asked !== undefined && storageDriver !== asked)
    throw new LibpodError(
      'ERR_STORE_MISMATCH',
      `the store ${paths.root} has the storage driver ${storageDriver}, not ${asked}: leave the driver out (--storage-driver), or give another root (--root)`,
    );
  await tieRunRoot(paths);
  return storageDriver;
}

/** @throws LibpodError ERR_STORE_MISMATCH if the run root has another store that is there */
async function tieRunRoot(paths: StorePaths): Promise<void> {
  const fresh: RunRootRecord = { version: RECORD_VERSION, root: paths.root };
  const { root } = await recordOr<RunRootRecord>(paths.runStoreFile, () => Promise.resolve(fresh));
  if (realPath(root) === paths.root) return;
  if (existsSync(path.join(root, path.basename(paths.storeFile)))) {
    throw new LibpodError(
      'ERR_STORE_MISMATCH',
      `the run root ${paths.runRoot} belongs to the store ${root}, not ${paths.root}: give another run root (--runroot); a copy of a store takes one when its ${paths.storeFile} is removed`,
    );
  }
  writeRecord(paths.runStoreFile, fresh, true);
}
