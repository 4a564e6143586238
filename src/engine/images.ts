import { Readable } from 'node:stream';
import { LibpodError } from '../base/errors.js';
import type { Container } from '../container/container.js';
import type { CommitOptions } from './commit.js';
import type { ImageRoot } from './options/image.js';
import type { UnmountRootOptions } from '../container/files/counted-mount.js';
import { ImageMounts, type ImageMount } from './image-mounts.js';
import type { RootConfig, StorageDriver } from '../model/config.js';
import type { CreateOptions } from './options/options.js';
import { repoDigests, repoTags, type Image } from '../images/image.js';
import type { ImageStore, UnreadableImage } from '../images/image-store.js';
import { Transfer } from '../images/progress.js';
import { rootChanges, type RootChange } from '../storage/changes.js';
import type { ImageHistoryEntry } from '../images/history.js';
import type { ImportOptions, ImportSource } from '../images/import.js';
import type { LoadOptions } from '../images/load.js';
import type { LoginOptions } from '../images/registry/login.js';
import type { PullOptions } from '../images/pull.js';
import type { PushedImage, PushOptions } from '../images/push.js';
import type { SaveDirectoryOptions, SaveOptions } from '../images/save.js';
import type { SearchOptions, SearchResult } from '../images/search.js';

/** A container, as far as images are concerned with it. */
export interface ImageUser {
  readonly id: string;
  readonly imageId: string | undefined;
  /** The directories of the layers of its root. */
  readonly layers: readonly string[];
}

/** What images need of the engine. */
export interface ImageHost {
  readonly root: string;
  /** Where images are mounted on the host. */
  readonly imageMounts: string;
  readonly storageDriver: StorageDriver;
  /** All containers. */
  users(): readonly ImageUser[];
  removeContainer(id: string): Promise<void>;
  /** @throws LibpodError ERR_NO_SUCH_CONTAINER, ERR_AMBIGUOUS */
  lookupContainer(nameOrId: string): Container;
}

/** An image in a listing. */
export interface ImageSummary extends Image {
  /** Its names with a tag; and its repositories with its digests. */
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  /** The bytes of its layers' archives, decompressed. */
  readonly size: number;
  /** The IDs of the containers that were made of it. */
  readonly containers: readonly string[];
}

/** Chooses images. */
export type ImageFilter = (image: ImageSummary) => boolean;

/** What `prune` removes. */
export interface ImagePruneOptions {
  /** Also images with names. */
  readonly all?: boolean | undefined;
  /** Only those on which all of these agree. */
  readonly filters?: readonly ImageFilter[] | undefined;
}

/** What `remove` has done. */
export interface ImageRemoval {
  readonly untagged: readonly string[];
  /** The ID of the image, if it went with its last name. */
  readonly deleted: string | undefined;
}

export interface ImageRemoveOptions {
  /** Also if it has several names, is mounted, or containers use it, which are removed, those that run too. */
  readonly force?: boolean | undefined;
}

export interface ImagePruneReport {
  readonly deleted: readonly string[];
  /** Bytes of blobs; layers come on top of them. */
  readonly freed: number;
}

/** A stream may fail before it is read: whoever reads it then is told, and until then it is nobody's error. */
function patient<T>(source: T): T {
  if (source instanceof Readable) source.on('error', () => undefined);
  return source;
}

/**
 * The images of a store. What they need is loaded when they are used first: containers of directories pay nothing for it.
 */
export class Images {
  readonly #host: ImageHost;
  readonly #mounts: ImageMounts;
  #store: Promise<ImageStore> | undefined;

  constructor(host: ImageHost) {
    this.#host = host;
    this.#mounts = new ImageMounts(host.imageMounts);
  }

  /** The store itself. */
  store(): Promise<ImageStore> {
    this.#store ??= import('../images/image-store.js').then(
      ({ ImageStore: Store }) => new Store(this.#host.root, this.#host.storageDriver),
    );
    return this.#store;
  }

