import type { ContainerState } from '../../model/state.js';
import type { ContainerCore } from '../core.js';
import { sync } from '../state/state.js';

/**
 * How a verb comes to a container: it runs a function that is handed the state. Outside of a batch that is under the lock,
 * with the state brought up to date; inside of one the batch has done both.
 */
export type Access = <T>(run: (state: ContainerState) => Promise<T>) => Promise<T>;

/** Locks, syncs, runs. */
export function lockedAccess(core: ContainerCore): Access {
  return (run) => core.locked(async () => run(await sync(core)));
}
