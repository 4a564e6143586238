import { LibpodError } from '../../base/errors.js';
import type { ImageCheck } from '../../images/check.js';
import { flag, object, requireShape } from '../../spec/shape.js';
import type { Images } from '../images.js';
import type { ContainerSummary } from '../snapshot.js';

export interface SystemCheckOptions {
  /** Only whether all is there, in the right size: contents are not read. */
  readonly quick?: boolean | undefined;
  /**
   * Unpack damaged layers anew, and remove images of which something must be pulled again; those that containers use lose
   * what is damaged alone, so that a pull brings it.
   */
  readonly repair?: boolean | undefined;
  /** With `repair`: remove the containers that use such images too, those that run as well, and containers without records. */
  readonly force?: boolean | undefined;
}

const OPTIONS = object<SystemCheckOptions>({ quick: flag, repair: flag, force: flag });

/** What is wrong, by ID, and what was done about it. */
export interface SystemCheckReport {
  /** By chain ID. */
  readonly layers: Readonly<Record<string, readonly string[]>>;
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly containers: Readonly<Record<string, readonly string[]>>;
  readonly mendedLayers: readonly string[];
  readonly removedImages: readonly string[];
  readonly removedContainers: readonly string[];
  /** Whether anything was wrong. */
  readonly errors: boolean;
}

/** What is needed of the engine; it stands above this. */
interface Engine {
  readonly images: Images;
  containers(): Promise<ContainerSummary[]>;
  removeContainer(id: string, options: { force: boolean; timeout: number }): Promise<void>;
}

/** Removes what is damaged beyond mending here. */
class Repair {
  readonly removedImages: string[] = [];
  readonly removedContainers: string[] = [];
  readonly #engine: Engine;
  readonly #force: boolean;

  constructor(engine: Engine, force: boolean) {
    this.#engine = engine;
    this.#force = force;
  }

  async #container(id: string): Promise<void> {
    try {
      await this.#engine.removeContainer(id, { force: true, timeout: 0 });
      this.removedContainers.push(id);
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER') && !LibpodError.is(error, 'ERR_REMOVED'))
        throw error;
    }
  }

  async containers(damaged: readonly ContainerSummary[]): Promise<void> {
    if (this.#force) for (const { id } of damaged) await this.#container(id);
  }

  async images({ images }: ImageCheck): Promise<void> {
    const store = await this.#engine.images.store();
    for (const { id, digest, blobs, unreadable } of images) {
      let users = this.#engine.images.usersOf(id);
      if (this.#force) {
        for (const user of users) await this.#container(user);
        users = [];
      }
      for (const blob of blobs) await store.layout.discardBlob(blob);
      // What cannot be read is of use to nobody; containers have their layers without it.
      if (users.length > 0 && !unreadable) continue;
      await store.layout.changeIndex((entries) => entries.filter((entry) => entry.digest !== digest));
      this.removedImages.push(id);
    }
    if (this.removedImages.length > 0) await this.#engine.images.sweep();
  }
}

/** Looks for damage in the store, and repairs it if that is asked for. */
export async function checkSystem(engine: Engine, options: SystemCheckOptions): Promise<SystemCheckReport> {
  requireShape('checkSystem', OPTIONS, options);
  const { quick, repair = false, force = false } = options;
  const { checkImages, mendLayers } = await import('../../images/check.js');
  const store = await engine.images.store();
  const found = await checkImages(store, { quick });
  const damaged = (await engine.containers()).filter(({ problem }) => problem !== undefined);
  const work = new Repair(engine, force);
  const mendedLayers = repair ? await mendLayers(store, found) : [];
  if (repair) {
    await work.containers(damaged);
    await work.images(found);
  }
  return {
    layers: Object.fromEntries([...found.layers].map(([id, { problems }]) => [id, problems])),
    images: Object.fromEntries(found.images.map(({ id, problems }) => [id, problems])),
    containers: Object.fromEntries(damaged.map(({ id, problem }) => [id, [problem?.message ?? '']])),
    mendedLayers,
    removedImages: work.removedImages,
    removedContainers: work.removedContainers,
    errors: found.layers.size + found.images.length + damaged.length > 0,
  };
}
