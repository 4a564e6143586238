import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Pod, PodCreateOptions, Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { bytesOf, logOf } from '../support/run.js';
import { withStore } from '../support/store.js';

/** A pod with containers that sleep. */
async function podOf(
  runtime: Runtime,
  names: readonly string[],
  options: PodCreateOptions = {},
): Promise<{ pod: Pod; containers: Container[] }> {
  const pod = await runtime.createPod({ name: 'pod', ...options });
  const containers: Container[] = [];
  for (const name of names) containers.push(await member(runtime, name, ['sleep', '1000']));
  return { pod, containers };
}

function member(
  runtime: Runtime,
  name: string,
  command: readonly string[],
  options: CreateOptions = {},
): Promise<Container> {
  return runtime.createContainer({ hostRoot: true, pod: 'pod', name, command, ...options });
}

/** Runs a line of shell as a container of the pod; answers what it said. */
async function said(runtime: Runtime, script: string, options: CreateOptions = {}): Promise<string> {
  const container = await member(runtime, 'said', ['sh', '-c', script], options);
  try {
    await container.start();
    await container.wait();
    return bytesOf(await logOf(container), 'stdout')
      .toString()
      .trim();
  } finally {
    await container.remove({ force: true, timeout: 0 });
  }
}

function namespaceOf(pid: number, kind: string): string {
  return readlinkSync(`/proc/${pid}/ns/${kind}`);
}

const now = { force: true, timeout: 0 } as const;

