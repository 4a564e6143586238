import { describe, expect, it } from 'vitest';
import { LibpodError, type Container, type Runtime } from '../../src/index.js';
import { checkUsable, removeIfThere } from '../support/check-containers.js';
import { killAtSteps, STEPS_TIMEOUT_MS } from '../support/killed-at-steps.js';
import { requires } from '../support/requires.js';
import type { TestStore } from '../support/store.js';

const MEMORY = 64 << 20;

/** What an engine does, whole; `crash.during` names the verb whose steps follow. */
const LIFE = `
  const runtime = await Runtime.open(options);
  // The host root is made by the first: it is no part of what is tried.
  await runtime.dryRun({ hostRoot: true, command: ['true'] });
  crash.during('create');
  const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], name: 'before' });
  crash.during('init');
  await container.init();
  crash.during('start');
  await container.start();
  crash.during('update');
  await container.update({ memory: ${MEMORY} });
  crash.during('rename');
  await container.rename('after');
  crash.during('stop');
  await container.stop({ timeout: 0 });
  crash.during('start again');
  await container.start();
  crash.during('pause');
  await container.pause();
  await container.unpause();
  crash.during('remove');
  await container.remove({ force: true, timeout: 0 });
  crash.during('throwaway');
  const throwaway = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], name: 'before', remove: true });
  await throwaway.start();
  await throwaway.stop({ timeout: 0 });
  await throwaway.remove();
  crash.during('close');
  await runtime.close();
  say(crash.counted());`;

/** What is there is a whole container: its state is legal, its name is one of the two and its own, and it can be used. */
async function checkContainer(runtime: Runtime, container: Container): Promise<void> {
  expect(['before', 'after']).toContain(container.name);
  expect(runtime.hasContainer(container.name === 'before' ? 'after' : 'before')).toBe(false);
  await checkUsable(runtime, container);
  const limit = (await container.inspect()).HostConfig.Memory;
  expect([0, MEMORY]).toContain(limit);
}

/** A new engine opens the store, finds whole containers, and leaves nothing of them. */
async function checkWhole(store: TestStore): Promise<void> {
  const runtime = await store.open();
  const list = await runtime.containers();
  expect(list.length).toBeLessThanOrEqual(1);
  for (const { id, autoRemove } of list) {
    const container = runtime.getContainer(id);
    try {
      await checkContainer(runtime, container);
    } catch (error) {
      if (!autoRemove || !LibpodError.is(error, 'ERR_REMOVED')) throw error;
    }
    await removeIfThere(container);
  }
  expect(await runtime.containers()).toEqual([]);
  // Both names are free.
  for (const name of ['before', 'after'])
    await (await runtime.createContainer({ name, hostRoot: true, command: ['true'] })).remove();
  await runtime.close();
}

describe.runIf(requires({ root: true }))('an engine that is killed', () => {
  it(
    'right before any of its steps leaves what the next engine understands, and takes away',
    () =>
      killAtSteps({ who: 'an engine', steps: '3/9', moreThan: 100, script: () => LIFE, check: checkWhole }),
    STEPS_TIMEOUT_MS,
  );
});
