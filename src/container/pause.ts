import { existsSync } from 'node:fs';
import { cgroupDirectory } from '../base/cgroup-hierarchy.js';
import { Cgroup } from '../linux/cgroups/cgroup.js';
import type { ContainerState } from '../model/state.js';
import { isActive, requireState } from '../model/status.js';
import type { Access } from './locking/access.js';
import type { ContainerCore } from './core.js';
import { observe, tellState, writeState } from './state/state.js';

/**
 * The container's cgroup: it freezes in version 2 where there is one, as what that holds can still be killed. Another OCI
 * runtime may not have made one in each hierarchy.
 */
function cgroupOf({ config, services }: ContainerCore): Cgroup {
  const { cgroupPath, runtimePath } = config;
  const cgroups =
    runtimePath === undefined
      ? services.cgroups
      : services.cgroups.filter((one) => existsSync(cgroupDirectory(one, cgroupPath)));
  return new Cgroup(cgroupPath, cgroups);
}

/** Refuses to go on with a container that has ended meanwhile. */
function requireAlive(core: ContainerCore, verb: 'pause' | 'unpause' = 'pause'): ContainerState {
  const { state } = observe(core);
  if (!isActive(state.state)) requireState(verb, state.state, core.name, core.id);
  return state;
}

/**
 * Freezes all processes of a container, where they are.
 *
 * @throws LibpodError ERR_INVALID_STATE unless it runs
 */
export function pause(core: ContainerCore, access: Access): Promise<void> {
  return access(async (state) => {
    requireState('pause', state.state, core.name, core.id);
    // The record first: after a crash in between it says paused of one that runs, and unpause mends it. The other way
    // round a container would stand still and be said to run.
    await writeState(core, state, { state: 'paused' }, 'pause', true);
    try {
      await cgroupOf(core).freeze();
    } catch (error) {
      await writeState(core, requireAlive(core), { state: 'running' });
      throw error;
    }
    requireAlive(core);
    await tellState(core);
  });
}

/**
 * Lets a paused container go on.
 *
 * @throws LibpodError ERR_INVALID_STATE unless it is paused
 */
export function unpause(core: ContainerCore, access: Access): Promise<void> {
  return access(async (state) => {
    requireState('unpause', state.state, core.name, core.id);
    try {
      await cgroupOf(core).thaw();
    } catch (error) {
      requireAlive(core, 'unpause');
      throw error;
    }
    await writeState(core, state, { state: 'running' }, 'unpause');
  });
}

/** Lets the processes go on, whatever the records say; one that has ended meanwhile is fine. */
export async function thaw(core: ContainerCore): Promise<void> {
  try {
    await cgroupOf(core).thaw();
  } catch (error) {
    if (isActive(observe(core).state.state)) throw error;
  }
}