describe.runIf(requires({ root: true }))('a pod', () => {
  it(
    'is made with its infra container, found by name and ID, and removed with all that is in it',
    withStore(async (runtime) => {
      const { pod, containers } = await podOf(runtime, ['a']);
      const [a] = containers as [Container];
      expect(runtime.lookupPod('pod').id).toBe(pod.id);
      expect(runtime.lookupPod(pod.id.slice(0, 10)).id).toBe(pod.id);
      expect(runtime.getPod(pod.id).name).toBe('pod');
      expect([runtime.hasPod('pod'), runtime.hasPod('other')]).toEqual([true, false]);
      expect(a.podId).toBe(pod.id);
      expect(a.dependencies).toEqual([pod.infraId]);
      expect(pod.hasContainer(a.id)).toBe(true);
      expect(pod.createdTime).toEqual(new Date(pod.config().createdTime));
      expect(a.cgroupPath.startsWith(`${pod.cgroupPath}/`)).toBe(true);
      expect(runtime.getContainer(pod.infraId)).toMatchObject({
        name: `${pod.id.slice(0, 12)}-infra`,
        isInfra: true,
      });
      expect(await runtime.pods()).toMatchObject([{ id: pod.id, name: 'pod', status: 'Created' }]);
      expect(await pod.status()).toBe('Created');
      await runtime.removePod('pod');
      expect(await runtime.pods()).toEqual([]);
      expect(await runtime.containers()).toEqual([]);
      for (const gone of [pod.start(), pod.status(), pod.inspect(), pod.stats(), pod.remove()])
        await expect(gone).rejects.toMatchObject({ code: 'ERR_REMOVED' });
      expect(() => runtime.lookupPod('pod')).toThrow('no such pod');
    }),
  );

  it(
    'starts with what its containers depend on first, and stops in the reverse order',
    withStore(async (runtime) => {
      const { pod, containers } = await podOf(runtime, ['a', 'b']);
      await pod.start();
      expect(await pod.status()).toBe('Running');
      const states = (): Promise<string[]> => Promise.all(containers.map((one) => one.state()));
      expect(await states()).toEqual(['running', 'running']);
      expect((await pod.top(['args'])).processes.flat().filter((args) => args === 'sleep 1000')).toHaveLength(
        2,
      );
      await containers[0]?.stop({ timeout: 0 });
      expect(await pod.status()).toBe('Degraded');
      await pod.start();
      expect(await pod.status()).toBe('Running');
      await pod.pause();
      expect([await pod.status(), ...(await states())]).toEqual(['Paused', 'paused', 'paused']);
      await pod.unpause();
      expect(await pod.status()).toBe('Running');
      await pod.stop({ timeout: 0 });
      expect([await pod.status(), ...(await states())]).toEqual(['Exited', 'exited', 'exited']);
      await pod.restart({ timeout: 0 });
      expect(await pod.status()).toBe('Running');
      await pod.kill();
      await Promise.all(containers.map((one) => one.wait()));
      await expect.poll(() => pod.status()).toBe('Exited');
      await pod.remove();
    }),
  );

  it(
    'shares network, IPC and UTS namespaces, /dev/shm with them, and not the others',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, [], { hostname: 'together' });
      const container = await member(runtime, 'a', [
        'sh',
        '-c',
        'echo shared > /dev/shm/word; ipcmk -Q > /dev/null; exec sleep 1000',
      ]);
      await pod.start();
      await expect.poll(() => existsSync(`/proc/1`)).toBe(true);
      const infra = await runtime.getContainer(pod.infraId).pid();
      const own = await container.pid();
      for (const kind of ['net', 'ipc', 'uts']) expect(namespaceOf(own, kind)).toBe(namespaceOf(infra, kind));
      for (const kind of ['pid', 'mnt', 'cgroup'])
        expect(namespaceOf(own, kind)).not.toBe(namespaceOf(infra, kind));
      await expect
        .poll(() => said(runtime, 'cat /dev/shm/word; hostname; ipcs -q | grep -c 0x'))
        .toBe('shared\ntogether\n1');
      await pod.remove(now);
    }),
  );

  it(
    'has a loopback that its containers reach each other by, and no other pod',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, []);
      const serve = `python3 -c "
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', 7000)); s.listen()
while True:
    c, _ = s.accept(); c.sendall(b'hello'); c.close()"`;
      const ask = `python3 -c "
import socket, time
for _ in range(200):
    try: print(socket.create_connection(('127.0.0.1', 7000)).recv(9).decode()); break
    except OSError: time.sleep(0.05)"`;
      await member(runtime, 'server', ['sh', '-c', serve]);
      await pod.start();
      expect(await said(runtime, ask)).toBe('hello');
      const other = await runtime.createPod({ name: 'other' });
      const alone = await runtime.createContainer({
        hostRoot: true,
        pod: 'other',
        command: ['python3', '-c', "import socket; socket.create_connection(('127.0.0.1', 7000))"],
      });
      await alone.start();
      expect((await alone.wait()).exitCode).toBe(1);
      await other.remove(now);
      await pod.remove(now);
    }),
  );

  it(
    'shares a PID namespace if asked, in which its infra container reaps what is orphaned',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, ['a'], { share: ['pid'] });
      await pod.start();
      expect(await said(runtime, 'tr "\\0" " " < /proc/1/cmdline')).toBe('libpod-pause');
      // The orphan's parent ends before it; its new parent is PID 1, which must not leave a zombie.
      const orphan = '(sleep 0.05 & ) ; sleep 0.5; cat /proc/[0-9]*/stat | grep -c " Z " ; true';
      expect(await said(runtime, orphan)).toBe('0');
      const infra = runtime.getContainer(pod.infraId);
      const a = runtime.lookupContainer('a');
      await infra.stop();
      expect((await infra.wait()).exitCode).toBe(0);
      // As the kernel has it: the end of PID 1 is that of all in its namespace.
      expect(await a.wait()).toMatchObject({ signal: 9 });
      await pod.remove(now);
    }),
  );

  it(
    'gives its containers what they ask for instead of what it shares',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, ['a']);
      const b = await member(runtime, 'b', ['sleep', '1000'], { namespaces: { network: 'private' } });
      await pod.start();
      const [a] = [runtime.lookupContainer('a')];
      expect(namespaceOf(await b.pid(), 'net')).not.toBe(namespaceOf(await a.pid(), 'net'));
      expect(namespaceOf(await b.pid(), 'uts')).toBe(namespaceOf(await a.pid(), 'uts'));
      await pod.remove(now);
    }),
  );

  it(
    'shares nothing without an infra container, and refuses what would be ignored',
    withStore(async (runtime) => {
      const { pod, containers } = await podOf(runtime, ['a'], { infra: false });
      const [a] = containers as [Container];
      expect([pod.infraId, pod.sharedNamespaces, a.dependencies]).toEqual(['', [], []]);
      await pod.start();
      expect(await pod.containers()).toMatchObject([{ name: 'a', state: 'running', isInfra: false }]);
      await pod.remove(now);
      for (const options of [
        { infra: false, share: ['network'] },
        { infra: false, hostname: 'x' },
        { infra: false, infraName: 'x' },
        { namespaces: { pid: 'host' } },
        { hostname: 'x', share: ['network'] },
        { shareParent: false, resources: { memory: 1e8 } },
        { share: ['bogus'] },
        { nmae: 'x' },
      ] as PodCreateOptions[])
        await expect(runtime.createPod(options), JSON.stringify(options)).rejects.toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
        });
      expect(await runtime.pods()).toEqual([]);
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'without containers cannot be started, but stopped, killed and removed',
    withStore(async (runtime) => {
      const pod = await runtime.createPod({ infra: false });
      await expect(pod.start()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE', podId: pod.id });
      await pod.stop();
      await pod.kill();
      await pod.pause();
      expect(await pod.status()).toBe('Created');
      await pod.remove();
    }),
  );

  it(
    'is removed with containers that were only created, the infra container among them',
    withStore(async (runtime) => {
      const { pod, containers } = await podOf(runtime, ['a']);
      await runtime.getContainer(pod.infraId).init();
      await containers[0]?.init();
      expect(await pod.status()).toBe('Degraded');
      await pod.stop({ timeout: 0 });
      await runtime.getContainer(pod.infraId).init();
      expect(await pod.status()).toBe('Stopped');
      await pod.remove();
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'starts what can be started, and tells of what cannot',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, ['a']);
      await member(runtime, 'bad', ['nosuch']);
      await member(runtime, 'behind', ['sleep', '1000'], { requires: ['bad'] });
      await expect(pod.start()).rejects.toMatchObject({
        code: 'ERR_COMMAND_NOT_FOUND',
        message: expect.stringContaining('container bad') as string,
      });
      const states = Object.fromEntries((await pod.containers()).map(({ name, state }) => [name, state]));
      expect(states).toMatchObject({ a: 'running', bad: 'configured', behind: 'configured' });
      await pod.remove(now);
    }),
  );

  it(
    'is not removed while a container of it runs, or one outside needs one of it, unless forced; that is left as it is',
    withStore(async (runtime) => {
      const { pod, containers } = await podOf(runtime, ['a']);
      const [a] = containers as [Container];
      await pod.start();
      await expect(pod.remove()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE', podId: pod.id });
      const guest = await runtime.createContainer({
        hostRoot: true,
        name: 'guest',
        command: ['sleep', '1000'],
        namespaces: { network: { container: pod.infraId } },
      });
      await expect(pod.remove(now)).rejects.toMatchObject({
        code: 'ERR_DEPENDENCY',
        message: expect.stringContaining('container guest') as string,
      });
      expect(await a.state()).toBe('running');
      await guest.remove();
      await expect(runtime.getContainer(pod.infraId).remove(now)).rejects.toMatchObject({
        code: 'ERR_DEPENDENCY',
      });
      await pod.remove(now);
    }),
  );

  it(
    'does not take a container that depends on one outside of it',
    withStore(async (runtime) => {
      const outside = await runtime.createContainer({ hostRoot: true, name: 'outside', command: ['true'] });
      const pod = await runtime.createPod({ name: 'pod' });
      await expect(member(runtime, 'a', ['true'], { requires: ['outside'] })).rejects.toMatchObject({
        code: 'ERR_DEPENDENCY',
      });
      await expect(
        runtime.createContainer({ hostRoot: true, pod: 'nosuch', command: ['true'] }),
      ).rejects.toMatchObject({
        code: 'ERR_NO_SUCH_POD',
      });
      await pod.remove();
      await outside.remove();
    }),
  );

  it(
    'has a name that no container has, nor another pod',
    withStore(async (runtime) => {
      const pod = await runtime.createPod({ name: 'one' });
      const container = await runtime.createContainer({ hostRoot: true, name: 'two', command: ['true'] });
      for (const make of [
        () => runtime.createPod({ name: 'one' }),
        () => runtime.createPod({ name: 'two' }),
        () => runtime.createPod({ infraName: 'two' }),
        () => runtime.createContainer({ hostRoot: true, name: 'one', command: ['true'] }),
        () => container.rename('one'),
      ])
        await expect(make()).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' });
      await expect(runtime.createPod({ name: 'a b' })).rejects.toMatchObject({ code: 'ERR_INVALID_NAME' });
      expect(() => runtime.lookupPod('two')).toThrow('a container has that name');
      expect(() => runtime.lookupContainer('one')).toThrow('a pod has that name');
      expect((await runtime.pods()).map(({ name }) => name)).toEqual(['one']);
      await pod.remove();
      // What was refused left no infra container.
      await container.remove();
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'tells its state and its configuration in podman’s shape',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, ['a'], {
        labels: { tier: 'web' },
        resources: { memory: 2 ** 28 },
      });
      expect(await pod.inspect()).toMatchObject({
        Id: pod.id,
        Name: 'pod',
        State: 'Created',
        ExitPolicy: 'continue',
        CreateInfra: true,
        InfraContainerID: pod.infraId,
        SharedNamespaces: ['ipc', 'net', 'uts'],
        Labels: { tier: 'web' },
        NumContainers: 2,
        memory_limit: 2 ** 28,
      });
      const config = pod.config();
      (config.labels as Record<string, string>)['tier'] = 'changed';
      expect(pod.labels).toEqual({ tier: 'web' });
      await pod.remove();
    }),
  );

  it(
    'is pruned when it has ended, and goes with a reset',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, ['a']);
      const fresh = await runtime.createPod({ name: 'fresh' });
      expect((await runtime.prunePods()).removed).toEqual([]);
      await pod.start();
      await pod.stop({ timeout: 0 });
      expect((await runtime.prunePods(({ name }) => name === 'no')).removed).toEqual([]);
      expect((await runtime.prunePods()).removed).toEqual([pod.id]);
      await fresh.start();
      await runtime.reset();
      expect([await runtime.pods(), await runtime.containers()]).toEqual([[], []]);
    }),
  );

  it(
    'runs throwaway containers, which leave it by themselves',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, []);
      const brief = await member(runtime, 'brief', ['true'], { remove: true });
      await brief.start();
      await brief.wait();
      await brief.remove();
      expect((await pod.containers()).map(({ isInfra }) => isInfra)).toEqual([true]);
      await pod.remove(now);
    }),
  );
});

