import { LibpodError } from '../../base/errors.js';
import type { ImageCheck } from '../../images/check.js';
import { flag, object, requireShape } from '../../spec/shape.js';
import type { Container } from '../../container/container.js';
import type { ImageStore } from '../../images/image-store.js';
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
  /** Of the image store's own files, by path. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** By chain ID. */
  readonly layers: Readonly<Record<string, readonly string[]>>;
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly containers: Readonly<Record<string, readonly string[]>>;
  /** What became of files, by path. */
  readonly mendedFiles: Readonly<Record<string, string>>;
  /**
   * The IDs of images that are listed again, but without their names, after the file with the names was lost; by which names containers
   * were made of them.
   */
  readonly foundImages: Readonly<Record<string, readonly string[]>>;
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
  getContainer(id: string): Container;
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

/** The names by which containers were made of images: those may have gone to other images since, so that a person has to decide. */
function namesInContainers(
  engine: Engine,
  store: ImageStore,
  found: readonly string[],
): Record<string, string[]> {
  if (found.length === 0) return {};
  return Object.fromEntries(
    store
      .list()
      .filter(({ digest }) => found.includes(digest))
      .map(({ id }) => {
        const names = engine.images
          .usersOf(id)
          .flatMap((user) => engine.getContainer(user).config().rootfsImageName ?? []);
        return [id, [...new Set(names)].filter((name) => name !== id)];
      }),
  );
}

/** Looks for damage in the store, and repairs it if that is asked for. */
export async function checkSystem(engine: Engine, options: SystemCheckOptions): Promise<SystemCheckReport> {
  requireShape('checkSystem', OPTIONS, options);
  const { quick, repair = false, force = false } = options;
  const { checkImages, mendLayers } = await import('../../images/check.js');
  const { checkLayout, mendLayout } = await import('../../images/layout/mend-layout.js');
  const store = await engine.images.store();
  await store.prepare();
  const files = checkLayout(store.layout);
  const remade = repair ? await mendLayout(store.layout, files) : { files: {}, found: [] };
  // Without an index there are no images to check.
  const found =
    checkLayout(store.layout)[store.layout.indexFile] === undefined
      ? await checkImages(store, { quick })
      : { layers: new Map<string, never>(), images: [] };
  const damaged = (await engine.containers()).filter(({ problem }) => problem !== undefined);
  const work = new Repair(engine, force);
  const mendedLayers = repair ? await mendLayers(store, found) : [];
  if (repair) {
    await work.containers(damaged);
    await work.images(found);
  }
  return {
    files,
    mendedFiles: remade.files,
    foundImages: namesInContainers(engine, store, remade.found),
    layers: Object.fromEntries([...found.layers].map(([id, { problems }]) => [id, problems])),
    images: Object.fromEntries(found.images.map(({ id, problems }) => [id, problems])),
    containers: Object.fromEntries(damaged.map(({ id, problem }) => [id, [problem?.message ?? '']])),
    mendedLayers,
    removedImages: work.removedImages,
    removedContainers: work.removedContainers,
    errors: Object.keys(files).length + found.layers.size + found.images.length + damaged.length > 0,
  };
}
