import { LibpodError } from '../base/errors.js';
import type { ContainerCore } from '../container/core.js';
import type { PodConfig } from '../model/pod.js';
import type { PodPaths } from '../records/paths.js';
import type { PodServices } from './services.js';

/** What all that is done to one pod needs: its records' places, its lock and its containers. */
export class PodCore {
  readonly services: PodServices;
  readonly config: PodConfig;
  readonly paths: PodPaths;

  constructor(services: PodServices, config: PodConfig) {
    this.services = services;
    this.config = config;
    this.paths = services.pods.paths.pod(config.id);
  }

  get id(): string {
    return this.config.id;
  }

  get name(): string {
    return this.config.name;
  }

  /** Its containers, the infra container among them, by ID. One whose records are damaged is passed over. */
  members(): ContainerCore[] {
    return this.services.containers.records.linkedTo(this.id).flatMap((id) => {
      try {
        return this.services.find(id) ?? [];
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
        return [];
      }
    });
  }

  /**
   * Runs a function under the pod's lock. Locks of containers are taken within it, never the other way round; and none is
   * held while waiting for people or processes.
   *
   * @throws LibpodError ERR_REMOVED if the pod is gone
   */
  async locked<T>(run: () => Promise<T>): Promise<T> {
    const { pods, containers } = this.services;
    let done = await containers.locks.with(this.paths.lock, run);
    if (done === undefined && pods.exists(this.id)) {
      // Its run directory went with the last boot.
      await pods.ensureRun(this.config);
      done = await containers.locks.with(this.paths.lock, run);
    }
    if (done === undefined) throw this.removedError();
    return done.value;
  }

  /** @throws LibpodError ERR_REMOVED if the pod is gone */
  requireThere(): void {
    if (!this.services.pods.exists(this.id)) throw this.removedError();
  }

  removedError(): LibpodError {
    return new LibpodError('ERR_REMOVED', `pod ${this.name} was removed`, { podId: this.id });
  }
}
