import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { killAtSteps, STEPS_TIMEOUT_MS } from '../support/killed-at-steps.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import type { TestStore } from '../support/store.js';

/** The life of two volumes, whole. */
const life = (rootfs: string): string => `
  const runtime = await Runtime.open(options);
  crash.during('create');
  await runtime.createVolume({ name: 'named', labels: { a: 'b' } });
  crash.during('first use');
  const mounts = ['named', ''].map((source, at) => ({ type: 'volume', source, destination: '/srv/data' + at }));
  const container = await runtime.createContainer({ rootfs: ${JSON.stringify(rootfs)}, command: ['true'], mounts });
  await container.start();
  await container.wait();
  crash.during('remove');
  await container.remove({ volumes: true });
  await runtime.removeVolume('named');
  say(crash.counted());
  await runtime.close();`;

/** What the next engine finds is whole, can be used, and goes. */
async function checkWhole(store: TestStore, rootfs: string): Promise<void> {
  const runtime = await store.open();
  for (const { id, state } of await runtime.containers()) {
    const container = runtime.getContainer(id);
    if (state === 'configured') {
      await container.start();
      await container.wait();
    }
    await container.remove({ force: true, timeout: 0, volumes: true });
  }
  const left = runtime.volumes();
  expect(left.every(({ containers }) => containers.length === 0)).toBe(true);
  // Filled as a whole, or to be filled.
  const mounts = [{ type: 'volume', source: 'named', destination: '/srv/data0' }];
  const command = ['cat', '/srv/data0/0', '/srv/data0/sub/1'];
  expect((await runtime.run({ rootfs, command, mounts })).stdout).toBe('zeroone');
  expect((await runtime.pruneVolumes()).removed).toContain('named');
  await runtime.close();
}

/** A root with what its volumes are filled from. */
function rootIn(store: TestStore): string {
  const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
  for (const at of [0, 1]) mkdirSync(path.join(rootfs, `srv/data${at}/sub`), { recursive: true });
  writeFileSync(path.join(rootfs, 'srv/data0/0'), 'zero');
  writeFileSync(path.join(rootfs, 'srv/data0/sub/1'), 'one');
  return rootfs;
}

describe.runIf(requires({ root: true, busybox: true }))(
  'an engine that is killed while it works on volumes',
  () => {
    it(
      'leaves whole ones, which the next engine uses and takes away',
      () =>
        killAtSteps({
          ...{ who: 'an engine with volumes', steps: '4/27', moreThan: 40 },
          script: (store) => life(rootIn(store)),
          check: (store) => checkWhole(store, path.join(store.directory, 'rootfs')),
        }),
      STEPS_TIMEOUT_MS,
    );
  },
);