  /**
   * Pulls an image and unpacks it; what is here already is not fetched again. Two pulls at once, in any processes, do the
   * work once.
   *
   * @param name `alpine`, `docker.io/library/alpine:3`, `localhost:5000/x@sha256:...`, `docker://quay.io/team/app`
   * @returns awaited the image, iterated how far its layers are
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_IMAGE_INVALID, ERR_ARCHIVE, ERR_NO_SPACE,
   *   ERR_ABORTED, ERR_INVALID_ARGUMENT
   */
  pull(name: string, options: PullOptions = {}): Transfer<Image> {
    return new Transfer(async (tell) => {
      const [store, { pullImage }] = await Promise.all([this.store(), import('../images/pull.js')]);
      return pullImage(store, name, options, tell);
    });
  }

  /**
   * Brings an image to a registry; what is there already is not sent again.
   *
   * @param nameOrId the image
   * @param destination its name there: `registry.example.org/team/app:1`; the one by which it was asked for unless given
   * @returns awaited the name and digest, iterated how far its blobs are
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_IMAGE_INVALID, ERR_INVALID_ARGUMENT, ERR_ABORTED
   */
  push(nameOrId: string, destination?: string, options: PushOptions = {}): Transfer<PushedImage> {
    return new Transfer(async (tell) => {
      const [store, { pushImage }] = await Promise.all([this.store(), import('../images/push.js')]);
      return pushImage(store, nameOrId, destination, options, tell);
    });
  }

  /**
   * Repositories at registries whose names have a text in them.
   *
   * @param term with a registry in front that alone is searched, else those of registries.conf; `localhost:5000/` finds all
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_IMAGE for a registry that tells no names, ERR_UNAUTHORIZED,
   *   ERR_REGISTRY, ERR_ABORTED
   */
  async search(term: string, options: SearchOptions = {}): Promise<SearchResult[]> {
    const { searchImages } = await import('../images/search.js');
    return searchImages(term, options);
  }

  /**
   * The tags of a repository at its registry.
   *
   * @param name `quay.io/team/app`; a tag or digest in it plays no part
   * @returns the repository's whole name, and its tags as the registry orders them
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_ABORTED
   */
  async tags(
    name: string,
    options: SearchOptions = {},
  ): Promise<{ readonly name: string; readonly tags: readonly string[] }> {
    const { tagsOf } = await import('../images/search.js');
    return tagsOf(name, options);
  }

  /**
   * Sees that a registry takes credentials, and keeps them in podman's file for pulls and pushes to come.
   *
   * @returns the file that they are kept in, or that names the helper which keeps them
   * @throws LibpodError ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_INVALID_ARGUMENT, ERR_ABORTED
   */
  async login(
    registry: string,
    credentials: { readonly username: string; readonly password: string },
    options: LoginOptions = {},
  ): Promise<string> {
    const { logIn } = await import('../images/registry/login.js');
    return logIn(registry, credentials, options);
  }

  /**
   * Forgets the credentials of a registry.
   *
   * @param registry all registries unless given
   * @returns whether there were any; true for all
   */
  async logout(registry?: string, { authFile }: Pick<LoginOptions, 'authFile'> = {}): Promise<boolean> {
    const { logOut } = await import('../images/registry/login.js');
    return logOut(registry, authFile);
  }

  /** The user as whom pulls and pushes go to a registry; undefined for nobody. */
  async loggedInUser(
    registry: string,
    { authFile }: Pick<LoginOptions, 'authFile'> = {},
  ): Promise<string | undefined> {
    const login = await import('../images/registry/login.js');
    return login.loggedInUser(registry, authFile);
  }

  /**
   * Images as one archive: as podman and docker load it, or of an OCI image layout. Nothing of them is removed before the
   * stream has ended or is destroyed.
   *
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS, ERR_INVALID_ARGUMENT; the stream fails with ERR_IMAGE_INVALID where a
   *   blob is damaged, and with ERR_ABORTED
   */
  async save(namesOrIds: string | readonly string[], options: SaveOptions = {}): Promise<Readable> {
    const [store, { saveArchive }] = await Promise.all([this.store(), import('../images/save.js')]);
    return saveArchive(store, [namesOrIds].flat(), options);
  }