describe.runIf(requires({ root: true }))('the limits of a pod', () => {
  it(
    'hold for all its containers together',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, [], { resources: { memory: 64 * 2 ** 20, pidsLimit: 20 } });
      const take = 'x=$(head -c 50000000 /dev/zero | tr "\\0" x); echo ok; exec sleep 1000';
      const a = await member(runtime, 'a', ['sh', '-c', take]);
      const b = await member(runtime, 'b', ['sh', '-c', take]);
      await a.start();
      await b.start();
      // Each by itself has room; both have not.
      const ended = await Promise.race([a.wait(), b.wait()]);
      expect(ended).toMatchObject({ signal: 9, oomKilled: true });
      await pod.remove(now);
    }),
  );

  it(
    'keep a hostile container from more processes, and the pod can be removed all the same',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, ['a'], { resources: { pidsLimit: 30 } });
      await member(runtime, 'bomb', ['sh', '-c', 'trap "" TERM; while :; do (sleep 1000 &) ; done'], {
        resources: { pidsLimit: -1 },
      });
      await pod.start();
      await sleep(300);
      const count = (await pod.stats()).reduce((sum, { stats }) => sum + (stats.pids?.current ?? 0), 0);
      expect(count).toBeLessThanOrEqual(30);
      expect(await pod.status()).toMatch(/Running|Degraded/);
      await pod.remove(now);
    }),
  );

  it(
    'are told beside what its containers use',
    withStore(async (runtime) => {
      const { pod } = await podOf(runtime, ['a', 'b']);
      expect(await pod.stats()).toEqual([]);
      await pod.start();
      const stats = await pod.stats();
      expect(stats.map(({ name }) => name).sort()).toEqual([`${pod.id.slice(0, 12)}-infra`, 'a', 'b'].sort());
      for (const one of stats) expect(one.stats.pids?.current).toBe(1);
      await pod.remove(now);
    }),
  );
});

