import { constants, openSync } from 'node:fs';
import type { CgroupHierarchy } from '../../base/cgroup-hierarchy.js';
import type { DeviceRule } from '../../base/device-rule.js';
import { fileError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { createCgroup, enableControllers } from './create.js';
import { readDevices, setDevices } from './devices.js';
import { watchCgroup, type CgroupState } from './events.js';
import { readCgroupFiles, writeCgroupFiles } from './files.js';
import { freezeCgroup, thawCgroup, type Freezer } from './freeze.js';
import { limitWrites, readLimits } from './limit-files.js';
import type { CgroupLimits } from './limits.js';
import { membersAt } from './members.js';
import { CgroupPlace, missingController } from './place.js';
import { watchPressureFile, type PressureTrigger } from './pressure.js';
import { readStats } from './stat-files.js';
import type { CgroupStats } from './stats.js';
import type { Pressure } from './text.js';
import { detectCgroups, killCgroup, removeCgroup } from './cgroups.js';
import { Descriptor } from '../files/descriptor.js';
import { invalid } from '../kernel-error.js';
import { checkText } from '../place.js';

/** How a cgroup is made. */
export interface CreateCgroupOptions {
  /** The hierarchies to make it in; those of the machine unless given. */
  readonly hierarchies?: readonly CgroupHierarchy[] | undefined;
  /**
   * The controllers of version 2 that it must have: they are enabled in the cgroups above. Unless given, every one that can
   * be is.
   */
  readonly controllers?: readonly string[] | undefined;
}

/**
 * One cgroup: the directories of one path in the hierarchies of the machine, whichever versions those are. It holds nothing
 * open, and dropping it removes nothing.
 *
 * Reading limits and members is synchronous: those stand in the kernel's memory. Statistics are summed up over the
 * processors when they are read, and writing waits: for memory to be reclaimed, for processors to have noticed that a
 * process moved (RCU, some milliseconds). These are one trip to a worker thread each.
 */
export class Cgroup {
  readonly #place: CgroupPlace;

  /**
   * Names a cgroup, which need not exist.
   *
   * @param path within each hierarchy, absolute and normal: `/app/one`
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED without cgroups
   */
  constructor(path: string, hierarchies: readonly CgroupHierarchy[] = detectCgroups()) {
    this.#place = new CgroupPlace(path, hierarchies);
  }

  /** Makes a cgroup and those above it, as far as they are missing; one that exists is fine. */
  static async create(path: string, options: CreateCgroupOptions = {}): Promise<Cgroup> {
    const cgroup = new Cgroup(path, options.hierarchies);
    await createCgroup(cgroup.#place);
    await enableControllers(cgroup.#place, options.controllers);
    return cgroup;
  }

  get path(): string {
    return this.#place.path;
  }

  get hierarchies(): readonly CgroupHierarchy[] {
    return this.#place.hierarchies;
  }

  /** The directories in all hierarchies. */
  get directories(): string[] {
    return this.#place.directories;
  }

  /** The directory in the hierarchy of a controller, by either version's name of it; undefined if there is none. */
  directory(controller: string): string | undefined {
    return this.#place.directory(controller);
  }

  /** The directory in the hierarchy of version 2, whatever controllers that has; undefined if there is none. */
  get unifiedDirectory(): string | undefined {
    return this.#place.unifiedDirectory;
  }

  /**
   * The `tasks` files of version 1: a thread that writes `0` to each enters at once, where somebody else who writes its
   * number would wait for some milliseconds.
   */
  get tasksFiles(): string[] {
    return this.hierarchies
      .filter(({ version }) => version === 1)
      .map((hierarchy) => `${this.#place.in(hierarchy)}/tasks`);
  }

  /**
   * The directory of version 2, opened, for a process to be born in (clone3(2), CLONE_INTO_CGROUP).
   *
   * @throws LibpodError ERR_UNSUPPORTED without version 2, ERR_NOT_FOUND
   */
  openDirectory(): Descriptor {
    const directory = this.unifiedDirectory;
    if (directory === undefined)
      throw new LibpodError(
        'ERR_UNSUPPORTED',
        'no cgroup version 2 is mounted, and only that has processes born into a cgroup: use tasksFiles',
      );
    try {
      return new Descriptor(openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY));
    } catch (error) {
      throw fileError(`open cgroup ${directory}`, error, 'ERR_NOT_FOUND');
    }
  }

  /**
   * Moves a process, with all of its threads, here in every hierarchy. Waits some milliseconds on each (RCU).
   *
   * @throws LibpodError ERR_SYSTEM with ESRCH if there is no such process; it may have moved in some hierarchies
   */
  async enter(pid: number): Promise<void> {
    if (!Number.isInteger(pid) || pid <= 0)
      throw invalid(`the PID must be a whole number from 1, not ${String(pid)}`);
    await writeCgroupFiles(
      `move process ${pid} into cgroup ${this.path}`,
      this.directories.map((directory) => [`${directory}/cgroup.procs`, String(pid)] as const),
    );
  }

  /** The processes here, those of cgroups beneath too if `recursive`. Those outside of this PID namespace are left out. */
  processes(options: { readonly recursive?: boolean } = {}): number[] {
    return membersAt(this.#place, 'processes', options.recursive === true);
  }

  /** The threads here. */
  threads(options: { readonly recursive?: boolean } = {}): number[] {
    return membersAt(this.#place, 'threads', options.recursive === true);
  }

  /**
   * Sets limits, in one trip to a worker thread, in order; stops at the first that is refused, and what was set stays.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT for a value that no cgroup takes or that this version does not have;
   *   ERR_UNSUPPORTED for a controller that the machine has not; else the kernel's answer, with the file and the value
   */
  async setLimits(limits: CgroupLimits): Promise<void> {
    await writeCgroupFiles(`set limits of cgroup ${this.path}`, limitWrites(this.#place, limits));
  }

  /** The limits as they are now, of the controllers that the machine has. */
  limits(): CgroupLimits {
    return readLimits(this.#place);
  }

  /**
   * What the cgroup has used. In one trip to a worker thread: the kernel sums its counters up when they are read.
   *
   * @throws LibpodError ERR_NOT_FOUND if the cgroup is gone
   */
  async stats(): Promise<CgroupStats> {
    return readStats(this.#place);
  }

  /**
   * Stops every process here and beneath, and waits until all have.
   *
   * @param signal gives up and thaws again
   * @throws LibpodError ERR_INVALID_STATE if this process is among them: nobody would be left to thaw it; ERR_ABORTED
   */
  async freeze(signal?: AbortSignal): Promise<void> {
    if (this.processes({ recursive: true }).includes(process.pid))
      throw new LibpodError(
        'ERR_INVALID_STATE',
        `cannot freeze cgroup ${this.path}: this process is in it, and could not thaw it again`,
      );
    await freezeCgroup(this.#freezer(), signal);
  }

  /** Lets the processes go on. They do not as long as a cgroup above is frozen. */
  async thaw(): Promise<void> {
    await thawCgroup(this.#freezer());
  }

  /** Kills every process here and beneath, and waits until all are gone (two seconds at most in each hierarchy). */
  async kill(): Promise<void> {
    // Whom the freezer of version 1 holds dies by it alone; the other hierarchies would wait in vain.
    const freezer = this.directory('freezer');
    if (freezer !== undefined) await killCgroup(freezer);
    for (const directory of this.directories) if (directory !== freezer) await killCgroup(directory);
  }

  /**
   * What happens to the cgroup: its state first, then again after each change, until it is removed. The kernel tells of
   * changes, and no thread waits. Version 2 tells of everything; version 1 of memory and refused forks alone, and a hybrid
   * machine's version 2 of the rest.
   *
   * @throws LibpodError ERR_ABORTED, ERR_NOT_FOUND
   */
  events(signal?: AbortSignal): AsyncGenerator<CgroupState, void, void> {
    const memory = this.#place.of('memory');
    const [unified, pids] = [this.unifiedDirectory, this.directory('pids')];
    return watchCgroup(
      {
        name: this.path,
        ...(unified === undefined ? {} : { unified }),
        ...(memory?.version === 1 ? { memoryV1: this.#place.in(memory) } : {}),
        ...(pids === undefined ? {} : { pids }),
      },
      signal,
    );
  }

  /**
   * Tells whenever processes here waited for a resource for longer than allowed, at most once in each window.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED without version 2, ERR_NOT_FOUND, ERR_ABORTED
   */
  watchPressure(
    resource: 'cpu' | 'memory' | 'io',
    trigger: PressureTrigger,
    signal?: AbortSignal,
  ): AsyncGenerator<Pressure, void, void> {
    const directory = this.unifiedDirectory;
    if (directory === undefined)
      throw new LibpodError(
        'ERR_UNSUPPORTED',
        'no cgroup version 2 is mounted, and only that counts pressure',
      );
    if (!['cpu', 'memory', 'io'].includes(resource))
      throw invalid(`pressure is counted of cpu, memory and io, not of ${JSON.stringify(resource)}`);
    return watchPressureFile(`${directory}/${resource}.pressure`, trigger, signal);
  }

  /**
   * Says which devices the processes here may use; the last rule that fits decides. On version 1 the rules amend the list;
   * on version 2 they become a program of their own beside those that are there, and whatever no rule fits is denied: all
   * programs, also those of cgroups above, must allow. So begin with a rule for all devices, and set them once.
   *
   * @throws LibpodError ERR_UNSUPPORTED without a device controller
   */
  async setDevices(rules: readonly DeviceRule[]): Promise<void> {
    await setDevices(this.#place, rules);
  }

  /** The devices that are allowed; undefined on version 2, where programs decide, which cannot be listed. */
  devices(): DeviceRule[] | undefined {
    return readDevices(this.#place);
  }

  /** Removes it and those beneath; a missing one is fine. Processes that are still exiting are waited for, two seconds. */
  async remove(): Promise<void> {
    for (const directory of this.directories) await removeCgroup(directory);
  }

  /**
   * Reads a file of a controller that no type here names.
   *
   * @param controller by either version's name, for where to look
   * @returns undefined if there is no such file
   */
  read(controller: string, file: string): string | undefined {
    const directory = this.directory(controller);
    return directory === undefined ? undefined : readCgroupFiles([`${directory}/${checkFile(file)}`])[0];
  }

  /** Writes such a file, on a worker thread. */
  async write(controller: string, file: string, text: string): Promise<void> {
    const directory = this.directory(controller);
    if (directory === undefined) throw missingController(controller);
    await writeCgroupFiles(`write a file of cgroup ${this.path}`, [
      [`${directory}/${checkFile(file)}`, text],
    ]);
  }

  #freezer(): Freezer {
    const unified = this.unifiedDirectory;
    if (unified !== undefined) return { name: this.path, directory: unified, version: 2 };
    const directory = this.directory('freezer');
    if (directory === undefined) throw missingController('freezer');
    return { name: this.path, directory, version: 1 };
  }
}

function checkFile(file: string): string {
  checkText('the name of a file', file);
  if (file.includes('/'))
    throw invalid(`a file of a cgroup is given by its name alone, not ${JSON.stringify(file)}`);
  return file;
}
