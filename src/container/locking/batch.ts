import { AsyncLocalStorage } from 'node:async_hooks';
import { LibpodError } from '../../base/errors.js';
import type { ContainerState } from '../../model/state.js';
import type { Access } from './access.js';
import type { ContainerCore } from '../core.js';
import { observe, sync } from '../state/state.js';

/** The containers whose lock a batch around the current call holds. Made with the first batch: it slows every promise a little. */
let held: AsyncLocalStorage<ReadonlySet<string>> | undefined;

/**
 * Refuses to wait for a lock that a batch around this call holds: it would wait for ever.
 *
 * @throws LibpodError ERR_INVALID_STATE
 */
export function refuseInsideBatch(core: ContainerCore, verb: string): void {
  if (held?.getStore()?.has(core.id) !== true) return;
  throw new LibpodError(
    'ERR_INVALID_STATE',
    `cannot ${verb} container ${core.name} from inside its batch: use the view that the batch was handed`,
    { containerId: core.id },
  );
}

/**
 * Holds a container's lock for several verbs (libpod's Batch). The state is brought up to date once, at the beginning.
 *
 * @param run gets how verbs come to the container while the lock is held; afterwards that way is closed
 */
export function batch<T>(core: ContainerCore, run: (access: Access) => Promise<T>): Promise<T> {
  held ??= new AsyncLocalStorage();
  const inside = new Set([...(held.getStore() ?? []), core.id]);
  return core.locked(async () => {
    let current: ContainerState | undefined = await sync(core);
    const access: Access = async (verb) => {
      if (current === undefined) {
        throw new LibpodError('ERR_INVALID_STATE', `the batch of container ${core.name} is over`, {
          containerId: core.id,
        });
      }
      // What the verbs of this batch did is seen; nobody else may do anything meanwhile but the container itself.
      current = observe(core).state;
      return verb(current);
    };
    try {
      return await (held as AsyncLocalStorage<ReadonlySet<string>>).run(inside, () => run(access));
    } finally {
      current = undefined;
    }
  });
}
