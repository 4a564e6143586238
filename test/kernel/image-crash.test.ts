import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../support/archives.js';
import { EngineProcess } from '../support/engine-process.js';
import { FakeRegistry } from '../support/fake-registry.js';
import { killAtSteps, STEPS_TIMEOUT_MS } from '../support/killed-at-steps.js';
import { requires } from '../support/requires.js';
import { TestStore, withStore } from '../support/store.js';

const LAYER = archiveOf(
  { name: 'bin/', type: '5', mode: 0o755 },
  { name: 'bin/file', data: 'x'.repeat(200_000) },
);
const LARGE = archiveOf({ name: 'large', data: 'x'.repeat(3_000_000) });
const plain = { tlsVerify: false, retryDelay: 1 } as const;
const PLAIN = JSON.stringify(plain);

/** Brings an image, makes another of it, saves and loads that, and removes both. */
const life = (name: string): string => `
  const { Readable } = await import('node:stream');
  const { buffer } = await import('node:stream/consumers');
  const runtime = await Runtime.open(options);
  const { images } = runtime;
  crash.during('pull');
  await images.pull('${name}', ${PLAIN});
  crash.during('commit');
  const container = await runtime.createContainer({ image: '${name}', command: ['/bin/file'] });
  await images.commit(container.id, { name: 'made', changes: ['ENV A=b'] });
  crash.during('load');
  const archive = await buffer(await images.save('made'));
  await images.untag('made');
  await images.load(Readable.from([archive]));
  crash.during('remove');
  await container.remove();
  await images.prune({ all: true });
  crash.during('close');
  await runtime.close();
  say(crash.counted());`;

/** What is there can be used, what is pulled again is whole, and pruning takes all of it away. */
async function checkWhole(store: TestStore, name: string): Promise<void> {
  const runtime = await store.open();
  const { images } = runtime;
  for (const { id } of await images.list()) await images.find(id);
  const { chain } = await images.pull(name, plain);
  const { layers } = await images.store();
  expect(readFileSync(path.join(layers.treePath(chain[0] ?? ''), 'bin/file')).length).toBe(200_000);
  for (const { id } of await runtime.containers()) await runtime.getContainer(id).remove({ force: true });
  await images.prune({ all: true });
  expect(await images.list()).toEqual([]);
  for (const directory of ['images/blobs/sha256', 'images/parts'])
    expect(readdirSync(path.join(store.root, directory))).toEqual([]);
  expect(readdirSync(path.join(store.root, 'layers'))).toEqual(['lock']);
  await runtime.close();
}

describe.runIf(requires({ root: true }))('images under adversity', () => {
  it(
    'an engine that is killed right before any of its steps leaves nothing that is in the way',
    async () => {
      await using registry = await FakeRegistry.start(LAYER);
      const name = `${registry.host}/app`;
      await killAtSteps({
        ...{ who: 'an engine with images', steps: '4/47', moreThan: 50 },
        script: () => life(name),
        check: (store) => checkWhole(store, name),
      });
    },
    STEPS_TIMEOUT_MS,
  );

  it(
    'two processes that pull the same fetch and unpack it once',
    withStore(async (runtime, store) => {
      await using registry = await FakeRegistry.start(LAYER);
      const name = `${registry.host}/app`;
      const script = `
        const runtime = await Runtime.open(options);
        const pull = runtime.images.pull('${name}', ${PLAIN});
        const states = [];
        for await (const { state } of pull) states.push(state);
        say((await pull).id);
        await runtime.close();`;
      const engines = Array.from({ length: 2 }, () => new EngineProcess(store, script));
      const ids = await Promise.all(engines.map((engine) => engine.next<string>()));
      for (const engine of engines) {
        expect(await engine.ended).toMatchObject({ code: 0, stderr: '' });
        await engine[Symbol.asyncDispose]();
      }
      expect(new Set(ids).size).toBe(1);
      expect(registry.layerRequests).toHaveLength(1);
      expect(await runtime.images.list()).toHaveLength(1);
      await runtime.images.prune({ all: true });
    }),
  );

  it(
    'a full disk is an error that says so, and nothing half-written stays',
    withStore(async (runtime, store) => {
      const small = store.makeDirectory('small');
      // The archive does not fit; or it does, and the tree does not.
      for (const size of ['2m', '4m']) {
        await using registry = await FakeRegistry.start(LARGE);
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', small]);
        try {
          const other = await store.open({
            root: path.join(small, 'root'),
            runRoot: path.join(store.directory, `run-${size}`),
          });
          await expect(other.images.pull(`${registry.host}/app`, plain)).rejects.toMatchObject({
            code: 'ERR_NO_SPACE',
          });
          expect(await other.images.list()).toEqual([]);
          expect(readdirSync(path.join(small, 'root/images/parts'))).toEqual([]);
          expect(readdirSync(path.join(small, 'root/layers'))).toEqual(['lock']);
          await other.images.prune({ all: true });
          expect(readdirSync(path.join(small, 'root/images/blobs/sha256'))).toEqual([]);
          await other.close();
        } finally {
          execFileSync('umount', [small]);
        }
      }
      expect(await runtime.images.list()).toEqual([]);
    }),
  );
});
