import { expect } from 'vitest';
import { CONTAINER_STATUSES, LibpodError, type Container, type Runtime } from '../../src/index.js';
import { isActive } from '../../src/model/status.js';

/** Removes a container by force; a throwaway one may go by itself meanwhile. */
export async function removeIfThere(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, timeout: 0 });
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_REMOVED')) throw error;
  }
}

/**
 * What a crash has left of a container is a whole one: its state is legal and agrees with its process, its name is its own,
 * and it runs again.
 */
export async function checkUsable(runtime: Runtime, container: Container): Promise<void> {
  const { state, pid } = await container.stateRecord();
  expect(CONTAINER_STATUSES).toContain(state);
  expect(state).not.toBe('unknown');
  expect(pid > 0).toBe(isActive(state));
  expect(runtime.lookupContainer(container.name).id).toBe(container.id);
  if (state === 'paused') await container.unpause();
  if (state === 'stopping' || state === 'restarting') await container.stop({ timeout: 0 });
  if (['configured', 'created', 'exited'].includes(await container.state())) await container.start();
  expect(await container.state()).toBe('running');
}
