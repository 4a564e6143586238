import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { isId } from '../base/ids.js';
import { isInMemory, runFileSteps, type FileStep } from '../linux/files/files.js';
import type { ContainerConfig } from '../model/config.js';
import { linkTargets, parseIdsTarget } from '../model/dependencies.js';
import { initialSettings, type ContainerSettings } from '../model/settings.js';
import { CONFIGURED, nextState, type ContainerState } from '../model/state.js';
import { Company } from './company.js';
import { goneName, newDirectoryName, parseNewDirectory } from './creator.js';
import { DirectoryNames } from './directory-names.js';
import { readRecord, recordText } from './json-file.js';
import { ContainerPaths, type StorePaths } from './paths.js';
import { RecordCache } from './record-cache.js';
import { CONFIG_RECORD, SETTINGS_RECORD, STATE_RECORD } from './record-shape.js';
import { ofContainer } from './unreadable.js';

/** Stands for a filter in the text of a configuration until it is put in; no user can know it. */
const FILTER_MARK = randomBytes(16).toString('hex');
const filterTexts = new WeakMap<object, string>();

/** How often to look whether the maker of a container has done its work, and for how long. */
const LOOK_AGAIN_MS = 2;
const MAKER_PATIENCE_MS = 10_000;

/** Of each run directory that this process is making anew, its end: all engines of a process make it under one name. */
const refreshing = new Map<string, Promise<void>>();

/**
 * The text of a configuration. The filter of a bundle, which is most of the text, is written out once for all containers
 * that share it.
 */
function configText(config: ContainerConfig): string {
  const { linux } = config.spec;
  if (linux?.seccomp === undefined) return recordText(config);
  let filter = filterTexts.get(linux.seccomp);
  if (filter === undefined) {
    filter = JSON.stringify(linux.seccomp);
    filterTexts.set(linux.seccomp, filter);
  }
  const marked = { ...config, spec: { ...config.spec, linux: { ...linux, seccomp: FILTER_MARK } } };
  const [before, after] = recordText(marked).split(`"${FILTER_MARK}"`);
  return `${before}${filter}${after}`;
}

/** The records of containers: directories that appear by rename and go by rename. */
export class ContainerRecords {
  readonly paths: StorePaths;
  readonly company: Company;

  /** A configuration is written once, and only a person changes it afterwards. */
  readonly #configs = new RecordCache(CONFIG_RECORD);
  readonly #links: DirectoryNames;
  readonly #runLinks: DirectoryNames;
  #runInMemory: boolean | undefined;

  constructor(paths: StorePaths) {
    this.paths = paths;
    this.company = new Company(paths);
    this.#links = new DirectoryNames(paths.links);
    this.#runLinks = new DirectoryNames(paths.runLinks);
  }

  /** Whether the run directory is on a tmpfs, as /run is where systemd runs. */
  #inMemory(): boolean {
    return (this.#runInMemory ??= isInMemory(this.paths.runContainers));
  }

