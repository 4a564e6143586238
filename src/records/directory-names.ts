import { readdirSync, type Stats } from 'node:fs';
import { isSameFile, isSettled, lookAt } from '../base/file-look.js';

/** The names in a directory, which is read again only when it has changed: two looks take a tenth of two readings. */
export class DirectoryNames {
  readonly #directory: string;
  #known: { readonly names: readonly string[]; readonly at: Stats } | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws NodeJS.ErrnoException of readdir(3) */
  read(): readonly string[] {
    // Looked at before it is read: what changes in between is seen the next time.
    const at = lookAt(this.#directory);
    if (this.#known !== undefined && at !== undefined && isSameFile(this.#known.at, at))
      return this.#known.names;
    const names = readdirSync(this.#directory);
    this.#known = at !== undefined && isSettled(at) ? { names, at } : undefined;
    return names;
  }
}