describe.runIf(requires({ root: true }))('a pod and other processes', () => {
  it(
    'goes on when the process that started it ends, and is understood by the next',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const pod = await runtime.createPod({ name: 'pod' });
         await runtime.createContainer({ hostRoot: true, pod: 'pod', name: 'a', command: ['sleep', '1000'] });
         await pod.start();
         say(pod.id);
         await never;`,
      );
      const id = await engine.next<string>();
      await engine.kill();
      const pod = runtime.getPod(id);
      expect(await pod.status()).toBe('Running');
      await pod.remove(now);
    }),
  );

  it(
    'stays whole with eight of them acting on it at once',
    withStore(async (runtime, store) => {
      const { pod, containers } = await podOf(runtime, ['a', 'b', 'c']);
      const script = (seed: number): string => `
        const runtime = await Runtime.open(options);
        const pod = runtime.getPod(${JSON.stringify(pod.id)});
        const verbs = [() => pod.start(), () => pod.stop({ timeout: 0 }), () => pod.kill(), () => pod.pause(),
          () => pod.unpause(), () => pod.restart({ timeout: 0 }), () => pod.inspect(),
          async () => { const c = await runtime.createContainer({ hostRoot: true, pod: pod.id, command: ['true'] }); await c.start(); await c.remove({ force: true, timeout: 0 }); }];
        let seed = ${seed};
        const odd = new Set();
        for (let round = 0; round < 12; round++) {
          seed = (seed * 48271) % 2147483647;
          try { await verbs[seed % verbs.length](); }
          catch (error) {
            const expected = ['ERR_INVALID_STATE', 'ERR_REMOVED', 'ERR_MONITOR', 'ERR_LAUNCH', 'ERR_DEPENDENCY', 'ERR_SYSTEM'];
            if (!expected.includes(error.code)) odd.add(String(error.stack));
          }
        }
        await runtime.close();
        say([...odd]);`;
      const engines = Array.from(
        { length: 8 },
        (_, index) => new EngineProcess(store, script(1000 + 77 * index)),
      );
      const odd = await Promise.all(engines.map((engine) => engine.next<string[]>()));
      await Promise.all(engines.map((engine) => engine.ended));
      expect(odd.flat()).toEqual([]);
      for (const engine of engines) await engine[Symbol.asyncDispose]();
      // Whatever came of it, it is a pod that works.
      await pod.restart({ timeout: 0 });
      for (const one of [runtime.getContainer(pod.infraId), ...containers])
        expect(await one.state()).toBe('running');
      const infra = await runtime.getContainer(pod.infraId).pid();
      for (const one of containers)
        expect(namespaceOf(await one.pid(), 'uts')).toBe(namespaceOf(infra, 'uts'));
      await pod.remove(now);
    }),
    120_000,
  );

  it(
    'is removed once by two that try, and takes no container meanwhile',
    withStore(async (runtime, store) => {
      for (let round = 0; round < 3; round++) {
        const { pod } = await podOf(runtime, ['a']);
        await pod.start();
        const other = (await store.open()).getPod(pod.id);
        const adding = member(runtime, 'late', ['true']).then(
          () => 'added',
          (error: { code: string }) => error.code,
        );
        const outcomes = await Promise.allSettled([pod.remove(now), other.remove(now)]);
        expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
        for (const one of outcomes)
          if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ERR_REMOVED' });
        expect(['added', 'ERR_REMOVED', 'ERR_NO_SUCH_POD', 'ERR_NO_SUCH_CONTAINER']).toContain(await adding);
        expect([await runtime.pods(), await runtime.containers()]).toEqual([[], []]);
      }
    }),
  );
});

describe.runIf(requires({ root: true }))('what a crash leaves of a pod', () => {
  /** Runs a step of a pod's life in a process that is killed so many milliseconds after it begins. */
  async function killedDuring(
    store: Parameters<Parameters<typeof withStore>[0]>[1],
    verb: string,
    delay: number,
  ): Promise<void> {
    await using engine = new EngineProcess(
      store,
      `const runtime = await Runtime.open(options);
       say('open');
       ${verb}
       say('done');
       await never;`,
    );
    await engine.next();
    await sleep(delay);
    await engine.kill();
  }

  const VERBS: readonly (readonly [name: string, script: string])[] = [
    ['create', "await runtime.createPod({ name: 'crashed' });"],
    [
      'add',
      "await runtime.createContainer({ hostRoot: true, pod: 'pod', name: 'late', command: ['sleep', '1000'] });",
    ],
    ['start', "await runtime.lookupPod('pod').start();"],
    ['stop', "await runtime.lookupPod('pod').start(); await runtime.lookupPod('pod').stop({ timeout: 0 });"],
    ['pause', "await runtime.lookupPod('pod').start(); await runtime.lookupPod('pod').pause();"],
    ['remove', "await runtime.lookupPod('pod').remove({ force: true, timeout: 0 });"],
    [
      'remove a running one',
      "await runtime.lookupPod('pod').start(); await runtime.removePod('pod', { force: true, timeout: 0 });",
    ],
  ];

  it.each(VERBS)(
    'in the middle of %s is legal, and can be removed',
    async (_name, script) => {
      const seen = new Set<string>();
      for (const delay of [0, 2, 4, 7, 11, 16, 24, 40])
        await withStore(async (runtime, store) => {
          await podOf(runtime, ['a', 'b']);
          await killedDuring(store, script, delay);
          const next = await store.open();
          const pods = await next.pods();
          seen.add(pods.map(({ name, status }) => `${name} ${status}`).join());
          for (const { id, infraId, containers } of pods) {
            // A pod that is there has all that belongs to it.
            expect(next.hasContainer(infraId)).toBe(true);
            expect(containers.map((one) => one.id)).toContain(infraId);
            await next.getPod(id).remove(now);
          }
          // And no container is left of one that is not.
          expect(await next.containers()).toEqual([]);
          expect(readdirSync(`${store.root}/names`)).toEqual([]);
          expect(readdirSync(`${store.root}/links`)).toEqual([]);
          expect(
            readdirSync(
              `${store.runRoot}/${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/pods`,
            ),
          ).toEqual([]);
        })();
      expect(seen.size).toBeGreaterThan(0);
    },
    120_000,
  );

  it(
    'is an infra container without its pod, which the next engine removes',
    withStore(async (runtime, store) => {
      const { pod } = await podOf(runtime, []);
      await pod.start();
      const { rmSync } = await import('node:fs');
      // What a removal that was killed after its first step leaves.
      rmSync(`${store.root}/pods/${pod.id}`, { recursive: true });
      const next = await store.open();
      expect([await next.pods(), await next.containers()]).toEqual([[], []]);
    }),
  );

  it(
    'is a record that cannot be read, which hides one pod alone',
    withStore(async (runtime, store) => {
      const { pod } = await podOf(runtime, []);
      const other = await runtime.createPod({ name: 'other' });
      const file = `${store.root}/pods/${pod.id}/config.json`;
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, '{');
      const next = await store.open();
      expect((await next.pods()).map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
        ' Error',
        'other Created',
      ]);
      expect(() => next.getPod(pod.id)).toThrow('damaged');
      writeFileSync(file, text);
      await pod.remove();
      await other.remove();
    }),
  );

  it(
    'and a reboot leave pods as they were configured, to be started again',
    withStore(async (runtime, store) => {
      const { pod } = await podOf(runtime, ['a']);
      const { rmSync } = await import('node:fs');
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      rmSync(`${store.runRoot}/${boot}/pods/${pod.id}`, { recursive: true });
      rmSync(`${store.runRoot}/${boot}/containers/${pod.infraId}`, { recursive: true });
      const next = await store.open();
      expect(await next.getPod(pod.id).status()).toBe('Created');
      await next.getPod(pod.id).start();
      expect(await next.getPod(pod.id).status()).toBe('Running');
      await next.getPod(pod.id).remove(now);
    }),
  );
});