  /**
   * Images as an OCI image layout in a directory, which is made unless it is there; a layout there keeps its other images.
   *
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS, ERR_INVALID_ARGUMENT, ERR_IMAGE_INVALID, ERR_NO_SPACE, ERR_ABORTED
   */
  async saveDirectory(
    namesOrIds: string | readonly string[],
    directory: string,
    options: SaveDirectoryOptions = {},
  ): Promise<void> {
    const [store, { saveDirectory }] = await Promise.all([this.store(), import('../images/save.js')]);
    await saveDirectory(store, [namesOrIds].flat(), directory, options);
  }

  /**
   * Loads the images of an archive: of an OCI image layout, or of `docker save`; as it is, or compressed by gzip or zstd.
   *
   * @param archive read once, from its beginning to its end
   * @returns awaited the images, iterated how far their blobs are
   * @throws LibpodError ERR_ARCHIVE, ERR_IMAGE_INVALID, ERR_NO_SUCH_IMAGE, ERR_NOT_FOUND, ERR_NO_SPACE, ERR_ABORTED
   */
  load(archive: AsyncIterable<Uint8Array>, options: LoadOptions = {}): Transfer<readonly Image[]> {
    patient(archive);
    return new Transfer(async (tell) => {
      const [store, { loadImages }] = await Promise.all([this.store(), import('../images/load.js')]);
      return loadImages(store, archive, options, tell);
    });
  }

  /**
   * Makes an image of a tree.
   *
   * @param source an archive of the tree, as it is or compressed: its bytes, the path of a file, or an address of HTTP
   * @throws LibpodError ERR_ARCHIVE, ERR_NOT_FOUND, ERR_INVALID_ARGUMENT, ERR_REGISTRY for an address, ERR_NO_SPACE, ERR_ABORTED
   */
  async import(source: ImportSource, options: ImportOptions = {}): Promise<Image> {
    patient(source);
    const [store, { importImage }] = await Promise.all([this.store(), import('../images/import.js')]);
    return importImage(store, source, options);
  }

  /**
   * Makes an image of a container: that of its root, and what the container has changed as one more layer.
   *
   * @param container its name or ID
   * @throws LibpodError ERR_NO_SUCH_CONTAINER; ERR_UNSUPPORTED if it is not made of an image; ERR_NO_SUCH_IMAGE if that is gone;
   *   ERR_INVALID_ARGUMENT, ERR_NO_SPACE, ERR_ABORTED
   */
  async commit(container: string, options: CommitOptions = {}): Promise<Image> {
    const [store, { commitContainer }] = await Promise.all([this.store(), import('./commit.js')]);
    return commitContainer(store, this.#host.lookupContainer(container), options);
  }

  /** How an image was made, the last step first. @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS */
  async history(nameOrId: string): Promise<ImageHistoryEntry[]> {
    const [store, { historyOf }] = await Promise.all([this.store(), import('../images/history.js')]);
    return historyOf(store, store.find(nameOrId));
  }

  /**
   * What the last layer of an image changes of those beneath it.
   *
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS; ERR_NOT_FOUND for a layer that is missing
   */
  async diff(nameOrId: string): Promise<RootChange[]> {
    const store = await this.store();
    using _kept = await store.keepAll();
    const { chain } = store.find(nameOrId);
    const [top] = store.layers.lowerDirectories(chain);
    if (top === undefined) return [];
    using empty = store.layers.emptyTree();
    const beneath = store.layers.lowerDirectories(chain.slice(0, -1));
    const lower = beneath.length > 0 ? beneath : [empty.path];
    const root: RootConfig =
      this.#host.storageDriver === 'vfs'
        ? { kind: 'copy', of: lower[0] as string }
        : { kind: 'overlay', lower, throwaway: false };
    return await rootChanges(root, { upper: top, copy: top }, []);
  }

  /**
   * Shows the tree of an image on the host, to be read alone, or counts once more if it is mounted. It outlives this process.
   *
   * @returns where; set-user-ID bits and device nodes have no effect there, as the tree is whoever's
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS; ERR_NOT_FOUND for a layer that is missing
   */
  async mount(nameOrId: string): Promise<string> {
    const store = await this.store();
    // As long as nothing of it is removed: then the record of the mount keeps its layers.
    using _kept = await store.keepAll();
    const image = store.find(nameOrId);
    const { id, lower } = this.#layersOf(store, image, nameOrId);
    return await this.#mounts.mount(id, lower);
  }

  /**
   * Takes back one mount; the last one unmounts the image.
   *
   * @param nameOrId of an image that is mounted the ID does, whatever became of the image
   * @returns false if it was not mounted
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS; ERR_INVALID_STATE if a process stands in it
   */
  async unmount(nameOrId: string, options: UnmountRootOptions = {}): Promise<boolean> {
    const isMounted = this.#mounts.list().some((one) => one.id === nameOrId);
    const id = isMounted ? nameOrId : (await this.store()).find(nameOrId).id;
    return this.#mounts.unmount(id, options);
  }

  /** The images that are mounted on the host. */
  mounts(): ImageMount[] {
    return this.#mounts.list();
  }

  /** Held while an image is taken into use. */
  async keep(): Promise<Disposable> {
    return (await this.store()).keepAll();
  }

  /**
   * An image as the root of a container, pulled as the policy says.
   *
   * @throws LibpodError ERR_NO_SUCH_IMAGE, and as `pull`
   */
  async rootOf(nameOrId: string, policy: CreateOptions['pull'] = 'missing'): Promise<ImageRoot> {
    const store = await this.store();
    const here = store.lookUp(nameOrId);
    const image = await this.#pulledBy(policy, nameOrId, here);
    return this.#layersOf(store, image, nameOrId);
  }

  /** An image with the directories of its layers. @throws LibpodError ERR_IMAGE_INVALID if it has none, ERR_NOT_FOUND */
  #layersOf(store: ImageStore, image: Image, written: string): ImageRoot {
    const lower = store.layers.lowerDirectories(image.chain);
    if (lower.length === 0)
      throw new LibpodError(
        'ERR_IMAGE_INVALID',
        `the image ${written} has no layers: there is nothing in it`,
      );
    return { id: image.id, name: image.names[0] ?? image.id, lower, config: image.config };
  }

