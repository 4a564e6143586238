import type { Stats } from 'node:fs';
import { deepFreeze } from '../../base/deep-freeze.js';
import { isSameFile, isSettled, lookAt } from '../../base/file-look.js';

/** A store of documents is small: this is more than an image store has in use. */
const MOST = 1000;

/**
 * Remembers what was made of files that are read often and hardly ever change: the index, manifests, configurations. Each
 * time the file is looked at, as another process may have replaced, removed or damaged it.
 */
export class DocumentCache {
  readonly #known = new Map<string, { readonly at: Stats; readonly value: unknown }>();

  /** What `read` makes of a file; frozen. @param read of this file always the same function */
  get<T extends object>(file: string, read: () => T): T {
    const at = lookAt(file);
    const known = this.#known.get(file);
    if (known !== undefined && at !== undefined && isSameFile(known.at, at)) return known.value as T;
    this.#known.delete(file);
    // Looked at before it is read: one that changes in between does not look the same the next time.
    const value = deepFreeze(read());
    if (at === undefined || !isSettled(at)) return value;
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(file, { at, value });
    return value;
  }
}
