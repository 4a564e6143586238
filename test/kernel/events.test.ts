import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, EventOptions, LibpodEvent, Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

async function told(runtime: Runtime, options: EventOptions = {}): Promise<LibpodEvent[]> {
  const found: LibpodEvent[] = [];
  for await (const event of runtime.events({ follow: false, ...options })) found.push(event);
  return found;
}

/** What was told, in words. */
const words = (events: readonly LibpodEvent[]): string[] =>
  events.map(({ status, exitCode }) => (exitCode === undefined ? status : `${status} ${exitCode}`));

/** Reads on until something fits. */
async function until(following: AsyncGenerator<LibpodEvent>, wanted: string): Promise<LibpodEvent[]> {
  const seen: LibpodEvent[] = [];
  for (;;) {
    const next = await following.next();
    if (next.done === true) throw new Error(`the events ended without ${wanted}`);
    seen.push(next.value);
    if (next.value.status === wanted) return seen;
  }
}

/** The monitor of a running container: the parent of its init (proc_pid_stat(5), field 4). */
async function monitorOf(container: Container): Promise<number> {
  const stat = readFileSync(`/proc/${await container.pid()}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Takes the journal away, as if nobody had got to tell anything. */
function loseJournal(store: TestStore): void {
  for (const { name: boot } of readdirSync(store.runRoot, { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  )) {
    const directory = path.join(store.runRoot, boot, 'events');
    for (const file of readdirSync(directory)) rmSync(path.join(directory, file));
  }
}

describe.runIf(requires({ root: true }))('events', () => {
  it(
    'tell all that is done to a container, in order',
    withStore(async (runtime) => {
      const following = runtime.events();
      const labels = { tier: 'front' };
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '1000'],
        name: 'web',
        labels,
      });
      await container.init();
      await container.start();
      await container.pause();
      await container.unpause();
      await container.update({ pidsLimit: 50 });
      await container.rename('shop');
      await container.kill('CONT');
      await container.stop({ timeout: 0 });
      await container.remove();
      const events = await until(following, 'remove');
      await following.return(undefined);
      expect(words(events)).toEqual([
        ...['create', 'init', 'start', 'pause', 'unpause', 'update', 'rename', 'kill', 'stop'],
        ...['died 137', 'remove'],
      ]);
      for (const { id, type, image, attributes } of events)
        expect({ id, type, image, attributes }).toEqual({
          id: container.id,
          type: 'container',
          image: 'host-root',
          attributes: labels,
        });
      expect(events.find(({ status }) => status === 'rename')?.name).toBe('shop');
      expect(
        words(await told(runtime, { filters: { container: 'shop', event: ['rename', 'remove'] } })),
      ).toEqual(['rename', 'remove']);
    }),
  );

  it(
    'are told by the monitor when no engine lives: also those of a throwaway container',
    withStore(async (runtime, store) => {
      const following = runtime.events();
      const engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'read line; exit 3'], stdin: true, remove: true });
         await container.start();
         say(container.id);
         await never;`,
      );
      const id = await engine.next<string>();
      await engine.kill();
      const { stdin } = await runtime.getContainer(id).attach();
      stdin?.end('go\n');
      const events = await until(following, 'remove');
      await following.return(undefined);
      expect(words(events)).toEqual(['create', 'init', 'start', 'attach', 'died 3', 'remove']);
    }),
  );

  it(
    'tell that the kernel killed for want of memory',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'x=$(head -c 200000000 /dev/zero | tr "\\\\0" a); echo ${#x}'],
        resources: { memory: 16 * 1024 ** 2, memorySwap: 16 * 1024 ** 2 },
      });
      await container.start();
      const { oomKilled } = await container.wait();
      expect(oomKilled).toBe(true);
      const statuses = (await told(runtime)).map(({ status }) => status);
      expect(statuses).toEqual(['create', 'init', 'start', 'oom', 'died']);
      await container.remove();
    }),
  );

  it(
    'that were lost are told at the next sync, once',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '1000'],
        name: 'one',
      });
      const created = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'two' });
      await container.start();
      await container.pause();
      loseJournal(store);
      // Another engine: this one knows what it has told.
      const sync = async (): Promise<void> => {
        await using other = await store.open();
        await other.getContainer(container.id).state();
        await other.getContainer(created.id).state();
      };
      await sync();
      await sync();
      expect(words(await told(runtime))).toEqual(['pause', 'create']);
      await container.unpause();
      process.kill(await container.pid(), 'SIGKILL');
      await container.wait();
      loseJournal(store);
      await sync();
      await sync();
      expect(words(await told(runtime)).sort()).toEqual(['create', 'died 137', 'unpause']);
      await container.remove();
      await created.remove();
    }),
  );

  it(
    'of an end that nobody saw are told by whoever finds out',
    withStore(async (runtime, store) => {
      const kept = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '1000'],
        name: 'kept',
      });
      const thrown = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '1000'],
        name: 'thrown',
        remove: true,
      });
      for (const container of [kept, thrown]) {
        await container.start();
        process.kill(await monitorOf(container), 'SIGKILL');
      }
      await sleep(50);
      await (await store.open()).close();
      await kept.state();
      await kept.state();
      const of = async (name: string): Promise<string[]> =>
        words(await told(runtime, { filters: { container: name } }));
      expect(await of('kept')).toEqual(['create', 'init', 'start', 'died -1']);
      expect(await of('thrown')).toEqual(['create', 'init', 'start', 'died -1', 'remove']);
      await kept.remove();
    }),
  );

  it(
    'are neither lost nor doubled by engines that are killed at any moment',
    withStore(async (_runtime, store) => {
      const script = `
        const runtime = await Runtime.open(options);
        say('open');
        for (;;) {
          const keep = Math.random() < 0.5;
          const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], remove: !keep });
          const verbs = [
            () => container.start(),
            () => container.pause(),
            () => container.unpause(),
            ...(keep ? [() => container.rename('n' + container.id.slice(0, 12))] : []),
            () => container.stop({ timeout: 0 }),
            ...(keep ? [() => container.remove()] : []),
          ];
          say('create');
          for (const verb of verbs) {
            await verb();
            say('verb');
          }
        }`;
      const moments = fc.sample(
        fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 4 })),
        16,
      );
      const oneAfterAnother = async (own: typeof moments): Promise<void> => {
        for (const [verbs, milliseconds] of own) {
          const engine = new EngineProcess(store, script);
          for (let i = 0; i < verbs; i++) await engine.next();
          await sleep(milliseconds);
          await engine.kill();
        }
      };
      await Promise.all(
        [0, 1, 2].map((lane) => oneAfterAnother(moments.filter((_, index) => index % 3 === lane))),
      );
      // Whoever opens next sweeps; every container that is left is brought up to date, and removed.
      await using last = await store.open();
      for (const { id } of await last.containers())
        if (last.hasContainer(id)) await last.getContainer(id).remove({ force: true, timeout: 0 });
      const events = await told(last);
      expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
      const byContainer = new Map<string, LibpodEvent[]>();
      for (const event of events) byContainer.set(event.id, [...(byContainer.get(event.id) ?? []), event]);
      for (const own of byContainer.values()) {
        const count = (status: string): number => own.filter((event) => event.status === status).length;
        expect(words(own)).toEqual(expect.arrayContaining(['create', 'remove']));
        expect(count('create')).toBe(1);
        expect(count('remove')).toBe(1);
        expect(count('start')).toBe(count('died'));
        expect(count('init')).toBe(count('died'));
        // Decisions of engines are numbered without a gap, up to the last one.
        const decided = own.flatMap(({ generation, status }) =>
          generation === undefined || status === 'rename' ? [] : [generation],
        );
        expect(decided).toEqual(decided.map((_, index) => index + 1));
      }
      expect(byContainer.size).toBeGreaterThan(5);
    }),
    60_000,
  );
});
