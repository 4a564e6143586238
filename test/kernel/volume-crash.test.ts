import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { TestStore } from '../support/store.js';

const POINTS = fileURLToPath(new URL('../support/crash-points.mjs', import.meta.url));

/** Every STRIDE-th step is tried, from FIRST on; `LIBPOD_TEST_STEPS=1/1` tries all. */
const [FIRST, STRIDE] = (process.env['LIBPOD_TEST_STEPS'] ?? '4/27').split('/').map(Number) as [
  number,
  number,
];
const NEVER = 1_000_000;

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

async function tryPoint(killAt: number): Promise<number> {
  const store = TestStore.make();
  try {
    const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
    for (const at of [0, 1]) mkdirSync(path.join(rootfs, `srv/data${at}/sub`), { recursive: true });
    writeFileSync(path.join(rootfs, 'srv/data0/0'), 'zero');
    writeFileSync(path.join(rootfs, 'srv/data0/sub/1'), 'one');
    let count = 0;
    {
      await using engine = new EngineProcess(store, life(rootfs), 'shared', {
        preload: POINTS,
        env: { LIBPOD_TEST_KILL_AT: String(killAt) },
      });
      const said = engine.next<{ count: number }>().catch(() => undefined);
      const { signal, code, stderr } = await engine.ended;
      const counted = await said;
      if (signal !== 'SIGKILL' && counted === undefined)
        throw new Error(`the engine ended with ${String(code)}: ${stderr}`);
      count = counted?.count ?? 0;
    }
    await checkWhole(store, rootfs);
    await store[Symbol.asyncDispose]();
    return count;
  } catch (error) {
    await store.abandon().catch(() => undefined);
    throw new Error(`killed right before step ${killAt}`, { cause: error });
  }
}

describe.runIf(requires({ root: true, busybox: true }))(
  'an engine that is killed while it works on volumes',
  () => {
    it('leaves whole ones, which the next engine uses and takes away', async () => {
      const total = await tryPoint(NEVER);
      expect(total).toBeGreaterThan(40);
      const failures: unknown[] = [];
      for (let point = FIRST; point <= total; point += STRIDE)
        await tryPoint(point).catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} points left something`);
      console.log(`killed an engine before every ${STRIDE}-th of its ${total} steps`);
    }, 3_600_000);
  },
);
