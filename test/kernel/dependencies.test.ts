import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

function sleeper(runtime: Runtime, name: string, options: CreateOptions = {}): Promise<Container> {
  return runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], name, ...options });
}

/** The namespace of a container's init. */
async function namespaceOf(container: Container, kind: string): Promise<string> {
  return readlinkSync(`/proc/${await container.pid()}/ns/${kind}`);
}

/** a <- b <- c: c joins the network of b, which requires a. */
async function chain(runtime: Runtime): Promise<[Container, Container, Container]> {
  const a = await sleeper(runtime, 'a');
  const b = await sleeper(runtime, 'b', { requires: ['a'] });
  const c = await sleeper(runtime, 'c', { namespaces: { network: { container: 'b' } } });
  return [a, b, c];
}

async function removeAll(...containers: readonly Container[]): Promise<void> {
  for (const container of containers) await container.remove({ force: true, timeout: 0 });
}

/** The links of a store. */
function links({ root }: TestStore): string[] {
  return readdirSync(`${root}/links`);
}

describe.runIf(requires({ root: true }))('containers that depend on others', () => {
  it(
    'know them, and are known to them',
    withStore(async (runtime) => {
      const [a, b, c] = await chain(runtime);
      expect(a.dependencies).toEqual([]);
      expect(b.dependencies).toEqual([a.id]);
      expect(c.dependencies).toEqual([b.id]);
      expect(a.dependents).toEqual([b.id]);
      expect(b.dependents).toEqual([c.id]);
      await removeAll(c, b, a);
    }),
  );

  it(
    'start them first, in order, and join what then is',
    withStore(async (runtime) => {
      const [a, b, c] = await chain(runtime);
      await c.start();
      expect([await a.state(), await b.state(), await c.state()]).toEqual(['running', 'running', 'running']);
      const [first, second] = [await a.startedTime(), await b.startedTime()];
      expect(first?.getTime()).toBeLessThanOrEqual(second?.getTime() ?? 0);
      expect(await namespaceOf(c, 'net')).toBe(await namespaceOf(b, 'net'));
      await removeAll(c, b, a);
    }),
  );

  it(
    'start them for init, restart and startAndAttach as well',
    withStore(async (runtime) => {
      const [a, b, c] = await chain(runtime);
      await c.init();
      expect([await a.state(), await b.state(), await c.state()]).toEqual(['running', 'running', 'created']);
      for (const one of [c, b, a]) await one.stop({ timeout: 0 });
      await c.restart();
      expect(await a.state()).toBe('running');
      for (const one of [c, b, a]) await one.stop({ timeout: 0 });
      const { stdout } = await c.startAndAttach();
      stdout.resume();
      expect(await a.state()).toBe('running');
      await removeAll(c, b, a);
    }),
  );

  it(
    'do not start from a batch, which locks nobody else, unless they run',
    withStore(async (runtime) => {
      const [a, b, c] = await chain(runtime);
      await expect(c.batch((view) => view.start())).rejects.toMatchObject({
        code: 'ERR_INVALID_STATE',
        message: expect.stringContaining('container b, on which it depends, is not running') as string,
      });
      await b.start();
      await c.batch((view) => view.start());
      await removeAll(c, b, a);
    }),
  );

  it(
    'keep them from being removed, also by force, which leaves them as they were',
    withStore(async (runtime) => {
      const [a, b, c] = await chain(runtime);
      await c.start();
      await expect(b.remove({ force: true, timeout: 0 })).rejects.toMatchObject({
        code: 'ERR_DEPENDENCY',
        message: expect.stringContaining('c depends on it') as string,
      });
      expect(await b.state()).toBe('running');
      await a.remove({ force: true, timeout: 0, dependents: true });
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'are removed with them only by force where they run',
    withStore(async (runtime) => {
      const [a, b, c] = await chain(runtime);
      await c.start();
      await expect(a.remove({ dependents: true })).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      expect(await runtime.containers()).toHaveLength(3);
      await removeAll(c, b, a);
    }),
  );

  it(
    'go on with the namespaces of one that was stopped, and join the new ones with their next start',
    withStore(async (runtime) => {
      const [a, b, c] = await chain(runtime);
      await c.start();
      const old = await namespaceOf(b, 'net');
      await b.stop({ timeout: 0 });
      expect(await c.state()).toBe('running');
      expect(await namespaceOf(c, 'net')).toBe(old);
      await b.start();
      expect(await namespaceOf(b, 'net')).not.toBe(old);
      expect(await namespaceOf(c, 'net')).toBe(old);
      await c.restart({ timeout: 0 });
      expect(await namespaceOf(c, 'net')).toBe(await namespaceOf(b, 'net'));
      await removeAll(c, b, a);
    }),
  );

  it(
    'end with the PID namespace that they joined, as the kernel has it',
    withStore(async (runtime) => {
      const a = await sleeper(runtime, 'a');
      const b = await sleeper(runtime, 'b', { namespaces: { pid: { container: 'a' } } });
      await b.start();
      await a.stop({ timeout: 0 });
      expect(await b.wait()).toMatchObject({ exitCode: 137, signal: 9 });
      await removeAll(b, a);
    }),
  );

  it(
    'have the host name of a UTS namespace that they join, also in their files and environment',
    withStore(async (runtime, store) => {
      const a = await sleeper(runtime, 'a', { hostname: 'shared' });
      const file = store.makeDirectory('out');
      const b = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo $HOSTNAME $(hostname) $(cat /etc/hostname) > /out/names'],
        namespaces: { uts: { container: 'a' } },
        mounts: [{ destination: '/out', type: 'bind', source: file, options: ['bind'] }],
      });
      await b.start();
      await b.wait();
      expect(readFileSync(`${file}/names`, 'utf8')).toBe('shared shared shared\n');
      await removeAll(b, a);
    }),
  );

  it(
    'join a user namespace, which is the one that all have',
    withStore(async (runtime) => {
      const a = await sleeper(runtime, 'a');
      const b = await sleeper(runtime, 'b', { namespaces: { user: { container: 'a' } } });
      await b.start();
      expect(b.dependencies).toEqual([a.id]);
      expect(await namespaceOf(b, 'user')).toBe(await namespaceOf(a, 'user'));
      await removeAll(b, a);
    }),
  );

  it(
    'are refused the mount namespace of another one in one sentence',
    withStore(async (runtime) => {
      const namespaces = { mount: { container: 'a' } } as CreateOptions['namespaces'];
      await expect(sleeper(runtime, 'b', { namespaces })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining('mount') as string,
      });
      expect(await runtime.containers()).toEqual([]);
    }),
  );
});

