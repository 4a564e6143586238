import { describe, expect, it } from 'vitest';
import { checkUsable } from '../support/check-containers.js';
import { killAtSteps, STEPS_TIMEOUT_MS } from '../support/killed-at-steps.js';
import { requires } from '../support/requires.js';
import type { TestStore } from '../support/store.js';

/** Exec sessions of a container, whole: one that is made, run, resized, stopped and forgotten, and one in one call. */
const LIFE = `
  const runtime = await Runtime.open(options);
  const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], name: 'sleeper' });
  await container.start();
  crash.during('create');
  const id = await container.execCreate(['sleep', '999'], { tty: true });
  crash.during('start');
  await container.execStart(id);
  crash.during('resize');
  await container.execResize(id, 30, 90);
  crash.during('stop');
  await container.execStop(id, { timeout: 0 });
  crash.during('remove');
  await container.execRemove(id);
  crash.during('exec');
  await container.exec(['cat'], { input: 'text' });
  const counted = crash.counted();
  await runtime.close();
  say(counted);`;

/** The container runs on; its sessions are known or gone, and none keeps another from its turn. */
async function checkWhole(store: TestStore): Promise<void> {
  const runtime = await store.open();
  const container = runtime.lookupContainer('sleeper');
  expect(await container.state()).toBe('running');
  for (const id of await container.execSessions()) {
    const { state } = await container.execSession(id);
    expect(['created', 'running', 'stopped']).toContain(state);
    await container.execStop(id, { timeout: 0 });
    await container.execRemove(id, { force: true });
  }
  expect(await container.execSessions()).toEqual([]);
  expect((await container.exec(['echo', 'again'])).stdout).toBe('again\n');
  await expect.poll(async () => (await container.top(['args'])).processes.flat()).toEqual(['sleep 1000']);
  await checkUsable(runtime, container);
  await container.remove({ force: true, timeout: 0 });
  await runtime.close();
}

describe.runIf(requires({ root: true }))('an engine that is killed while it works on exec sessions', () => {
  it(
    'leaves the container and what runs in it to the next engine',
    () =>
      killAtSteps({
        ...{ who: 'an engine with exec sessions', steps: '4/11', moreThan: 20 },
        script: () => LIFE,
        check: checkWhole,
      }),
    STEPS_TIMEOUT_MS,
  );
});