  /**
   * Publishes a new container. The order: a directory that bears our name, so that a sweep knows the work is in hand; the
   * name, which must be free; the static directory; last the run directory, with which the container exists.
   *
   * @throws LibpodError ERR_NAME_IN_USE
   */
  async publish(config: ContainerConfig): Promise<void> {
    const { id, name, autoRemove } = config;
    const own = this.paths.container(id, autoRemove);
    const newRun = path.join(this.paths.runContainers, newDirectoryName(id));
    const configStep = (directory: string): FileStep => ({
      op: 'write',
      path: path.join(directory, 'config.json'),
      mode: 0o600,
      data: configText(config),
    });
    const steps: FileStep[] = [
      { op: 'mkdir', path: newRun, mode: 0o700 },
      { op: 'write', path: path.join(newRun, 'lock'), mode: 0o600, data: '' },
      { op: 'symlink', path: this.paths.name(name), to: id },
    ];
    // Before the container: one that is there is known to all that it depends on.
    const links = this.linksOf(config);
    steps.push(...links.map((file): FileStep => ({ op: 'write', path: file, mode: 0o600, data: '' })));
    if (autoRemove) {
      steps.push(configStep(newRun));
    } else {
      if (links.length > 0) steps.push({ op: 'fsync', path: this.paths.links });
      const newStatic = path.join(this.paths.containers, newDirectoryName(id));
      steps.push(
        { op: 'mkdir', path: newStatic, mode: 0o700 },
        configStep(newStatic),
        { op: 'fsync', path: path.join(newStatic, 'config.json') },
        { op: 'fsync', path: newStatic },
        { op: 'rename', path: newStatic, to: own.static },
        { op: 'fsync', path: this.paths.containers },
      );
    }
    steps.push({ op: 'rename', path: newRun, to: own.run });
    try {
      await runFileSteps(`record container ${name}`, steps, autoRemove && this.#inMemory());
    } catch (error) {
      const named = this.nameError(name, error);
      const undo: FileStep[] = [
        { op: 'remove', path: newRun },
        { op: 'remove', path: path.join(this.paths.containers, newDirectoryName(id)) },
        { op: 'remove', path: own.static },
        ...links.map((file): FileStep => ({ op: 'remove', path: file })),
      ];
      if (this.ownerOfName(name) === id) undo.push({ op: 'remove', path: this.paths.name(name) });
      await runFileSteps(`undo container ${name}`, undo);
      throw named;
    }
    const company = this.company.of(config);
    if (company !== undefined && config.isInfra !== true) this.company.tryJoin(company, id);
  }

  /** The files that say what a container depends on. */
  linksOf(config: ContainerConfig): string[] {
    return linkTargets(config).map((target) => this.paths.link(target, config.id, config.autoRemove));
  }

  #linkNames(): string[] {
    return [...this.#links.read(), ...this.#runLinks.read()];
  }

  /** The subordinate IDs that containers have been given. */
  idRanges(): { readonly start: number; readonly size: number }[] {
    const links = this.#linkNames();
    return links.flatMap((link) => parseIdsTarget(link.split('.')[0] ?? '') ?? []);
  }

  /**
   * The containers that depend on one, or belong to a pod, by ID. A link without a container, which a crash left, is passed
   * over; the sweep removes it.
   */
  linkedTo(target: string): string[] {
    const links = this.#linkNames();
    const ids = links
      .filter((link) => link.startsWith(`${target}.`))
      .map((link) => link.slice(target.length + 1));
    return [...new Set(ids)].filter((id) => this.exists(id)).sort();
  }

  /** Whether there is a container with this full ID, readable or not. */
  exists(id: string): boolean {
    return (
      existsSync(this.paths.container(id, true).config) || existsSync(this.paths.container(id, false).config)
    );
  }

  /** The ID that a name stands for. */
  ownerOfName(name: string): string | undefined {
    try {
      return readlinkSync(this.paths.name(name));
    } catch (error) {
      const code = nodeErrorCode(error);
      if (code === 'ENOENT' || code === 'EINVAL' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
        return undefined;
      throw error;
    }
  }

  /**
   * The configuration of a container; undefined if there is none.
   *
   * @throws LibpodError ERR_RECORD_DAMAGED, ERR_RECORD_NEWER
   */
  config(id: string): ContainerConfig | undefined {
    return ofContainer(id, () => {
      const config =
        this.#configs.read(this.paths.container(id, true).config) ??
        this.#configs.read(this.paths.container(id, false).config);
      if (config === undefined && this.isLasting(id))
        throw new LibpodError('ERR_RECORD_DAMAGED', `it has no configuration`);
      if (config === undefined && this.isSetAside(id))
        throw new LibpodError(
          'ERR_RECORD_DAMAGED',
          `its records were damaged, and are set aside in ${this.paths.damaged}/${id}, from where it may be moved back to ${this.paths.containers}`,
        );
      if (config !== undefined && config.id !== id)
        throw new LibpodError('ERR_RECORD_DAMAGED', `its configuration is that of container ${config.id}`);
      return config;
    });
  }

  /** The recorded state; that of a fresh container if there is none, as after a reboot. */
  state(own: ContainerPaths): ContainerState {
    return readRecord(own.state, STATE_RECORD) ?? CONFIGURED;
  }

  /** Puts a damaged state where the next one does not overwrite it; under the container's lock. */
  async setStateAside(own: ContainerPaths): Promise<void> {
    await runFileSteps('set a damaged state aside', [
      { op: 'remove', path: `${own.state}.damaged` },
      { op: 'rename', path: own.state, to: `${own.state}.damaged` },
    ]);
  }

  /** Whether a container has a directory that survives a reboot. */
  isLasting(id: string): boolean {
    return existsSync(`${this.paths.containers}/${id}`);
  }

  /** Whether the records of a container were damaged, and are set aside. */
  isSetAside(id: string): boolean {
    return existsSync(`${this.paths.damaged}/${id}`);
  }

  /** Moves a container out of the way of the others; under its lock. Nothing of it is lost but its state. */
  async setAside(id: string): Promise<true> {
    const own = this.paths.container(id, false);
    await runFileSteps(`set container ${id} aside`, [
      { op: 'mkdirs', path: this.paths.damaged },
      { op: 'rename', path: own.static, to: `${this.paths.damaged}/${id}` },
      { op: 'fsync', path: this.paths.damaged },
      { op: 'fsync', path: this.paths.containers },
      { op: 'discard', path: own.run },
    ]);
    return true;
  }

  /** The containers that were set aside. */
  setAsideIds(): string[] {
    return existsSync(this.paths.damaged) ? readdirSync(this.paths.damaged).filter(isId) : [];
  }

  /** Removes a container whose records cannot be read, and its names. */
  async removeUnreadable(id: string): Promise<void> {
    const own = this.paths.container(id, false);
    const names = readdirSync(this.paths.names).filter((name) => this.ownerOfName(name) === id);
    await runFileSteps(`remove container ${id}`, [
      { op: 'discard', path: own.static },
      { op: 'discard', path: `${this.paths.damaged}/${id}` },
      { op: 'discard', path: own.run },
      ...names.map((name): FileStep => ({ op: 'remove', path: this.paths.name(name) })),
    ]);
  }

  /**
   * Writes the state by rename; no fsync, as it does not outlive the boot.
   *
   * @param told what tells of the change
   */
  async writeState(
    own: ContainerPaths,
    state: ContainerState,
    told: readonly FileStep[] = [],
  ): Promise<void> {
    const temporary = `${own.state}.new`;
    await runFileSteps(
      'record the state',
      [
        { op: 'write', path: temporary, mode: 0o600, data: recordText(state) },
        { op: 'rename', path: temporary, to: own.state },
        ...told,
      ],
      this.#inMemory(),
    );
  }

  /** The IDs of all containers, of both kinds, in no order; a snapshot without locks. */
  async ids(): Promise<string[]> {
    const [lasting, running] = await Promise.all([
      readdir(this.paths.containers),
      readdir(this.paths.runContainers),
    ]);
    return [...new Set([...lasting, ...running, ...this.setAsideIds()].filter(isId))];
  }

  /** The same in one go, for looking up a prefix. */
  idsSync(): string[] {
    return [
      ...new Set(
        [
          ...readdirSync(this.paths.containers),
          ...readdirSync(this.paths.runContainers),
          ...this.setAsideIds(),
        ].filter(isId),
      ),
    ];
  }

  /** Makes the run directory of a container that outlived a reboot; once, however many of this process ask for it. */
  async ensureRun(config: ContainerConfig): Promise<void> {
    const { run } = this.paths.container(config.id, config.autoRemove);
    let refresh = refreshing.get(run);
    if (refresh === undefined) {
      refresh = this.#makeRun(config).finally(() => refreshing.delete(run));
      refreshing.set(run, refresh);
    }
    return refresh;
  }

  /**
   * Waits while somebody makes the run directory of a container: whoever publishes it has a moment in which the static one
   * is there alone, and would find the place taken.
   */
  async #makersDone(id: string): Promise<void> {
    const inTheMaking = (name: string): boolean => {
      const made = parseNewDirectory(name);
      return made?.id === id && made.alive;
    };
    const until = Date.now() + MAKER_PATIENCE_MS;
    while (Date.now() < until && readdirSync(this.paths.runContainers).some(inTheMaking))
      await sleep(LOOK_AGAIN_MS);
  }

  async #makeRun(config: ContainerConfig): Promise<void> {
    const own = this.paths.container(config.id, config.autoRemove);
    await this.#makersDone(config.id);
    // Made meanwhile, or given up.
    if (existsSync(own.lock) || !existsSync(own.static)) return;
    const newRun = path.join(this.paths.runContainers, newDirectoryName(config.id));
    // A container without any state is one whose creation has just been told, or is owed; that of an earlier boot is
    // neither. One of this boot gets here if its maker was killed between its two directories.
    const refreshed: FileStep[] =
      Date.parse(config.createdTime) >= statSync(this.paths.run).birthtimeMs
        ? []
        : [
            {
              op: 'write',
              path: path.join(newRun, 'state.json'),
              mode: 0o600,
              data: recordText(nextState(CONFIGURED, {})),
            },
          ];
    try {
      await runFileSteps(`refresh container ${config.name}`, [
        { op: 'remove', path: newRun },
        { op: 'mkdir', path: newRun, mode: 0o700 },
        { op: 'write', path: path.join(newRun, 'lock'), mode: 0o600, data: '' },
        ...refreshed,
        { op: 'rename', path: newRun, to: own.run },
      ]);
    } catch (error) {
      await runFileSteps(`refresh container ${config.name}`, [{ op: 'remove', path: newRun }]);
      if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      // Somebody else was faster; or somebody has taken the lock file alone away, and left no way to use or remove it.
      if (!existsSync(own.lock)) writeFileSync(own.lock, '', { flag: 'a', mode: 0o600 });
    }
  }

