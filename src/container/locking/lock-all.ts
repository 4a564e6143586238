import type { ContainerCore } from '../core.js';

/**
 * Runs a function under the locks of several containers, taken by ascending ID: two who want the same ones cannot wait for
 * each other.
 *
 * @throws LibpodError ERR_REMOVED if one of them is gone
 */
export function lockAll<T>(cores: readonly ContainerCore[], run: () => Promise<T>): Promise<T> {
  const [first, ...rest] = [...cores].sort((a, b) => (a.id < b.id ? -1 : 1));
  return first === undefined ? run() : first.locked(() => lockAll(rest, run));
}
