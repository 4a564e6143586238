import { lstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { LibpodError } from '../base/errors.js';
import type { RemoveOptions } from '../container/remove.js';
import type { Services } from '../container/services.js';
import { eventLine, nowInNanoseconds, subjectMembers } from '../events/line.js';
import type { EventJournal } from '../events/journal.js';
import { treeSize } from '../linux/files/files.js';
import { volumeTarget, type VolumeConfig } from '../model/volume.js';
import { flag, number, object, record, requireShape, text } from '../spec/shape.js';
import { isAttached } from '../volume/attach.js';
import { exportVolume, importVolume, isFresh } from '../volume/contents.js';
import type { VolumeOptions } from '../volume/options.js';
import { noSuchVolume, Volumes, type TellVolume } from '../volume/volumes.js';
import { isHeld } from './networks.js';

/** A volume in a listing. */
export interface VolumeSummary extends VolumeConfig {
  /** Where its contents are on the host. */
  readonly mountpoint: string;
  /** Whose that directory is now. */
  readonly uid: number;
  readonly gid: number;
  /** The full IDs of the containers that have it. */
  readonly containers: readonly string[];
  /** Whether no container has used it: the first one fills it from its root. */
  readonly needsCopyUp: boolean;
  /** Whether what its options ask for is mounted now. */
  readonly mounted: boolean;
}

/** The owner of a directory; root's if it is not there any more. */
function ownerOf(directory: string): { uid: number; gid: number } {
  const { uid = 0, gid = 0 } = lstatSync(directory, { throwIfNoEntry: false }) ?? {};
  return { uid, gid };
}

/** Whether a volume is to be listed. */
export type VolumeFilter = (volume: VolumeSummary) => boolean;

export interface VolumeRemoveOptions {
  /** Remove the containers that have it too, those that run as well. */
  readonly force?: boolean | undefined;
  /** Seconds between the stop signal and SIGKILL when forced; each container's own unless given. */
  readonly timeout?: number | undefined;
}

/** What `pruneVolumes` did. */
export interface VolumePruneReport {
  readonly removed: readonly string[];
  /** The bytes of the files in them. */
  readonly freed: number;
}

const VOLUME_OPTIONS = object<VolumeOptions>({
  name: text,
  driver: text,
  options: record(text),
  labels: record(text),
});
const REMOVE_OPTIONS = object<VolumeRemoveOptions>({ force: flag, timeout: number });

/** Tells what happened to volumes. */
export function volumeEvents(events: EventJournal): TellVolume {
  return (status, { name, labels }) => {
    const time = nowInNanoseconds();
    const members = subjectMembers({ type: 'volume', id: name, name, attributes: labels });
    return events.step(eventLine({ status, key: `volume.${name}.${time}.${status}`, time }, members));
  };
}

/** What is needed of the engine; it stands above this. */
interface Containers {
  removeContainer(id: string, options?: RemoveOptions): Promise<void>;
}

/** The volumes of a store, for its users. */
export class VolumeRegistry {
  readonly #engine: Containers;
  readonly #services: Services;

  constructor(engine: Containers, services: Services) {
    this.#engine = engine;
    this.#services = services;
  }

  get #volumes(): Volumes {
    return this.#services.volumes;
  }

  #users(name: string): string[] {
    return this.#services.records.linkedTo(volumeTarget(name));
  }

  /** The containers among the users that may have it mounted now. */
  #running(name: string): string[] {
    return this.#users(name).filter((id) => isHeld(this.#services.records, id));
  }

  #summary(name: string): VolumeSummary | undefined {
    const config = this.#volumes.find(name);
    if (config === undefined) return undefined;
    const mountpoint = this.#volumes.dataPath(name);
    return {
      ...config,
      mountpoint,
      ...ownerOf(mountpoint),
      containers: this.#users(name),
      needsCopyUp: isFresh({ directory: mountpoint.slice(0, -'/_data'.length) }),
      mounted: isAttached(mountpoint),
    };
  }

  async create(options: VolumeOptions): Promise<VolumeSummary> {
    requireShape('createVolume', VOLUME_OPTIONS, options);
    const { name } = await this.#volumes.create(options);
    return this.get(name);
  }

  /** All volumes by name; one whose record cannot be read is left out, and can still be removed. */
  list(filters: readonly VolumeFilter[]): VolumeSummary[] {
    return this.#volumes.names().flatMap((name) => {
      try {
        const one = this.#summary(name);
        return one !== undefined && filters.every((filter) => filter(one)) ? [one] : [];
      } catch (error) {
        if (LibpodError.is(error, 'ERR_RECORD_DAMAGED') || LibpodError.is(error, 'ERR_RECORD_NEWER'))
          return [];
        throw error;
      }
    });
  }

  /** @throws LibpodError ERR_NO_SUCH_VOLUME, ERR_AMBIGUOUS */
  get(name: string): VolumeSummary {
    const full = this.#volumes.lookUp(name);
    const found = this.#summary(full);
    if (found === undefined) throw noSuchVolume(name);
    return found;
  }

  has(name: string): boolean {
    return this.#volumes.names().includes(name);
  }

  async remove(name: string, options: VolumeRemoveOptions): Promise<void> {
    requireShape('removeVolume', REMOVE_OPTIONS, options);
    const { force = false, timeout } = options;
    const full = this.#volumes.lookUp(name);
    const remove = { force: true, dependents: true, ...(timeout === undefined ? {} : { timeout }) };
    if (force) {
      for (const id of this.#users(full)) {
        try {
          await this.#engine.removeContainer(id, remove);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }
    }
    await this.#volumes.remove(full, () => this.#users(full));
  }

  /** Removes volumes, passing over those that are gone or in use. @returns the names of those that are gone now */
  async removeUnused(names: readonly string[]): Promise<string[]> {
    const removed: string[] = [];
    for (const name of names) {
      try {
        await this.#volumes.remove(name, () => this.#users(name));
        removed.push(name);
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_NO_SUCH_VOLUME') && !LibpodError.is(error, 'ERR_VOLUME_IN_USE'))
          throw error;
      }
    }
    return removed;
  }

  async prune(filters: readonly VolumeFilter[]): Promise<VolumePruneReport> {
    const removed: string[] = [];
    let freed = 0;
    for (const { name, mountpoint, options } of this.list([
      ({ containers }) => containers.length === 0,
      ...filters,
    ])) {
      // What is mounted is not the store's to count, and stays where it is.
      const size = Object.keys(options).length === 0 ? await treeSize(mountpoint) : 0;
      if ((await this.removeUnused([name])).length === 0) continue;
      removed.push(name);
      freed += size;
    }
    return { removed, freed };
  }

  export(name: string): Promise<Readable> {
    return this.#volumes.hold(this.#volumes.lookUp(name), (held) => Promise.resolve(exportVolume(held)));
  }

  import(name: string, archive: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    return this.#volumes.hold(this.#volumes.lookUp(name), (held) => importVolume(held, archive, signal));
  }

  mount(name: string): Promise<string> {
    return this.#volumes.hold(this.#volumes.lookUp(name), ({ data }) => Promise.resolve(data));
  }

  unmount(name: string): Promise<boolean> {
    const full = this.#volumes.lookUp(name);
    return this.#volumes.unmount(full, () => this.#running(full));
  }

  /** Removes all volumes, after their containers. */
  async removeAll(): Promise<void> {
    for (const name of this.#volumes.names()) await this.#volumes.remove(name, () => []);
  }
}

function isGone(error: unknown): boolean {
  return LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER') || LibpodError.is(error, 'ERR_REMOVED');
}