  /**
   * What may change of a container; as it was created if nobody has changed it.
   *
   * @throws LibpodError ERR_RECORD_DAMAGED, ERR_RECORD_NEWER
   */
  settings(config: ContainerConfig): ContainerSettings {
    const own = this.paths.container(config.id, config.autoRemove);
    const settings = ofContainer(
      config.id,
      () => readRecord(own.settings, SETTINGS_RECORD) ?? initialSettings(config),
    );
    const isStopped = config.healthcheck?.onFailure === 'stop' && existsSync(own.stoppedMark);
    return isStopped ? { ...settings, stoppedByUser: true } : settings;
  }

  /**
   * Writes the settings of a container, under its lock; they are on the disk when it returns.
   *
   * @throws LibpodError ERR_REMOVED if a throwaway container has gone meanwhile
   */
  async writeSettings(
    config: ContainerConfig,
    settings: ContainerSettings,
    told: readonly FileStep[] = [],
  ): Promise<void> {
    const own = this.paths.container(config.id, config.autoRemove);
    const temporary = `${own.settings}.new`;
    try {
      await runFileSteps(`record the settings of container ${settings.name}`, [
        { op: 'write', path: temporary, mode: 0o600, data: recordText(settings) },
        { op: 'fsync', path: temporary },
        { op: 'rename', path: temporary, to: own.settings },
        { op: 'fsync', path: own.static },
        ...told,
      ]);
    } catch (error) {
      // The monitor of a throwaway container has just taken its records away.
      if (config.autoRemove && hasErrno(error, 'ENOENT'))
        throw new LibpodError('ERR_REMOVED', `container ${settings.name} was removed`, {
          containerId: config.id,
          cause: error,
        });
      await runFileSteps('undo the settings', [{ op: 'remove', path: temporary }]);
      throw error;
    }
  }

