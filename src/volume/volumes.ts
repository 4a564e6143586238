import { chownSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileError, hasErrno, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { checkName, newId } from '../base/ids.js';
import { FileLock } from '../linux/files/file-lock.js';
import { runFileSteps, type FileStep } from '../linux/files/files.js';
import { VOLUME_VERSION, type VolumeConfig } from '../model/volume.js';
import { goneName, newDirectoryName } from '../records/creator.js';
import { readRecord, recordText, type RecordKind } from '../records/json-file.js';
import { attachVolume, detachVolume } from './attach.js';
import { volumeForm, type VolumeOptions } from './options.js';

const VOLUME_RECORD: RecordKind<VolumeConfig> = {
  version: VOLUME_VERSION,
  problem: ({ name, options, labels }) =>
    typeof name === 'string' && typeof options === 'object' && options !== null && typeof labels === 'object'
      ? undefined
      : 'it is not that of a volume',
};

/** A volume whose lock is held. */
export interface HeldVolume {
  readonly config: VolumeConfig;
  /** Its directory in the store. */
  readonly directory: string;
  /** Its contents; mounted, if something is to be. */
  readonly data: string;
}

/** The file step that tells what happened to a volume. */
export type TellVolume = (status: 'create' | 'remove', config: VolumeConfig) => FileStep;

/** The error for a volume that is not there. */
export function noSuchVolume(name: string): LibpodError {
  return new LibpodError(
    'ERR_NO_SUCH_VOLUME',
    `no volume with name ${JSON.stringify(name)} found: no such volume`,
  );
}

/**
 * The volumes of a store: ROOT/volumes/NAME/{volume.json,lock,fresh,_data}. A volume appears whole, by rename, which makes its
 * name unique, and goes by rename. Who fills, mounts or removes one holds its lock. `fresh` is there until its first use.
 */
export class Volumes {
  readonly #directory: string;
  readonly #tell: TellVolume;

  /** @param directory ROOT/volumes; it is made with the first volume */
  constructor(directory: string, tell: TellVolume) {
    this.#directory = directory;
    this.#tell = tell;
  }

  #path(name: string): string {
    return path.join(this.#directory, name);
  }

  /** Where the contents of a volume are; whether it is there or not. */
  dataPath(name: string): string {
    return path.join(this.#path(name), '_data');
  }

  /** The names of all volumes, sorted. */
  names(): string[] {
    try {
      return readdirSync(this.#directory)
        .filter((name) => !name.startsWith('.'))
        .sort();
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /**
   * A volume by its whole name; undefined if there is none.
   *
   * @throws LibpodError ERR_RECORD_DAMAGED, ERR_RECORD_NEWER
   */
  find(name: string): VolumeConfig | undefined {
    const known = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name);
    return known ? readRecord(path.join(this.#path(name), 'volume.json'), VOLUME_RECORD) : undefined;
  }

  /**
   * The whole name of a volume, of which the first letters do.
   *
   * @throws LibpodError ERR_NO_SUCH_VOLUME, ERR_AMBIGUOUS
   */
  lookUp(name: string): string {
    const names = this.names();
    if (names.includes(name)) return name;
    const found = name === '' ? [] : names.filter((one) => one.startsWith(name));
    if (found.length > 1)
      throw new LibpodError('ERR_AMBIGUOUS', `more than one volume has a name that starts with ${name}`);
    if (found[0] === undefined) throw noSuchVolume(name);
    return found[0];
  }

  /**
   * Makes a volume.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME, ERR_NAME_IN_USE, ERR_NO_SPACE
   */
  async create(options: VolumeOptions, anonymous = false): Promise<VolumeConfig> {
    const { driver = 'local', options: mounted = {}, labels = {} } = options;
    const name = options.name === undefined ? newId() : checkName(options.name);
    if (driver !== 'local')
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `volume ${name}: the driver ${driver} is not known: give local`,
      );
    const { uid, gid } = volumeForm(mounted);
    const config: VolumeConfig = {
      ...{ version: VOLUME_VERSION, name, driver, options: { ...mounted }, labels: { ...labels } },
      ...{ createdTime: new Date().toISOString(), anonymous: anonymous || options.name === undefined },
    };
    const making = path.join(this.#directory, newDirectoryName(newId()));
    const file = (name_: string): string => path.join(making, name_);
    try {
      await runFileSteps(`make volume ${name}`, [
        { op: 'mkdirs', path: this.#directory },
        { op: 'mkdir', path: making, mode: 0o700 },
        { op: 'mkdir', path: file('_data'), mode: 0o755 },
        { op: 'chmod', path: file('_data'), mode: 0o755 },
        { op: 'write', path: file('lock'), mode: 0o600, data: '' },
        { op: 'write', path: file('fresh'), mode: 0o600, data: '' },
        { op: 'write', path: file('volume.json'), mode: 0o600, data: recordText(config) },
        { op: 'fsync', path: file('volume.json') },
        { op: 'fsync', path: making },
      ]);
      if (uid !== undefined || gid !== undefined) chownSync(file('_data'), uid ?? 0, gid ?? 0);
      await runFileSteps(`make volume ${name}`, [
        { op: 'rename', path: making, to: this.#path(name) },
        { op: 'fsync', path: this.#directory },
        this.#tell('create', config),
      ]);
      return config;
    } catch (error) {
      await runFileSteps(`undo volume ${name}`, [{ op: 'remove', path: making }]);
      if (hasErrno(error, 'ENOTEMPTY', 'EEXIST'))
        throw new LibpodError('ERR_NAME_IN_USE', `volume with name ${name} already exists`, { cause: error });
      throw error instanceof LibpodError ? error : fileError(`make volume ${name}`, error);
    }
  }

  /** The volume of this name, made if it is not there. */
  async ensure(name: string, anonymous: boolean): Promise<VolumeConfig> {
    for (;;) {
      const found = this.find(name);
      if (found !== undefined) return found;
      try {
        return await this.create({ name }, anonymous);
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_NAME_IN_USE')) throw error;
      }
    }
  }

  /**
   * Runs a function while nobody else fills, mounts or removes a volume; what is to be mounted for it is.
   *
   * @throws LibpodError ERR_NO_SUCH_VOLUME, and as mount does
   */
  async hold<T>(name: string, run: (volume: HeldVolume) => Promise<T>): Promise<T> {
    const directory = this.#path(name);
    using _lock = await this.#lock(name);
    const config = this.find(name);
    if (config === undefined) throw noSuchVolume(name);
    const data = this.dataPath(name);
    const { mount } = volumeForm(config.options);
    if (mount !== undefined) await attachVolume(name, mount, data);
    return await run({ config, directory, data });
  }

  async #lock(name: string): Promise<FileLock> {
    const lock = await FileLock.acquire(path.join(this.#path(name), 'lock'));
    if (lock === undefined) throw noSuchVolume(name);
    return lock;
  }

  /**
   * Unmounts what is mounted for a volume; what is in memory is gone then.
   *
   * @param users the containers that run with it
   * @returns false if nothing was mounted
   * @throws LibpodError ERR_NO_SUCH_VOLUME, ERR_VOLUME_IN_USE
   */
  async unmount(name: string, users: () => readonly string[]): Promise<boolean> {
    using _lock = await this.#lock(name);
    this.#requireUnused(name, users());
    return await detachVolume(this.dataPath(name));
  }

  /**
   * Removes a volume, also one whose record cannot be read.
   *
   * @param users the containers that have it, asked under its lock: one that comes later makes it anew
   * @throws LibpodError ERR_NO_SUCH_VOLUME, ERR_VOLUME_IN_USE
   */
  async remove(name: string, users: () => readonly string[]): Promise<void> {
    using _lock = await this.#lock(name);
    this.#requireUnused(name, users());
    const directory = this.#path(name);
    let config: VolumeConfig | undefined;
    try {
      config = this.find(name);
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
    }
    // What is mounted is somebody's, or in use: a removal must never go into it.
    await detachVolume(this.dataPath(name));
    const gone = goneName(directory);
    await runFileSteps(`remove volume ${name}`, [
      { op: 'rename', path: directory, to: gone },
      ...(config === undefined ? [] : [this.#tell('remove', config)]),
      { op: 'remove', path: gone },
    ]);
  }

  #requireUnused(name: string, users: readonly string[]): void {
    if (users.length === 0) return;
    throw new LibpodError(
      'ERR_VOLUME_IN_USE',
      `volume ${name} is being used by the following container(s): ${users.join(', ')}: volume is being used`,
    );
  }
}
