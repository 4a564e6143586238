import { existsSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LibpodError, type Container, type ContainerView, type Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore } from '../support/store.js';

const SLEEP = ['sleep', '1000'];

function create(runtime: Runtime, options: Record<string, unknown> = {}): Promise<Container> {
  return runtime.createContainer({ hostRoot: true, command: SLEEP, ...options });
}

function gone(container: Container): Promise<void> {
  return container.remove({ force: true, timeout: 0 });
}

describe.runIf(requires({ root: true, busybox: true }))('what a container takes on disk', () => {
  it(
    'is what is beneath it and what it wrote, each file once',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const write =
        'head -c 10000 /dev/zero > /file; ln /file /again; ln -s /bin/busybox /link; mkdir /tmp/x';
      const container = await runtime.createContainer({
        rootfs,
        overlay: true,
        command: ['sh', '-c', write],
      });
      expect(await container.rwSize()).toBe(0);
      const before = await container.rootFsSize();
      expect(before).toBeGreaterThan(500_000);
      await container.start();
      await container.wait();
      const written = await container.rwSize();
      // The symbolic link is as long as its text; the files of the engine (/etc/hosts ...) are mount points without text.
      expect(written).toBe(10_000 + '/bin/busybox'.length);
      expect(await container.rootFsSize()).toBe(before + written);
      await container.remove();
      const direct = await runtime.createContainer({ rootfs, command: ['true'] });
      expect(await direct.rwSize()).toBe(0);
      expect(await direct.rootFsSize()).toBe(before);
      await direct.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a new name', () => {
  it(
    'holds for everybody, and the old one is free',
    withStore(async (runtime, store) => {
      const container = await create(runtime, { name: 'old' });
      const other = await store.open();
      const elsewhere = other.lookupContainer('old');
      await container.start();
      await container.rename('new');
      expect(container.name).toBe('new');
      expect(runtime.lookupContainer('new').id).toBe(container.id);
      expect(runtime.hasContainer('old')).toBe(false);
      expect(other.lookupContainer('new').id).toBe(container.id);
      expect((await other.containers()).map(({ name }) => name)).toEqual(['new']);
      expect((await container.inspect()).Name).toBe('new');
      // One that somebody else has renamed since is renamed from there.
      await elsewhere.rename('newer');
      expect(runtime.hasContainer('new')).toBe(false);
      const second = await create(runtime, { name: 'old' });
      await expect(second.rename('newer')).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' });
      await expect(second.rename('no/slash')).rejects.toMatchObject({ code: 'ERR_INVALID_NAME' });
      await second.rename('old');
      expect(second.name).toBe('old');
      await second.remove();
      await gone(container);
      expect(runtime.hasContainer('newer')).toBe(false);
    }),
  );

  it(
    'of a throwaway container is not taken along by a name that another one has since',
    withStore(async (runtime) => {
      const throwaway = await create(runtime, { name: 'first', remove: true });
      await throwaway.start();
      await throwaway.rename('second');
      const heir = await create(runtime, { name: 'first' });
      await throwaway.kill();
      await throwaway.wait();
      await throwaway.remove();
      expect(runtime.lookupContainer('first').id).toBe(heir.id);
      // Its own name was of no use any more, and is given to who asks.
      const next = await create(runtime, { name: 'second' });
      expect(runtime.lookupContainer('second').id).toBe(next.id);
      await next.remove();
      await heir.remove();
    }),
  );

  it(
    'is either given or not when its engine is killed',
    withStore(async (_runtime, store) => {
      for (let round = 0; round < 20; round++) {
        await using engine = new EngineProcess(
          store,
          `const runtime = await Runtime.open(options);
           const container = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'name0' });
           say(container.id);
           for (let i = 1; ; i++) await container.rename('name' + i);`,
        );
        const id = await engine.next<string>();
        await sleep(Math.random() * 10);
        await engine.kill();
        const runtime = await store.open();
        const [summary, ...more] = await runtime.containers();
        expect(more).toEqual([]);
        expect(summary?.id).toBe(id);
        const container = runtime.lookupContainer(summary?.name ?? '');
        expect(container.id).toBe(id);
        await container.remove();
        // No other name is left.
        expect(readdirSync(`${store.root}/names`)).toEqual([]);
        await runtime.close();
      }
    }),
    60_000,
  );
});

/** How often a container's program has gone round. */
function rounds(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').length : 0;
}

describe.runIf(requires({ root: true }))('a paused container', () => {
  it(
    'stands still with all its processes, and goes on where it was',
    withStore(async (runtime, store) => {
      const shared = store.makeDirectory('shared');
      const file = `${shared}/rounds`;
      const script = 'while :; do printf x >> /shared/rounds; sleep 0.01; done';
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', script],
        mounts: [{ type: 'bind', source: shared, destination: '/shared', options: ['rbind', 'rw'] }],
      });
      await expect(container.pause()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.start();
      await expect.poll(() => rounds(file)).toBeGreaterThan(0);
      await container.pause();
      const still = rounds(file);
      expect(await container.state()).toBe('paused');
      const other = await store.open();
      expect(await other.containers()).toMatchObject([{ state: 'paused' }]);
      await expect(container.pause()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await expect(container.stop()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await expect(container.remove()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await sleep(50);
      expect(rounds(file)).toBe(still);
      await other.getContainer(container.id).unpause();
      expect(await container.state()).toBe('running');
      await expect.poll(() => rounds(file)).toBeGreaterThan(still);
      await expect(container.unpause()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.pause();
      await gone(container);
    }),
  );

  it(
    'may end in the middle of being paused, and holds nobody up',
    withStore(async (runtime) => {
      for (let round = 0; round < 10; round++) {
        const container = await create(runtime, round % 2 === 0 ? { command: ['true'] } : {});
        await container.start();
        const pid = await container.pid();
        const pausing = container.pause().catch((error: unknown) => error);
        if (pid > 0 && round % 2 === 1) process.kill(pid, 'SIGKILL');
        const answer = await pausing;
        if (answer !== undefined) expect(answer).toMatchObject({ code: 'ERR_INVALID_STATE' });
        // It was quicker; the container may still have been killed since.
        else await container.unpause().catch(() => undefined);
        await container.wait({ timeout: 10 });
        expect(await container.state()).toBe('exited');
        await container.remove();
      }
    }),
  );

  it(
    'is stopped by a runtime that is shut down by force',
    withStore(async (runtime, store) => {
      const container = await create(runtime);
      await container.start();
      await container.pause();
      await (await store.open()).shutdown({ force: true });
      expect(await container.state()).toBe('exited');
      await container.remove();
    }),
  );

  it(
    'that is killed ends, and does not begin its next run paused',
    withStore(async (runtime) => {
      const container = await create(runtime);
      await container.start();
      await container.pause();
      await container.kill();
      await container.unpause().catch(() => undefined);
      expect((await container.wait()).exitCode).toBe(137);
      expect(await container.state()).toBe('exited');
      await container.start();
      expect(await container.state()).toBe('running');
      await gone(container);
    }),
  );
});

describe.runIf(requires({ root: true, memoryLimits: true }))('updated limits', () => {
  /** What the container sees of its limits. */
  const SHOWS =
    'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max';

  it(
    'hold at once, and for later runs, and leave the others alone',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        stdin: true,
        command: ['sh', '-c', `while read line; do ${SHOWS}; done`],
        resources: { memory: 32 << 20 },
      });
      const show = async (): Promise<string[]> => {
        const { stdin, stdout, stderr } = await container.attach();
        stderr.resume();
        stdin?.write('\n');
        let text = '';
        for await (const piece of stdout as AsyncIterable<Buffer>) {
          text += String(piece);
          if (text.split('\n').length > 2) break;
        }
        return text.trim().split('\n');
      };
      // Before it ever ran.
      await container.update({ pidsLimit: 100 });
      await container.start();
      expect(await show()).toEqual([String(32 << 20), '100']);
      // Above what memory and swap together were until then.
      await container.update({ memory: 256 << 20 });
      await (await store.open()).getContainer(container.id).update({ pidsLimit: 50 });
      expect(await show()).toEqual([String(256 << 20), '50']);
      await expect(container.update({ memory: 3 })).rejects.toBeInstanceOf(LibpodError);
      await expect(container.update({ cpuShares: 1 })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      expect(await show()).toEqual([String(256 << 20), '50']);
      expect((await container.inspect()).HostConfig).toMatchObject({ Memory: 256 << 20, PidsLimit: 50 });
      await container.restart({ timeout: 0 });
      expect(await show()).toEqual([String(256 << 20), '50']);
      await gone(container);
    }),
  );
});

describe.runIf(requires({ root: true }))('restart', () => {
  it(
    'stops what runs and starts what does not',
    withStore(async (runtime) => {
      const container = await create(runtime);
      await container.restart();
      const first = await container.pid();
      expect(await container.state()).toBe('running');
      await container.restart({ timeout: 0 });
      const second = await container.pid();
      expect(second).not.toBe(first);
      expect(existsSync(`/proc/${second}`)).toBe(true);
      await container.kill();
      await container.wait();
      await container.restart();
      expect(await container.state()).toBe('running');
      await gone(container);
    }),
  );
});

describe.runIf(requires({ root: true }))('waiting', () => {
  it(
    'is for a state, too',
    withStore(async (runtime) => {
      const container = await create(runtime);
      const running = container.wait({ condition: 'running', interval: 5 });
      await container.init();
      await container.wait({ condition: ['created', 'running'] });
      await container.start();
      await running;
      expect(await container.state()).toBe('running');
      await expect(container.wait({ condition: 'asleep' as 'running' })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      await gone(container);
    }),
  );

  it(
    'ends after a time, or when it is aborted, and the container goes on',
    withStore(async (runtime) => {
      const container = await create(runtime);
      await container.start();
      await expect(container.wait({ timeout: 0.05 })).rejects.toMatchObject({
        code: 'ERR_TIMEOUT',
        message: expect.stringContaining('within 0.05 seconds') as string,
      });
      await expect(container.wait({ condition: 'exited', timeout: 60, signal: AbortSignal.timeout(20) }))
        .rejects //
        .toMatchObject({ code: 'ERR_ABORTED' });
      expect(await container.state()).toBe('running');
      const waiting = container.wait({ timeout: 60 });
      await container.kill();
      expect(await waiting).toMatchObject({ exitCode: 137 });
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a time that is none, or longer than any timer', () => {
  it(
    'is refused, or waited for as long as can be',
    withStore(async (runtime) => {
      const script = 'trap "sleep 0.2; exit 4" TERM; echo ready; while :; do sleep 0.01; done';
      const container = await create(runtime, { command: ['sh', '-c', script] });
      const { stdout, stderr } = await container.startAndAttach();
      stderr.resume();
      await new Promise((resolve) => stdout.once('data', resolve));
      stdout.resume();
      for (const timeout of [NaN, -1]) {
        for (const use of [
          container.stop({ timeout }),
          container.restart({ timeout }),
          container.wait({ timeout }),
          container.remove({ force: true, timeout }),
        ])
          await expect(use).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      }
      await expect(container.wait({ condition: [] })).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      const ended = container.wait({ timeout: 1e9 });
      await container.stop({ timeout: Infinity });
      expect(await ended).toMatchObject({ exitCode: 4 });
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a throwaway container', () => {
  it(
    'is known to have ended by whoever waited for it',
    withStore(async (runtime) => {
      for (let round = 0; round < 5; round++) {
        const container = await create(runtime, { remove: true, command: ['sh', '-c', 'exit 5'] });
        await container.start();
        expect((await container.wait()).exitCode).toBe(5);
        expect(await container.state()).toBe('exited');
        expect(await container.exitCode()).toBe(5);
        expect((await container.inspect()).State.ExitCode).toBe(5);
        await container.remove();
      }
    }),
  );
});

describe.runIf(requires({ root: true }))('a runtime that is closed', () => {
  it(
    'starts nothing any more',
    withStore(async (runtime, store) => {
      const other = await store.open();
      const container = await create(other);
      await other.close();
      for (const use of [() => container.start(), () => container.init(), () => container.restart()])
        await expect(use()).rejects.toMatchObject({
          code: 'ERR_INVALID_STATE',
          message: expect.stringContaining('closed') as string,
        });
      await runtime.removeContainer(container.id);
    }),
  );
});

describe.runIf(requires({ root: true }))('wrong options in code', () => {
  it.each([
    [{ command: 'true' }, 'command'],
    [{ env: ['A=1'] }, 'env'],
    [{ namespaces: { pid: 'container:x' } }, 'namespaces.pid'],
    [{ hostname: 'a\nb' }, 'hostname'],
    [{ hostname: 'a b' }, 'hostname'],
  ])('%o are refused', async (options, what) => {
    await withStore(async (runtime) => {
      await expect(create(runtime, options)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining(what) as string,
      });
    })();
  });
});

describe.runIf(requires({ root: true }))('a batch', () => {
  it(
    'keeps everybody else out, also in other processes',
    withStore(async (runtime, store) => {
      const container = await create(runtime, { name: 'batched' });
      const order: string[] = [];
      let other: Promise<unknown> | undefined;
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         process.stdin.once('data', async () => {
           const container = runtime.lookupContainer('batched');
           say('waiting');
           await container.kill('TERM').catch((error) => say(error.code));
           say('done');
         });
         say('ready');
         await never;`,
      );
      await engine.next();
      const answer = await container.batch(async (view) => {
        expect(await view.state()).toBe('configured');
        other = container.batch(() => Promise.resolve(order.push('other'))).catch((error: unknown) => error);
        engine.write('go\n');
        expect(await engine.next()).toBe('waiting');
        await view.start();
        expect(await view.state()).toBe('running');
        await sleep(50);
        await view.kill();
        order.push('batch');
        return 'answer';
      });
      expect(answer).toBe('answer');
      // Started inside of the batch, that one would have waited for itself.
      expect(await other).toMatchObject({ code: 'ERR_INVALID_STATE' });
      expect(order).toEqual(['batch']);
      const said = await engine.next();
      if (said !== 'done') expect(said).toBe('ERR_INVALID_STATE');
      await gone(container);
    }),
  );

  it(
    'refuses the container itself inside, and its view afterwards',
    withStore(async (runtime) => {
      // Who holds the lock of one may take that of another with a later ID (locks/lock-order.ts).
      const both = [await create(runtime), await create(runtime)];
      const [container, another] = both.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Container, Container];
      let kept: ContainerView | undefined;
      await container.batch(async (view) => {
        kept = view;
        for (const use of [
          () => container.state(),
          () => container.stop(),
          () => container.restart(),
          () => container.wait(),
          () => container.remove(),
          () => runtime.getContainer(container.id).start(),
        ])
          await expect(use()).rejects.toMatchObject({
            code: 'ERR_INVALID_STATE',
            message: expect.stringContaining('batch') as string,
          });
        expect(await another.state()).toBe('configured');
      });
      await expect((kept as ContainerView).start()).rejects.toMatchObject({
        message: expect.stringContaining('is over') as string,
      });
      // A batch that fails lets go of the lock.
      await expect(container.batch(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
      expect(await container.state()).toBe('configured');
      await container.remove();
      await another.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a runtime', () => {
  it(
    'lists, finds and removes',
    withStore(async (runtime) => {
      await expect(runtime.latestContainer()).rejects.toMatchObject({ code: 'ERR_NO_SUCH_CONTAINER' });
      const first = await create(runtime, { labels: { keep: '' } });
      await sleep(2);
      const second = await create(runtime, { name: 'second' });
      expect((await runtime.latestContainer()).id).toBe(second.id);
      await second.start();
      expect((await runtime.runningContainers()).map(({ id }) => id)).toEqual([second.id]);
      expect(await runtime.containers(({ labels }) => 'keep' in labels)).toMatchObject([{ id: first.id }]);
      expect(await runtime.prune(({ labels }) => !('keep' in labels))).toEqual({ removed: [], failed: [] });
      expect(await runtime.prune()).toEqual({ removed: [first.id], failed: [] });
      await runtime.removeContainer('second', { force: true, timeout: 0 });
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'is emptied by reset, and stops its containers when it is shut down by force',
    withStore(async (runtime, store) => {
      const container = await create(runtime, { stopTimeout: 0 });
      await container.start();
      const other = await store.open();
      await other.shutdown({ force: true });
      expect(await container.state()).toBe('exited');
      await container.start();
      const throwaway = await create(runtime, { remove: true });
      await throwaway.start();
      await runtime.reset();
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'passes over what a crash left of a name',
    withStore(async (runtime, store) => {
      const container = await create(runtime, { name: 'taken' });
      await container.remove();
      symlinkSync('f'.repeat(64), `${store.root}/names/taken`);
      const heir = await create(runtime, { name: 'taken' });
      await heir.remove();
    }),
  );

  it(
    'is counted by what the runtime tells of itself',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      const { host, store: told } = await runtime.info();
      expect(host).toMatchObject({ os: 'linux', cpus: expect.any(Number) as number });
      expect(told).toEqual({
        containerStore: { number: 1, paused: 0, running: 0, stopped: 1 },
        graphDriverName: 'overlay',
        graphRoot: store.root,
        runRoot: store.runRoot,
      });
      await container.remove();
    }),
  );
});