  /**
   * Gives a container another name, under its lock. The order: the new name, which must be free; the settings, which tell
   * the true one of two; the old name.
   *
   * @throws LibpodError ERR_NAME_IN_USE
   */
  async rename(
    config: ContainerConfig,
    from: string,
    settings: ContainerSettings,
    told: readonly FileStep[],
  ): Promise<void> {
    const to = settings.name;
    const what = `rename container ${from} to ${to}`;
    try {
      await runFileSteps(what, [
        { op: 'symlink', path: this.paths.name(to), to: config.id },
        { op: 'fsync', path: this.paths.names },
      ]);
    } catch (error) {
      throw this.nameError(to, error);
    }
    try {
      await this.writeSettings(config, settings, told);
    } catch (error) {
      const renamed = this.settings(config).name === to;
      await runFileSteps(`undo: ${what}`, [{ op: 'remove', path: this.paths.name(renamed ? from : to) }]);
      throw error;
    }
    await runFileSteps(what, [{ op: 'remove', path: this.paths.name(from) }]);
  }

  /** What a refused name means; any other error as it is. @param kind who asked for it */
  nameError(name: string, error: unknown, kind: 'container' | 'pod' = 'container'): unknown {
    const taken = hasErrno(error, 'EEXIST') && error.syscall === 'symlink';
    if (!taken) return error;
    const owner = this.ownerOfName(name) ?? 'unknown';
    const other = existsSync(this.paths.pod(owner).config) ? 'pod' : 'container';
    return new LibpodError(
      'ERR_NAME_IN_USE',
      `the ${kind} name ${JSON.stringify(name)} is in use by ${other} ${owner}: remove that ${other} or choose another name`,
      { cause: error },
    );
  }

  /**
   * Removes a container for good, under its lock. With the first rename it is gone; the name comes last, and what is left
   * after a crash in between belongs to no container, so the sweep finds it.
   *
   * @param told what tells of it: while the configuration is still there, so that a sweep can tell it in our place
   */
  async remove(config: ContainerConfig, told: readonly FileStep[] = []): Promise<void> {
    const own = this.paths.container(config.id, config.autoRemove);
    const { name } = this.settings(config);
    const gone = goneName(own.static);
    const steps: FileStep[] = existsSync(own.static)
      ? [{ op: 'rename', path: own.static, to: gone }, ...told, { op: 'remove', path: gone }]
      : [];
    steps.push({ op: 'discard', path: own.run });
    steps.push(...this.linksOf(config).map((file): FileStep => ({ op: 'remove', path: file })));
    if (config.autoRemove && config.root.kind === 'copy') steps.push({ op: 'remove', path: own.copy });
    if (this.ownerOfName(name) === config.id) steps.push({ op: 'remove', path: this.paths.name(name) });
    await runFileSteps(`remove container ${name}`, steps);
    this.leaveCompany(config);
  }

  /** Counts a container no longer among those for which the infra container of its pod stays. */
  leaveCompany(config: ContainerConfig): void {
    const company = this.company.of(config);
    if (company !== undefined && config.isInfra !== true) this.company.leave(company, config.id);
  }
}
