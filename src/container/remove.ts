import { LibpodError } from '../base/errors.js';
import { existsSync } from 'node:fs';
import { keepAlive } from '../base/keep-alive.js';
import { FileLock } from '../linux/file-lock.js';
import { isActive, requireState } from '../model/status.js';
import type { ContainerCore } from './core.js';
import { sync } from './state.js';
import { stop } from './stop.js';

export interface RemoveOptions {
  /** Stop it first if it runs. */
  readonly force?: boolean | undefined;
  /** Seconds between the stop signal and SIGKILL when forced; the container's own unless given. */
  readonly timeout?: number | undefined;
}

/**
 * Removes a container and all that belongs to it. A throwaway container that has removed itself counts as removed.
 *
 * @throws LibpodError ERR_INVALID_STATE if it runs and `force` is not set
 */
export async function remove(core: ContainerCore, { force = false, timeout }: RemoveOptions = {}): Promise<void> {
  const gone = (error: unknown): boolean => LibpodError.is(error, 'ERR_REMOVED') && core.config.autoRemove;
  try {
    // What its monitor has in hand must be finished: it would else write into what we take away.
    if (core.connection?.seen('exited') !== undefined) await core.connection.end();
    if (core.config.autoRemove && core.lastExit !== undefined && !existsSync(core.paths.run)) throw core.removedError();
    for (;;) {
      const again = await core.locked(async () => {
        const state = await sync(core);
        const stoppable = isActive(state.state) && (force || state.state === 'created');
        if (stoppable) return true;
        if (isActive(state.state)) {
          const message = `cannot remove container ${core.name}: it is ${state.state}; stop it first or remove it by force`;
          throw new LibpodError('ERR_INVALID_STATE', message, { containerId: core.id });
        }
        requireState('remove', state.state, core.name, core.id);
        using _monitor = await FileLock.acquire(core.paths.lock, 'monitor');
        await core.services.records.remove(core.config);
        return false;
      });
      if (!again) break;
      await stop(core, timeout ?? core.config.stopTimeout);
    }
  } catch (error) {
    if (!gone(error)) throw error;
  }
  core.forget();
  // Only now is the process table as it was before.
  if (core.monitorEnded !== undefined) await keepAlive(core.monitorEnded);
}
