import type { Stats } from 'node:fs';
import { deepFreeze } from '../base/deep-freeze.js';
import { isSameFile, isSettled, lookAt } from '../base/file-look.js';
import { readRecord, type RecordKind } from './json-file.js';

/** How much text of records is remembered; four thousand configurations of the usual size. */
const LIMIT_BYTES = 16 << 20;

interface Remembered<T> {
  readonly record: T;
  readonly at: Stats;
}

/**
 * Remembers records that are read often and hardly ever change. Each time the file is looked at, as another process may
 * have removed or replaced it: only the reading and the parsing are saved, which are most of the work.
 */
export class RecordCache<T extends { readonly version: number }> {
  readonly #kind: RecordKind<T>;
  readonly #known = new Map<string, Remembered<T>>();
  #bytes = 0;

  constructor(kind: RecordKind<T>) {
    this.#kind = kind;
  }

  /**
   * Reads a record, as readRecord does; what is remembered is frozen.
   *
   * @returns undefined if there is no such file
   * @throws LibpodError ERR_RECORD_DAMAGED, ERR_RECORD_NEWER
   */
  read(file: string): T | undefined {
    const at = lookAt(file);
    const known = this.#known.get(file);
    if (known !== undefined) {
      if (at !== undefined && isSameFile(known.at, at)) return known.record;
      this.#known.delete(file);
      this.#bytes -= known.at.size;
    }
    // Looked at before it is read: one that changes in between does not look the same the next time.
    const record = readRecord(file, this.#kind);
    if (record === undefined || at === undefined || !isSettled(at)) return record;
    if (this.#bytes + at.size > LIMIT_BYTES) {
      this.#known.clear();
      this.#bytes = 0;
    }
    this.#known.set(file, { record: deepFreeze(record), at });
    this.#bytes += at.size;
    return record;
  }
}