describe.runIf(requires({ root: true }))('a dependency that is gone', () => {
  it(
    'is named by the start of who needs it: a throwaway container may end at any time',
    withStore(async (runtime) => {
      const a = await sleeper(runtime, 'a', { remove: true });
      const b = await sleeper(runtime, 'b', { requires: ['a'] });
      await a.start();
      await a.stop({ timeout: 0 });
      await expect(b.start()).rejects.toMatchObject({
        code: 'ERR_DEPENDENCY',
        message: expect.stringContaining(
          `container b depends on container ${a.id}, which is not there`,
        ) as string,
      });
      await b.remove();
    }),
  );

  it(
    'and a cycle, which only a record that somebody edited has, is an error that names all of it',
    withStore(async (runtime, store) => {
      const a = await sleeper(runtime, 'a');
      const b = await sleeper(runtime, 'b', { requires: ['a'] });
      const file = `${store.root}/containers/${a.id}/config.json`;
      const config = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({ ...config, dependencies: [b.id] }));
      const other = await store.open();
      await expect(other.lookupContainer('b').start()).rejects.toMatchObject({
        code: 'ERR_DEPENDENCY',
        message: expect.stringContaining('b -> a -> b') as string,
      });
      writeFileSync(file, JSON.stringify(config));
      await removeAll(b, a);
    }),
  );

  it(
    'is not removed while another process makes a container that needs it',
    withStore(async (runtime, store) => {
      for (let round = 0; round < 5; round++) {
        const a = await sleeper(runtime, 'a');
        await using maker = new EngineProcess(
          store,
          `const runtime = await Runtime.open(options);
           say('open');
           try {
             const b = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'b', requires: ['a'] });
             say(b.id);
           } catch (error) { say(error.code); }
           await runtime.close();`,
        );
        await maker.next();
        const removed = await a.remove().then(
          () => true,
          () => false,
        );
        const answer = await maker.next<string>();
        // One of the two came first; never is there a container whose dependency is gone.
        expect(removed).toBe(answer.startsWith('ERR_'));
        if (!removed) await a.remove({ dependents: true });
        await maker.ended;
        expect(await runtime.containers()).toEqual([]);
      }
    }),
  );
});

describe.runIf(requires({ root: true }))('what says who depends on whom', () => {
  it(
    'goes with who depends, also when that is a throwaway container',
    withStore(async (runtime, store) => {
      const a = await sleeper(runtime, 'a');
      const b = await sleeper(runtime, 'b', { requires: ['a'], remove: true });
      expect(a.dependents).toEqual([b.id]);
      await b.start();
      await b.stop({ timeout: 0 });
      expect(a.dependents).toEqual([]);
      const c = await sleeper(runtime, 'c', { requires: ['a'] });
      expect(links(store)).toEqual([`${a.id}.${c.id}`]);
      await c.remove();
      expect(links(store)).toEqual([]);
      await removeAll(a);
    }),
  );

  it(
    'is passed over, and swept, where a crash left it without a container',
    withStore(async (runtime, store) => {
      const a = await sleeper(runtime, 'a');
      const stale = `${store.root}/links/${a.id}.${'0'.repeat(64)}`;
      writeFileSync(stale, '');
      expect(a.dependents).toEqual([]);
      await store.open();
      expect(existsSync(stale)).toBe(false);
      await a.remove();
    }),
  );

  it(
    'puts a removal of all in order',
    withStore(async (runtime) => {
      const [, , c] = await chain(runtime);
      await c.start();
      for (const one of ['c', 'b', 'a']) await runtime.lookupContainer(one).stop({ timeout: 0 });
      expect(await runtime.prune()).toMatchObject({ failed: [] });
      await chain(runtime);
      await runtime.reset();
      expect(await runtime.containers()).toEqual([]);
    }),
  );
});
