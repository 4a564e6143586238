import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../support/archives.js';
import { EngineProcess } from '../support/engine-process.js';
import { FakeRegistry } from '../support/fake-registry.js';
import { requires } from '../support/requires.js';
import { TestStore, withStore } from '../support/store.js';

/** Counts the steps of an engine towards the outside, and kills it right before one of them. */
const POINTS = fileURLToPath(new URL('../support/crash-points.mjs', import.meta.url));

/** Which steps are tried: every STRIDE-th from FIRST on. `npm run test:crash` tries all. */
const [FIRST, STRIDE] = (process.env['LIBPOD_TEST_STEPS'] ?? '4/47').split('/').map(Number) as [
  number,
  number,
];
const NEVER = 1_000_000;

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

interface Counted {
  readonly count: number;
  readonly labels: Readonly<Record<string, number>>;
}

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

async function tryPoint(registry: FakeRegistry, killAt: number): Promise<Counted | undefined> {
  const store = TestStore.make();
  const name = `${registry.host}/app`;
  try {
    let counted: Counted | undefined;
    {
      await using engine = new EngineProcess(store, life(name), 'shared', {
        preload: POINTS,
        env: { LIBPOD_TEST_KILL_AT: String(killAt) },
      });
      const said = engine.next<Counted>().catch(() => undefined);
      const { signal, code, stderr } = await engine.ended;
      counted = await said;
      if (signal !== 'SIGKILL' && counted === undefined)
        throw new Error(`the engine ended with ${String(code)}: ${stderr}`);
    }
    await checkWhole(store, name);
    await store[Symbol.asyncDispose]();
    return counted;
  } catch (error) {
    await store.abandon().catch(() => undefined);
    throw new Error(`killed right before step ${killAt}`, { cause: error });
  }
}

describe.runIf(requires({ root: true }))('images under adversity', () => {
  it('an engine that is killed right before any of its steps leaves nothing that is in the way', async () => {
    await using registry = await FakeRegistry.start(LAYER);
    const whole = await tryPoint(registry, NEVER);
    const total = whole?.count ?? 0;
    expect(total).toBeGreaterThan(50);
    let tried = 0;
    const failures: unknown[] = [];
    for (let point = FIRST; point <= total; point += STRIDE, tried++)
      await tryPoint(registry, point).catch((error: unknown) => failures.push(error));
    const verbs = Object.entries(whole?.labels ?? {}).map(([verb, count]) => `${verb} ${count}`);
    console.log(`killed an engine with images before ${tried} of its ${total} steps (${verbs.join(', ')})`);
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} points left something`);
  }, 3_600_000);

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
