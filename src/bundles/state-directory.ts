import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { makeDirectories } from '../base/make-directories.js';
import { FileLock } from '../linux/files/file-lock.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';

/** What is kept of a container of a bundle, in ROOT/ID/state.json. */
export interface ContainerRecord {
  readonly schema: 1;
  /** The version of the specification that its bundle names. */
  readonly ociVersion: string;
  readonly id: string;
  /** The init, with its start in clock ticks since boot: together they name one process. */
  readonly pid: number;
  readonly startTicks: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339. */
  readonly created: string;
  /** Within each hierarchy. */
  readonly cgroupPath: string;
  /** The scope of systemd's above that, if it made one. */
  readonly scope?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The names that runc allows. */
const ID = /^[\w+.-]{1,255}$/;

/** The longest file name, less what a temporary name adds. */
function checkId(id: string): string {
  if (ID.test(id) && id !== '.' && id !== '..') return id;
  throw new LibpodError(
    'ERR_INVALID_NAME',
    `container ID ${JSON.stringify(id.slice(0, 300))} is not usable: give 1 to 255 letters, digits and _ + - .`,
  );
}

/** The files of one container; nothing of it need be there. */
export class ContainerFiles {
  readonly directory: string;

  /** @throws LibpodError ERR_INVALID_NAME */
  constructor(
    root: string,
    readonly id: string,
  ) {
    this.directory = path.join(root, checkId(id));
  }

  get record(): string {
    return path.join(this.directory, 'state.json');
  }

  /** The specification as it was when the container was made; the bundle's may change. */
  get spec(): string {
    return path.join(this.directory, 'config.json');
  }

  /** Locked by whoever makes, changes or removes the container. */
  get lock(): string {
    return path.join(this.directory, 'lock');
  }

  /** Where its first process waits to be started. */
  get gate(): string {
    return path.join(this.directory, 'gate.sock');
  }

  /** An empty directory, over which the root is attached where nobody but the container's child sees it. */
  get attachAt(): string {
    return path.join(this.directory, 'root');
  }

  /**
   * Makes the directory of a new container and locks it.
   *
   * @throws LibpodError ERR_NAME_IN_USE
   */
  async make(): Promise<Disposable> {
    try {
      makeDirectories(path.dirname(this.directory), 0o700);
      mkdirSync(this.directory, { mode: 0o700 });
    } catch (error) {
      if (nodeErrorCode(error) === 'EEXIST')
        throw new LibpodError('ERR_NAME_IN_USE', `container with id exists: ${this.id}`, { cause: error });
      throw fileError(`make ${this.directory}`, error);
    }
    mkdirSync(this.attachAt, { mode: 0o700 });
    writeFileSync(this.lock, '', { mode: 0o600, flag: 'wx' });
    return this.hold();
  }

  /**
   * Waits for the lock of the container.
   *
   * @throws LibpodError ERR_NO_SUCH_CONTAINER
   */
  async hold(): Promise<Disposable> {
    const lock = await FileLock.acquire(this.lock);
    if (lock === undefined) throw this.missing();
    return lock;
  }

  /** Whether somebody makes, changes or removes the container now. */
  isHeld(): boolean {
    return FileLock.holder(this.lock) !== undefined;
  }

  /** The error of a container that is not there. */
  missing(): LibpodError {
    return new LibpodError('ERR_NO_SUCH_CONTAINER', `container does not exist: ${this.id}`);
  }

  /** The record, or undefined if the container is not (yet) whole; a missing one is an error. */
  readRecord(): ContainerRecord | undefined {
    const text = readIfThere(this.record);
    if (text === undefined) {
      if (!this.exists()) throw this.missing();
      return undefined;
    }
    const record = parseRecord(text);
    if (typeof record?.['schema'] === 'number' && record['schema'] > 1)
      throw new LibpodError(
        'ERR_RECORD_NEWER',
        `${this.record} was written by a later version of this program: use that one`,
      );
    if (record !== undefined && isWhole(record) && record.id === this.id) return record;
    throw new LibpodError(
      'ERR_RECORD_DAMAGED',
      `${this.record} is damaged: delete container ${this.id} by force`,
    );
  }

  /** The record of a container that is whole. @throws LibpodError ERR_NO_SUCH_CONTAINER, ERR_INVALID_STATE */
  requireRecord(): ContainerRecord {
    const record = this.readRecord();
    if (record !== undefined) return record;
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `container ${this.id} is not created yet, or was never finished`,
    );
  }

  readSpec(): RuntimeSpec {
    return JSON.parse(readFileSync(this.spec, 'utf8')) as RuntimeSpec;
  }

  /** Publishes the container: until then it is being created. */
  write(record: ContainerRecord, spec: RuntimeSpec): void {
    writeFileSync(this.spec, JSON.stringify(spec), { mode: 0o600 });
    replaceFile(this.record, JSON.stringify(record), 0o600);
  }

  exists(): boolean {
    return existsDirectory(this.directory);
  }

  /** Takes the directory away: it disappears by rename, so that nobody sees half of it. */
  remove(): void {
    const gone = path.join(path.dirname(this.directory), `.gone-${process.pid}-${this.id}`.slice(0, 255));
    // Of a process of this number that was killed here.
    rmSync(gone, { recursive: true, force: true });
    try {
      renameSync(this.directory, gone);
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return;
      throw fileError(`remove ${this.directory}`, error);
    }
    rmSync(gone, { recursive: true, force: true });
  }
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as Readonly<Record<string, unknown>> | undefined;
  } catch {
    return undefined;
  }
}

/** What is signalled, killed and removed by a record is all there: a cgroup path that is empty would be the machine's. */
function isWhole(
  record: Readonly<Record<string, unknown>>,
): record is Record<string, unknown> & ContainerRecord {
  const { schema, pid, startTicks, cgroupPath } = record;
  return (
    schema === 1 &&
    Number.isSafeInteger(pid) &&
    Number(pid) > 0 &&
    /^\d+$/.test(String(startTicks)) &&
    ['ociVersion', 'id', 'bundle', 'rootfs', 'created'].every((name) => typeof record[name] === 'string') &&
    typeof cgroupPath === 'string' &&
    cgroupPath.startsWith('/') &&
    cgroupPath === path.normalize(cgroupPath) &&
    cgroupPath !== '/'
  );
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fileError(`read ${file}`, error);
  }
}

function existsDirectory(directory: string): boolean {
  return namesIn(path.dirname(directory)).includes(path.basename(directory));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw fileError(`read ${directory}`, error);
  }
}

/** A file appears whole, or not at all: by rename. */
export function replaceFile(file: string, text: string, mode: number): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}-${process.pid}`);
  try {
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(`write ${file}`, error);
  }
}

/** The IDs beneath a state root, in order; none if there is no such directory. */
export function containerIds(root: string): string[] {
  return namesIn(root)
    .filter((name) => ID.test(name) && !name.startsWith('.'))
    .sort();
}