  async #pulledBy(policy: CreateOptions['pull'], name: string, here: Image | undefined): Promise<Image> {
    if (policy === 'never') {
      if (here !== undefined) return here;
      throw new LibpodError('ERR_NO_SUCH_IMAGE', `${name}: image not known, and it is not to be pulled`);
    }
    if (policy === 'missing' && here !== undefined) return here;
    try {
      return await this.pull(name);
    } catch (error) {
      // What cannot be asked for may be older than it could be: podman-run(1), --pull=newer.
      if (policy === 'newer' && here !== undefined) return here;
      throw error;
    }
  }

  /**
   * All images, the newest first.
   *
   * @param filters only those on which all of these agree
   */
  async list(...filters: readonly ImageFilter[]): Promise<ImageSummary[]> {
    const all = await this.#all();
    return all.filter((image) => filters.every((filter) => filter(image)));
  }

  async #all(): Promise<ImageSummary[]> {
    const store = await this.store();
    const users = this.#host.users();
    return store.list().map((image) => ({
      ...image,
      repoTags: repoTags(image),
      repoDigests: repoDigests(image),
      size: image.chain.reduce((sum, chainId) => sum + store.layers.sizeOf(chainId), 0),
      containers: users.filter(({ imageId }) => imageId === image.id).map(({ id }) => id),
    }));
  }

  /** Those that are in no listing, as a document of them is missing or damaged, and what is wrong with each. */
  async unreadable(): Promise<readonly UnreadableImage[]> {
    return (await this.store()).read().unreadable;
  }

  /**
   * The image with this name, or with an ID that starts so.
   *
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_AMBIGUOUS
   */
  async find(nameOrId: string): Promise<ImageSummary> {
    const { digest } = (await this.store()).find(nameOrId);
    return (await this.list()).find((image) => image.digest === digest) as ImageSummary;
  }

  /** Whether there is an image with this name or ID. */
  async exists(nameOrId: string): Promise<boolean> {
    return (await this.store()).lookUp(nameOrId) !== undefined;
  }

  /** Gives an image one more name; another image that had it keeps its others. @throws LibpodError ERR_NO_SUCH_IMAGE */
  async tag(nameOrId: string, name: string): Promise<void> {
    const store = await this.store();
    await store.prepare();
    await store.tag(nameOrId, name);
  }

  /** Takes names from an image, all unless given; the image stays. @throws LibpodError ERR_NO_SUCH_IMAGE */
  async untag(nameOrId: string, ...names: readonly string[]): Promise<void> {
    await (await this.store()).untag(nameOrId, names);
  }

  /**
   * Removes a name of an image, and with its last one the image.
   *
   * @throws LibpodError ERR_NO_SUCH_IMAGE; ERR_IMAGE_IN_USE if containers use it, it is mounted, or an ID was given and it has
   *   several names
   */
  async remove(nameOrId: string, { force = false }: ImageRemoveOptions = {}): Promise<ImageRemoval> {
    const store = await this.store();
    const image = store.find(nameOrId);
    const byId =
      /^(sha256:)?[0-9a-f]{3,64}$/.test(nameOrId) && image.id.startsWith(nameOrId.replace(/^sha256:/, ''));
    // It may be here with several manifests, as its layers may come compressed or not.
    const forms = store.list().filter(({ id }) => id === image.id);
    const names = forms.flatMap((form) => form.names);
    if (!byId && names.length > 1) {
      const name = nameOrId.includes('@') ? image.names.find((one) => one.includes('@')) : nameOrId;
      const going = store.nameAmong(image, name ?? nameOrId);
      if (image.names.length > 1) await store.untag(going, [going]);
      else await store.forget(image);
      return { untagged: [going], deleted: undefined };
    }
    if (byId && names.length > 1 && !force)
      throw new LibpodError(
        'ERR_IMAGE_IN_USE',
        `unable to delete image ${JSON.stringify(image.id)} by ID with more than one tag (${names.join(', ')}): please force removal`,
      );
    await this.#freeOfContainers(image, force);
    await this.#freeOfMount(image, force);
    for (const form of forms) await store.forget(form);
    await this.#sweep(false);
    return { untagged: names, deleted: image.id };
  }

  async #freeOfContainers(image: Image, force: boolean): Promise<void> {
    const users = this.#host.users().filter(({ imageId }) => imageId === image.id);
    const [first] = users;
    if (first !== undefined && !force)
      throw new LibpodError(
        'ERR_IMAGE_IN_USE',
        `image used by ${first.id}: image is in use by a container: remove that first, or force it`,
      );
    for (const { id } of users) await this.#host.removeContainer(id);
  }

  async #freeOfMount({ id }: Image, force: boolean): Promise<void> {
    if (force) {
      await this.#mounts.unmount(id, { force });
      return;
    }
    const mounted = this.#mounts.mountpointOf(id);
    if (mounted !== undefined)
      throw new LibpodError(
        'ERR_IMAGE_IN_USE',
        `image ${id} is mounted at ${mounted}: unmount it first, or force its removal`,
      );
  }

  /** The full IDs of the containers that were made of the image with this ID. */
  usersOf(id: string): string[] {
    return this.#host.users().flatMap((user) => (user.imageId === id ? [user.id] : []));
  }

  /** Removes what no image has; put off while images are brought. */
  async sweep(): Promise<void> {
    await this.#sweep(false);
  }

  async #sweep(wait: boolean): Promise<number> {
    const store = await this.store();
    const used = (): ReadonlySet<string> =>
      new Set([...this.#host.users().flatMap(({ layers }) => layers), ...this.#mounts.layers()]);
    return (await store.sweep(used, wait)).freed;
  }

  /**
   * Removes images without a name that no container uses and that are not mounted, and all that was left by pulls that were killed; waits for those
   * under way.
   */
  async prune({ all = false, filters = [] }: ImagePruneOptions = {}): Promise<ImagePruneReport> {
    const store = await this.store();
    const going = (await this.list(...filters)).filter(
      ({ id, names, containers }) =>
        containers.length === 0 && (all || names.length === 0) && this.#mounts.mountpointOf(id) === undefined,
    );
    for (const image of going) await store.forget(image);
    const freed = await this.#sweep(true);
    return { deleted: going.map(({ id }) => id), freed };
  }
}
