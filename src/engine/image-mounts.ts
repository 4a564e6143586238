import { closeSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { isId } from '../base/ids.js';
import { makeDirectories } from '../base/make-directories.js';
import {
  dropMount,
  hostMountOf,
  settle,
  want,
  type UnmountRootOptions,
} from '../container/files/counted-mount.js';
import { FileLock } from '../linux/files/file-lock.js';
import { changeMount, moveMount } from '../linux/mounts/tree.js';
import { isWanted, readMountRecord, type MountPlace, type MountRecord } from '../records/mount-record.js';
import { openLayers } from '../storage/open-layers.js';

/** An image that is mounted on the host. */
export interface ImageMount {
  /** The image's. */
  readonly id: string;
  readonly mountpoint: string;
}

/** The record of a mount; what the image is made of stays while it is mounted, whatever becomes of the image. */
interface ImageMountRecord extends MountRecord {
  /** The directories of the layers, the topmost first. */
  readonly layers: readonly string[];
}

/** The images of a store that are mounted on the host: RUN/BOOT/image-mounts/ID/{root,mount.json}, under one lock. */
export class ImageMounts {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  #place(id: string): MountPlace {
    const mountDirectory = path.join(this.#directory, id);
    return {
      mountDirectory,
      mountPoint: path.join(mountDirectory, 'root'),
      mountRecord: path.join(mountDirectory, 'mount.json'),
    };
  }

  #ids(): string[] {
    try {
      return readdirSync(this.#directory).filter(isId);
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const file = path.join(this.#directory, 'lock');
    makeDirectories(this.#directory, 0o700);
    closeSync(openSync(file, 'a', 0o600));
    using _lock = await FileLock.acquire(file);
    return await work();
  }

  /** Where an image is mounted; undefined if it is not. */
  mountpointOf(id: string): string | undefined {
    return hostMountOf(this.#place(id));
  }

  /** What is mounted. */
  list(): ImageMount[] {
    return this.#ids().flatMap((id) => {
      const mountpoint = this.mountpointOf(id);
      return mountpoint === undefined ? [] : [{ id, mountpoint }];
    });
  }

  /** The directories of the layers of what is mounted. */
  layers(): string[] {
    return this.#ids().flatMap((id) => {
      const record = readMountRecord(this.#place(id)) as Partial<ImageMountRecord> | undefined;
      return record?.layers ?? [];
    });
  }

  /**
   * Mounts an image, or counts once more.
   *
   * @param layers the directories of its layers, the topmost first
   */
  mount(id: string, layers: readonly string[]): Promise<string> {
    const place = this.#place(id);
    const counted = (record: MountRecord): ImageMountRecord => ({
      ...record,
      users: record.users + 1,
      layers,
    });
    return this.#locked(async () => {
      await want(place, counted, async () => {
        using tree = await openLayers(layers);
        await changeMount(tree, { readonly: true, nosuid: true, nodev: true });
        await moveMount(tree, place.mountPoint);
        await changeMount(place.mountPoint, { propagation: 'private' });
      });
      return place.mountPoint;
    });
  }

  /** @returns false if it was not mounted @throws LibpodError ERR_INVALID_STATE if somebody uses it */
  async unmount(id: string, { force = false }: UnmountRootOptions): Promise<boolean> {
    const place = this.#place(id);
    if (readMountRecord(place) === undefined) return false;
    return this.#locked(async () => {
      const record = readMountRecord(place);
      const mounted = hostMountOf(place) !== undefined;
      if (record === undefined || !mounted || force) {
        await dropMount(place);
        return mounted;
      }
      if (await settle(place, { ...record, users: Math.max(record.users - 1, 0) })) return true;
      throw new LibpodError(
        'ERR_INVALID_STATE',
        `cannot unmount image ${id}: a process stands in ${place.mountPoint}, or has a file of it open; end it, or unmount by force`,
      );
    });
  }

  /** Clears away what a process that was killed left: a record of what is not mounted, a mount that nobody wants. */
  async sweep(): Promise<void> {
    if (this.#ids().length === 0) return;
    await this.#locked(async () => {
      for (const place of this.#ids().map((id) => this.#place(id))) {
        const record = readMountRecord(place);
        if (record === undefined || !isWanted(record) || hostMountOf(place) === undefined)
          await dropMount(place);
      }
    });
  }
}
