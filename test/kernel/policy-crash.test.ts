import { describe, expect, it } from 'vitest';
import { HEALTH_STATUSES } from '../../src/index.js';
import { checkUsable } from '../support/check-containers.js';
import { killAtSteps, STEPS_TIMEOUT_MS } from '../support/killed-at-steps.js';
import { requires } from '../support/requires.js';
import type { TestStore } from '../support/store.js';

/** A container that is checked and run again, and what an engine does with it, whole. */
const LIFE = `
  const runtime = await Runtime.open(options);
  await runtime.dryRun({ hostRoot: true, command: ['true'] });
  crash.during('create');
  const container = await runtime.createContainer({
    hostRoot: true, command: ['sleep', '1000'], name: 'served', restartPolicy: 'always',
    healthcheck: { test: '[ -e /usr ]', interval: 0 },
  });
  crash.during('start');
  await container.start();
  crash.during('healthcheck');
  await container.healthcheck();
  crash.during('update');
  await container.update({ restartPolicy: 'on-failure:3' });
  crash.during('signal');
  // Not what ends it: a process that is PID 1 has no default for it.
  await container.kill('USR1');
  crash.during('stop');
  await container.stop({ timeout: 0 });
  crash.during('start again');
  await container.start();
  crash.during('restart');
  await container.restart({ timeout: 0 });
  crash.during('remove');
  await container.remove({ force: true, timeout: 0 });
  crash.during('close');
  await runtime.close();
  say(crash.counted());`;

/** The container is whole, has one of its two policies, is well, and stays down when it is told so. */
async function checkWhole(store: TestStore): Promise<void> {
  const runtime = await store.open();
  const list = await runtime.containers();
  expect(list.length).toBeLessThanOrEqual(1);
  for (const { id, restartPolicy } of list) {
    const container = runtime.getContainer(id);
    expect(['always', 'on-failure']).toContain(restartPolicy);
    await checkUsable(runtime, container);
    expect(HEALTH_STATUSES).toContain(await container.healthStatus());
    await container.healthcheck();
    expect(await container.healthStatus()).toBe('healthy');
    await container.stop({ timeout: 0 });
    expect(await container.state()).toBe('exited');
    await container.remove();
  }
  expect(await runtime.containers()).toEqual([]);
  await runtime.close();
}

describe.runIf(requires({ root: true }))(
  'an engine that is killed while it works on a container with a healthcheck and a restart policy',
  () => {
    it(
      'leaves a whole one, which the next engine checks, stops and takes away',
      () =>
        killAtSteps({
          ...{ who: 'an engine with a healthcheck and a restart policy', steps: '9/61', moreThan: 80 },
          script: () => LIFE,
          check: checkWhole,
        }),
      STEPS_TIMEOUT_MS,
    );
  },
);
