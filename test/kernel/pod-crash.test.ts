import { describe, expect, it } from 'vitest';
import { POD_STATUSES, type Runtime } from '../../src/index.js';
import { checkUsable, removeIfThere } from '../support/check-containers.js';
import { killAtSteps, STEPS_TIMEOUT_MS } from '../support/killed-at-steps.js';
import { requires } from '../support/requires.js';
import type { TestStore } from '../support/store.js';

/** The life of a pod with two containers, one of which needs the other, whole. */
const LIFE = `
  const runtime = await Runtime.open(options);
  await runtime.dryRun({ hostRoot: true, command: ['true'] });
  const sleeper = (name, more) => ({ hostRoot: true, command: ['sleep', '1000'], pod: 'pod', name, ...more });
  crash.during('create');
  const pod = await runtime.createPod({ name: 'pod', resources: { memory: 256 << 20 }, exitPolicy: 'stop' });
  crash.during('add');
  await runtime.createContainer(sleeper('one'));
  const two = await runtime.createContainer(sleeper('two', { requires: ['one'] }));
  crash.during('start');
  await pod.start();
  crash.during('pause');
  await pod.pause();
  await pod.unpause();
  crash.during('take away');
  await two.remove({ force: true, timeout: 0 });
  crash.during('stop');
  await pod.stop({ timeout: 0 });
  crash.during('restart');
  await pod.restart({ timeout: 0 });
  crash.during('kill');
  await pod.kill();
  crash.during('remove');
  await pod.remove({ force: true, timeout: 0 });
  crash.during('close');
  await runtime.close();
  say(crash.counted());`;

/** The pod is a whole one, with its infra container and no more than it was given, and works. */
async function checkPod(runtime: Runtime, id: string): Promise<void> {
  const pod = runtime.getPod(id);
  expect(runtime.lookupPod('pod').id).toBe(id);
  expect(POD_STATUSES).toContain(await pod.status());
  const members = await pod.containers();
  expect(members.filter(({ isInfra }) => isInfra).map((one) => one.id)).toEqual([pod.infraId]);
  if (members.some(({ state }) => state === 'paused')) await pod.unpause();
  if (members.some(({ state }) => state === 'stopping')) await pod.stop({ timeout: 0 });
  await pod.start();
  expect(await pod.status()).toBe('Running');
  for (const member of members) await checkUsable(runtime, runtime.getContainer(member.id));
  await pod.remove({ force: true, timeout: 0 });
}

/** A new engine finds a whole pod or none, and no infra container without one. */
async function checkWhole(store: TestStore): Promise<void> {
  const runtime = await store.open();
  const pods = await runtime.pods();
  expect(pods.length).toBeLessThanOrEqual(1);
  for (const { pod } of await runtime.containers()) expect(pods.map(({ id }) => id)).toContain(pod);
  for (const { id } of pods) await checkPod(runtime, id);
  expect(await runtime.containers()).toEqual([]);
  // All names are free.
  await (await runtime.createPod({ name: 'pod' })).remove();
  for (const name of ['one', 'two'])
    await removeIfThere(await runtime.createContainer({ name, hostRoot: true, command: ['true'] }));
  await runtime.close();
}

describe.runIf(requires({ root: true }))('an engine that is killed while it works on a pod', () => {
  it(
    'leaves a whole pod or none, which the next engine uses and takes away',
    () =>
      killAtSteps({
        ...{ who: 'an engine with a pod', steps: '7/97', moreThan: 150 },
        script: () => LIFE,
        check: checkWhole,
      }),
    STEPS_TIMEOUT_MS,
  );
});
