import { existsSync, mkdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { nodeErrorCode } from '../base/errno.js';
import { makeDirectories } from '../base/make-directories.js';
import type { ContainerConfig } from '../model/config.js';
import type { StorePaths } from './paths.js';

/**
 * The company that the infra container of a pod with the exit policy `stop` keeps: a directory with a file for each other
 * container of the pod that has not ended. Whoever ends it, its monitor as a rule, removes its file and then the directory,
 * which rmdir(2) refuses to all but the last. With that it is decided that the infra container stops, and its monitor, which
 * watches the directory, does so. Whoever makes the directory anew while that container runs knows that it is on its way out.
 */
export class Company {
  readonly #paths: StorePaths;

  constructor(paths: StorePaths) {
    this.#paths = paths;
  }

  /** The directory of the company that a container is in, or for which it is there; undefined for one that is in none. */
  of({ pod, podExitPolicy }: ContainerConfig): string | undefined {
    return podExitPolicy === 'stop' && pod !== undefined ? this.#paths.company(pod) : undefined;
  }

  /** Makes the directory. @returns false if it is there */
  begin(directory: string): boolean {
    makeDirectories(this.#paths.companies, 0o700);
    try {
      mkdirSync(directory, { mode: 0o700 });
      return true;
    } catch (error) {
      if (nodeErrorCode(error) !== 'EEXIST') throw error;
      return false;
    }
  }

  /** Counts a container among those that have not ended, if there is a company. @returns false if there is none */
  tryJoin(directory: string, id: string): boolean {
    try {
      writeFileSync(`${directory}/${id}`, '', { mode: 0o600 });
      return true;
    } catch (error) {
      if (nodeErrorCode(error) !== 'ENOENT') throw error;
      return false;
    }
  }

  /** The same, with the first one of a company. @returns whether it is the first */
  join(directory: string, id: string): boolean {
    for (let first = false; ;) {
      if (this.tryJoin(directory, id)) return first;
      // The last of the others may go in between, and take it along.
      first = this.begin(directory) || first;
    }
  }

  /** Counts a container no longer; the last one decides that the infra container stops. */
  leave(directory: string, id: string): void {
    if (!existsSync(`${directory}/${id}`)) return;
    rmSync(`${directory}/${id}`, { force: true });
    try {
      rmdirSync(directory);
    } catch (error) {
      const code = nodeErrorCode(error);
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
    }
  }
}
