import { hierarchyOf, type CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { LibpodError } from '../base/errors.js';
import { cgroupDirectory } from '../launch/cgroups.js';
import { freezeCgroup, thawCgroup, type Freezer } from '../linux/cgroup-freeze.js';
import { isActive, requireState } from '../model/status.js';
import type { Access } from './access.js';
import type { ContainerCore } from './core.js';
import { observe, writeState } from './state.js';

/**
 * Where a container's processes are frozen. Version 2 where there is one: what it holds can still be killed, and it tells
 * when it is done.
 */
function freezerOf(core: ContainerCore): Freezer {
  const { cgroups } = core.services;
  const hierarchy: CgroupHierarchy | undefined =
    cgroups.find(({ version }) => version === 2) ?? hierarchyOf(cgroups, 'freezer');
  if (hierarchy === undefined) {
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `cannot pause container ${core.name}: this machine has neither cgroup v2 nor the freezer of v1`,
      { containerId: core.id },
    );
  }
  return {
    name: core.config.cgroupPath,
    directory: cgroupDirectory(hierarchy, core.config.cgroupPath),
    version: hierarchy.version,
  };
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
    await writeState(core, state, { state: 'paused' });
    try {
      await freezeCgroup(freezerOf(core));
    } catch (error) {
      const { state: now } = observe(core);
      // It has ended meanwhile.
      if (!isActive(now.state)) requireState('pause', now.state, core.name, core.id);
      await writeState(core, now, { state: 'running' });
      throw error;
    }
    const { state: now } = observe(core);
    if (!isActive(now.state)) requireState('pause', now.state, core.name, core.id);
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
    await thaw(core);
    await writeState(core, state, { state: 'running' });
  });
}

/** Lets the processes go on, whatever the records say. */
export async function thaw(core: ContainerCore): Promise<void> {
  await thawCgroup(freezerOf(core));
}
