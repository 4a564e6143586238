import { deepFreeze } from '../base/deep-freeze.js';
import { LibpodError } from '../base/errors.js';
import type { Services } from '../container/services.js';
import { CONTAINER_LOCKS, FileLock } from '../linux/files/file-lock.js';
import { FileStamps } from '../linux/files/files.js';
import { setAside } from './upkeep/damaged.js';
import { summaryFiles, summaryOf, type ContainerSummary } from './snapshot.js';

/** What was read of a container, and how its files were then. */
interface Kept {
  readonly summary: ContainerSummary;
  readonly stamps: FileStamps;
  /** Whether it holds only while its monitor lives. */
  readonly isLive: boolean;
}

/** A container, where what is known of it is recorded. */
interface Place {
  readonly id: string;
  readonly files: readonly string[];
  readonly lock: string;
  kept?: Kept | undefined;
}

/**
 * Lists containers. What was read once is kept with the stamps of its files, and is good for as long as they stay the
 * same: a container that nothing happens to costs five stat(2), and no file is read or parsed.
 *
 * Beneath it the records remember configurations (RecordCache): those serve look-ups of one container, and spare this one the
 * largest file when only the state has changed. One cache for both would have to keep every file of a container with stamps of
 * its own, and look-ups of a configuration would pay for all five.
 */
export class Listing {
  readonly #services: Services;
  #places = new Map<string, Place>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** All containers, the oldest first; those whose records are damaged are set aside, and listed all the same. */
  async containers(): Promise<ContainerSummary[]> {
    const places = (await this.#services.records.ids()).map((id) => this.#places.get(id) ?? this.#place(id));
    // Those that are gone are forgotten.
    this.#places = new Map(places.map((place) => [place.id, place]));
    const found = this.#look(places);
    for (const { id, problem } of found)
      if (LibpodError.is(problem, 'ERR_RECORD_DAMAGED')) await setAside(this.#services, id);
    return found.sort((a, b) => (a.createdTime < b.createdTime ? -1 : a.createdTime > b.createdTime ? 1 : 0));
  }

  #place(id: string): Place {
    const { records } = this.#services;
    const own = records.paths.container(id, !records.isLasting(id));
    return { id, files: summaryFiles(own), lock: own.lock };
  }

  #look(places: readonly Place[]): ContainerSummary[] {
    // Before the files: the last word of a monitor that has let go of its lock is then there.
    const isDead = places.map(
      ({ kept, lock }) =>
        kept?.isLive === true && FileLock.holder(lock, CONTAINER_LOCKS.monitor) === undefined,
    );
    const all = FileStamps.of(places.flatMap(({ files }) => files));
    let at = 0;
    return places.flatMap((place, index) => {
      const stamps = all.slice(at, place.files.length);
      at += place.files.length;
      if (place.kept !== undefined && isDead[index] !== true && place.kept.stamps.equals(stamps))
        return place.kept.summary;
      // The stamps are older than what is read now: a change in between is read again the next time.
      const seen = summaryOf(this.#services, place.id);
      place.kept = undefined;
      if (seen === undefined) return [];
      const { summary, monitor } = seen;
      if (summary.problem === undefined) deepFreeze(summary);
      // A monitor that is launching, or was killed, leaves open what comes of the container.
      const isLive = monitor === 'alive';
      if ((isLive || monitor === 'none' || monitor === 'leaving') && stamps.areSettled())
        place.kept = { summary, stamps, isLive };
      return summary;
    });
  }
}
