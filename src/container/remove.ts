import { existsSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { millisecondsOf } from '../base/seconds.js';
import { keepAlive } from '../base/keep-alive.js';
import { CONTAINER_LOCKS, FileLock } from '../linux/file-lock.js';
import { isActive, requireState } from '../model/status.js';
import { flag, number, object, requireShape } from '../spec/shape.js';
import type { ContainerCore } from './core.js';
import { dropMount } from './mount.js';
import { tryMonitorLock } from './monitor-lock.js';
import { observe, sync } from './state.js';
import { stop } from './stop.js';
import { lineOf, onceWords } from './tell.js';

export interface RemoveOptions {
  /** Stop it first if it runs. */
  readonly force?: boolean | undefined;
  /** Seconds between the stop signal and SIGKILL when forced; the container's own unless given. */
  readonly timeout?: number | undefined;
}

const REMOVE_OPTIONS = object<RemoveOptions>({ force: flag, timeout: number });

/**
 * Removes a container and all that belongs to it. A throwaway container that has removed itself counts as removed.
 *
 * @throws LibpodError ERR_INVALID_STATE if it runs and `force` is not set
 */
export async function remove(core: ContainerCore, options: RemoveOptions = {}): Promise<void> {
  requireShape('remove', REMOVE_OPTIONS, options);
  if (options.timeout !== undefined) millisecondsOf('the timeout of a removal', options.timeout);
  // What its monitor has in hand must be finished: it would else write into what we take away.
  if (core.connection?.seen('exited') !== undefined) await core.connection.end();
  // The usual end of a throwaway container: its monitor has taken all away already.
  const goneByItself = core.config.autoRemove && core.lastExit !== undefined && !existsSync(core.paths.run);
  if (!goneByItself) await removeRecords(core, options);
  // Of one that is gone by itself it may still be there.
  await dropMount(core.paths);
  core.forget();
  // Only now is the process table as it was before; but a monitor whose last output nobody has read yet stays for that.
  if (core.monitorEnded !== undefined && !core.hasUnreadOutput) await keepAlive(core.monitorEnded);
}

async function removeRecords(core: ContainerCore, { force = false, timeout }: RemoveOptions): Promise<void> {
  try {
    for (;;) {
      const outcome = await tryRemove(core, force);
      if (outcome === 'removed') return;
      if (outcome === 'active') await stop(core, timeout ?? core.config.stopTimeout, { kill: true });
    }
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_REMOVED') || !core.config.autoRemove) throw error;
  }
}

/** Keeps monitors off while the records go. One that is leaving is waited for; one that has just come is `busy`. */
async function keepMonitorsOff(core: ContainerCore): Promise<FileLock | 'busy' | undefined> {
  const free = tryMonitorLock(core.paths.lock);
  if (free !== 'busy' || observe(core).monitor !== 'leaving') return free;
  return FileLock.acquire(core.paths.lock, CONTAINER_LOCKS.monitor);
}

/** Removes it if it has ended; `active` means that it must be stopped first, and may be. */
function tryRemove(core: ContainerCore, force: boolean): Promise<'removed' | 'active' | 'busy'> {
  return core.locked(async () => {
    const { state } = await sync(core);
    // Nothing of the user's runs yet in a created one.
    if (isActive(state) && (force || state === 'created')) return 'active';
    if (isActive(state)) {
      const message = `cannot remove container ${core.name}: it is ${state}; stop it first or remove it by force`;
      throw new LibpodError('ERR_INVALID_STATE', message, { containerId: core.id });
    }
    requireState('remove', state, core.name, core.id);
    const monitor = await keepMonitorsOff(core);
    // An engine that is dead by now had asked for a launch: look again.
    if (monitor === 'busy') return monitor;
    // Its own monitor was faster.
    if (monitor === undefined) return 'removed';
    using _monitor = monitor;
    await dropMount(core.paths);
    const line = lineOf(core, onceWords(core.id, 'remove'));
    await core.services.records.remove(core.config, [core.services.events.step(line)]);
    return 'removed';
  });
}
