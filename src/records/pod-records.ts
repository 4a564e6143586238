import { existsSync, readdirSync } from 'node:fs';
import { hasErrno } from '../base/errno.js';
import { isId } from '../base/ids.js';
import { runFileSteps, type FileStep } from '../linux/files/files.js';
import type { PodConfig } from '../model/pod.js';
import type { ContainerRecords } from './container-records.js';
import { newDirectoryName } from './creator.js';
import { readRecord, recordText } from './json-file.js';
import type { PodPaths, StorePaths } from './paths.js';

/** The records of pods: directories that appear by rename and go by rename, as those of containers. */
export class PodRecords {
  readonly paths: StorePaths;
  readonly #containers: ContainerRecords;

  constructor(containers: ContainerRecords) {
    this.paths = containers.paths;
    this.#containers = containers;
  }

  /**
   * Publishes a new pod. The order: a directory that bears our name, so that a sweep knows the work is in hand; the name,
   * which must be free among pods and containers; the infra container; last the static directory, with which the pod
   * exists, and has all that belongs to it.
   *
   * @param publishInfra makes the infra container
   * @param removeInfra undoes that
   * @throws LibpodError ERR_NAME_IN_USE
   */
  async publish(
    config: PodConfig,
    publishInfra: () => Promise<void>,
    removeInfra: () => Promise<void>,
  ): Promise<void> {
    const { id, name } = config;
    const own = this.paths.pod(id);
    const newRun = `${this.paths.runPods}/${newDirectoryName(id)}`;
    const newStatic = `${this.paths.pods}/${newDirectoryName(id)}`;
    const what = `record pod ${name}`;
    try {
      await runFileSteps(what, [
        { op: 'mkdir', path: newRun, mode: 0o700 },
        { op: 'write', path: `${newRun}/lock`, mode: 0o600, data: '' },
        { op: 'symlink', path: this.paths.name(name), to: id },
        { op: 'fsync', path: this.paths.names },
      ]);
      await publishInfra();
      await runFileSteps(what, [
        { op: 'mkdir', path: newStatic, mode: 0o700 },
        { op: 'write', path: `${newStatic}/config.json`, mode: 0o600, data: recordText(config) },
        { op: 'fsync', path: `${newStatic}/config.json` },
        { op: 'fsync', path: newStatic },
        { op: 'rename', path: newStatic, to: own.static },
        { op: 'fsync', path: this.paths.pods },
        { op: 'rename', path: newRun, to: own.run },
      ]);
    } catch (error) {
      const named = this.#containers.nameError(name, error, 'pod');
      await removeInfra();
      await runFileSteps(`undo pod ${name}`, [
        { op: 'remove', path: newStatic },
        { op: 'remove', path: own.static },
        ...this.#nameSteps(config),
        { op: 'remove', path: newRun },
      ]);
      throw named;
    }
  }

  /** The configuration of a pod; undefined if there is none. */
  config(id: string): PodConfig | undefined {
    return readRecord<PodConfig>(this.paths.pod(id).config);
  }

  /** Whether there is a pod with this full ID, readable or not. */
  exists(id: string): boolean {
    return existsSync(this.paths.pod(id).config);
  }

  /** The IDs of all pods, in no order; a snapshot without locks. */
  ids(): string[] {
    return readdirSync(this.paths.pods).filter(isId);
  }

  /** Makes the run directory of a pod that outlived a reboot. */
  async ensureRun({ id, name }: PodConfig): Promise<void> {
    const newRun = `${this.paths.runPods}/${newDirectoryName(id)}`;
    try {
      await runFileSteps(`refresh pod ${name}`, [
        { op: 'remove', path: newRun },
        { op: 'mkdir', path: newRun, mode: 0o700 },
        { op: 'write', path: `${newRun}/lock`, mode: 0o600, data: '' },
        { op: 'rename', path: newRun, to: this.paths.pod(id).run },
      ]);
    } catch (error) {
      await runFileSteps(`refresh pod ${name}`, [{ op: 'remove', path: newRun }]);
      // Somebody else was faster, another call of this process among them.
      if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
    }
  }

  /**
   * Removes a pod for good, under its lock. With the first rename it is gone; what is left after a crash in between, the
   * infra container among it, belongs to no pod, so the sweep finds it.
   *
   * @param removeInfra removes its infra container, if it has one
   */
  async remove(config: PodConfig, removeInfra: () => Promise<void>): Promise<void> {
    const own: PodPaths = this.paths.pod(config.id);
    // On the disk before its infra container goes: a pod that is there has it, after a power loss too.
    await runFileSteps(`remove pod ${config.name}`, [
      { op: 'discard', path: own.static },
      { op: 'fsync', path: this.paths.pods },
    ]);
    await removeInfra();
    await runFileSteps(`remove pod ${config.name}`, [
      { op: 'discard', path: own.run },
      { op: 'remove', path: this.paths.company(config.id) },
      ...this.#nameSteps(config),
    ]);
  }

  #nameSteps({ id, name }: PodConfig): FileStep[] {
    return this.#containers.ownerOfName(name) === id ? [{ op: 'remove', path: this.paths.name(name) }] : [];
  }
}
