import { existsSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { millisecondsOf } from '../base/seconds.js';
import { keepAlive } from '../base/keep-alive.js';
import { CONTAINER_LOCKS, FileLock } from '../linux/files/file-lock.js';
import { orderOf } from '../model/graph.js';
import { isActive, requireState } from '../model/status.js';
import { flag, number, object, requireShape } from '../spec/shape.js';
import type { ContainerCore } from './core.js';
import { dropMount } from './files/counted-mount.js';
import { dependentsOf } from './dependencies.js';
import { tryMonitorLock } from './locking/monitor-lock.js';
import { observe, sync } from './state/state.js';
import { stop } from './stop.js';
import { lineOf, onceWords } from './tell.js';
import { removeOwnVolumes } from './files/volumes.js';

export interface RemoveOptions {
  /** Stop it first if it runs. */
  readonly force?: boolean | undefined;
  /** Seconds between the stop signal and SIGKILL when forced; the container's own unless given. */
  readonly timeout?: number | undefined;
  /** Remove the containers that depend on it too, before it (podman's --depend). Else they keep it from being removed. */
  readonly dependents?: boolean | undefined;
  /** Remove the volumes too that were made for it, because it named none (podman's --volumes). */
  readonly volumes?: boolean | undefined;
}

const REMOVE_OPTIONS = object<RemoveOptions>({
  force: flag,
  timeout: number,
  dependents: flag,
  volumes: flag,
});

/**
 * Removes a container and all that belongs to it. A throwaway container that has removed itself counts as removed.
 *
 * @param withPod whether its pod goes with it: an infra container cannot be removed alone
 * @throws LibpodError ERR_INVALID_STATE if it runs and `force` is not set; ERR_DEPENDENCY if others depend on it
 */
export async function remove(
  core: ContainerCore,
  options: RemoveOptions = {},
  { withPod = false }: { readonly withPod?: boolean } = {},
): Promise<void> {
  requireShape('remove', REMOVE_OPTIONS, options);
  if (!withPod) refuseInfra(core);
  if (options.timeout !== undefined) millisecondsOf('the timeout of a removal', options.timeout);
  // What its monitor has in hand must be finished: it would else write into what we take away.
  if (core.connection?.seen('exited') !== undefined) await core.connection.end();
  // The usual end of a throwaway container: its monitor has taken all away already.
  const goneByItself = core.config.autoRemove && core.lastExit !== undefined && !existsSync(core.paths.run);
  if (!goneByItself) await removeRecords(core, options);
  // Of one that is gone by itself it may still be there.
  await dropMount(core.paths);
  if (options.volumes === true) await removeOwnVolumes(core);
  core.forget();
  // Only now is the process table as it was before; but a monitor whose last output nobody has read yet stays for that.
  if (core.monitorEnded !== undefined && !core.hasUnreadOutput) await keepAlive(core.monitorEnded);
}

function refuseInfra({ config, name }: ContainerCore): void {
  if (config.isInfra !== true) return;
  throw new LibpodError(
    'ERR_DEPENDENCY',
    `cannot remove container ${name}: it is the infra container of pod ${config.pod ?? ''}; remove the pod`,
    { containerId: config.id },
  );
}

async function removeRecords(core: ContainerCore, options: RemoveOptions): Promise<void> {
  const { force = false, timeout, dependents = false } = options;
  try {
    for (;;) {
      if (dependents) await removeDependents(core, options);
      const outcome = await tryRemove(core, force);
      if (outcome === 'removed') return;
      if (outcome === 'needed') {
        if (dependents) continue;
        const names = dependentsOf(core).map((id) => core.find(id)?.name ?? id);
        // They may have gone since.
        if (names.length === 0) continue;
        throw new LibpodError(
          'ERR_DEPENDENCY',
          `cannot remove container ${core.name}: ${names.join(', ')} ${names.length === 1 ? 'depends' : 'depend'} on it; remove ${names.length === 1 ? 'that one' : 'them'} first, or all at once (--depend)`,
          { containerId: core.id },
        );
      }
      if (outcome === 'active') await stop(core, timeout ?? core.config.stopTimeout, { kill: true });
    }
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_REMOVED') || !core.config.autoRemove) throw error;
  }
}

/** Removes all that depends on a container, in order; what somebody else removes meanwhile is fine. */
async function removeDependents(core: ContainerCore, options: RemoveOptions): Promise<void> {
  const order = orderOf(
    [core.id],
    (id) => core.services.records.linkedTo(id),
    (id) => core.find(id)?.name ?? id,
  );
  for (const id of order.filter((one) => one !== core.id)) {
    const dependent = core.find(id);
    if (dependent === undefined) continue;
    try {
      await remove(dependent, { ...options, dependents: false });
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_REMOVED')) throw error;
    }
  }
}

/** Keeps monitors off while the records go. One that is leaving is waited for; one that has just come is `busy`. */
async function keepMonitorsOff(core: ContainerCore): Promise<FileLock | 'busy' | undefined> {
  const free = tryMonitorLock(core.paths.lock);
  if (free !== 'busy' || observe(core).monitor !== 'leaving') return free;
  return FileLock.acquire(core.paths.lock, CONTAINER_LOCKS.monitor);
}

/**
 * Removes it if it has ended; `active` means that it must be stopped first, and may be; `needed` that others depend on it.
 * Whoever makes a container that depends on this one holds the same lock meanwhile.
 */
function tryRemove(core: ContainerCore, force: boolean): Promise<'removed' | 'active' | 'busy' | 'needed'> {
  return core.locked(async () => {
    const { state } = await sync(core);
    // Before it is stopped: what is refused is left as it was.
    if (dependentsOf(core).length > 0) return 'needed';
    // Nothing of the user's runs yet in a created one.
    if (state === 'restarting' || (isActive(state) && (force || state === 'created'))) return 'active';
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
