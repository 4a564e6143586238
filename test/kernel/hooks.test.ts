import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Hooks } from '../../src/oci/runtime-spec.js';
import { makeBundle } from '../support/bundle.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { run } from '../support/run.js';
import { withStore, type TestStore } from '../support/store.js';

/** What a hook left behind. */
interface Seen {
  readonly point: string;
  readonly state: Record<string, unknown>;
  /** Its own PID namespace, and its mount namespace. */
  readonly namespaces: string;
}

/** A hook of the host that appends what it sees to a file of the test. */
function witness(store: TestStore, point: string): { path: string; args: string[]; env: string[] } {
  const script =
    'printf "%s\\t%s\\t" "$0" "$(readlink /proc/self/ns/pid /proc/self/ns/mnt | tr "\\n" " ")"; cat; echo';
  return {
    path: '/bin/sh',
    args: ['sh', '-c', `{ ${script}; } >> ${path.join(store.directory, 'seen')}`, point],
    env: ['PATH=/usr/bin:/bin'],
  };
}

function seen(store: TestStore): Seen[] {
  const file = path.join(store.directory, 'seen');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [point = '', namespaces = '', state = ''] = line.split('\t');
    return { point, namespaces: namespaces.trim(), state: JSON.parse(state) as Record<string, unknown> };
  });
}

const RUNTIME_POINTS = ['prestart', 'createRuntime', 'poststart', 'poststop'] as const;
const host = (): string => `${readlinkSync('/proc/self/ns/pid')} ${readlinkSync('/proc/self/ns/mnt')}`;

describe.runIf(requires({ root: true, busybox: true }))('hooks', () => {
  it(
    'run at each point, in order, in their namespaces, with the state as their input',
    withStore(async (runtime, store) => {
      const hooks: Hooks = {
        prestart: [witness(store, 'prestart'), witness(store, 'prestart-2')],
        createRuntime: [witness(store, 'createRuntime')],
        createContainer: [witness(store, 'createContainer')],
        startContainer: [
          { path: '/bin/sh', args: ['sh', '-c', 'cat > /started; pwd >> /started'], env: ['PATH=/bin'] },
        ],
        poststart: [witness(store, 'poststart')],
        poststop: [witness(store, 'poststop')],
      };
      const bundle = makeBundle(store, {
        hooks,
        annotations: { 'org.test': 'a "word"' },
        process: { args: ['sh', '-c', 'cat /started; sleep 60'] },
      });
      const container = await runtime.createContainer({ bundle });
      await container.init();
      expect(seen(store).map(({ point }) => point)).toEqual([
        'prestart',
        'prestart-2',
        'createRuntime',
        'createContainer',
      ]);
      expect(existsSync(path.join(bundle, 'rootfs/started'))).toBe(false);
      await container.start();
      const pid = await container.pid();
      await container.stop({ timeout: 0 });
      await container.remove();
      const all = seen(store);
      expect(all.map(({ point }) => point).slice(4)).toEqual(['poststart', 'poststop']);
      const common = {
        ociVersion: '1.2.0',
        id: container.id,
        bundle,
        annotations: { 'org.test': 'a "word"' },
      };
      for (const { point, state, namespaces } of all) {
        expect(namespaces === host(), point).toBe(point !== 'createContainer');
        const status = { poststart: 'running', poststop: 'stopped' }[point] ?? 'creating';
        const seenPid = point === 'poststop' ? {} : { pid: point === 'createContainer' ? 1 : pid };
        expect(state, point).toEqual({ ...common, status, ...seenPid });
      }
      // In the container, as the container: its root, and its PID.
      const [state = '', cwd] =
        readFileSync(path.join(bundle, 'rootfs/started'), 'utf8').split('\n')[0]?.split('}/') ?? [];
      expect(JSON.parse(`${state}}`)).toEqual({ ...common, status: 'created', pid: 1 });
      expect(cwd).toBe('');
    }),
  );

  it(
    'are run by the host, or as the container, where it has a user namespace',
    withStore(async (runtime, store) => {
      const shell = (script: string) => ({
        ...{ path: '/bin/sh', args: ['sh', '-ec', script], env: ['PATH=/usr/bin:/bin'] },
      });
      const pid = `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/')`;
      const left = path.join(store.directory, 'left');
      const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      const namespaces = (['pid', 'network', 'ipc', 'uts', 'mount', 'user'] as const).map((type) => ({
        type,
      }));
      const bundleOf = (name: string, createContainer: string) =>
        makeBundle(
          store,
          {
            hooks: {
              createRuntime: [
                shell(`${pid}; ! grep -q 100000 /proc/self/uid_map; grep -q 100000 /proc/$pid/uid_map`),
              ],
              createContainer: [shell(createContainer)],
              startContainer: [shell('grep 100000 /proc/self/uid_map > /dev/started; id -u >> /dev/started')],
              poststop: [shell(`! grep -q 100000 /proc/self/uid_map; id -u > ${left}`)],
            },
            process: { args: ['cat', '/dev/started'] },
            linux: { namespaces, uidMappings: ids, gidMappings: ids },
          },
          name,
        );
      const bundle = bundleOf('mapped', 'grep -q 100000 /proc/self/uid_map');
      const { stdout } = await run(runtime, [], { bundle });
      expect(stdout).toMatch(/^ *0 +100000 +65536\n0\n$/);
      expect(readFileSync(left, 'utf8')).toBe('0\n');
      const failing = bundleOf('failing', 'grep -q 200000 /proc/self/uid_map');
      await expect(run(runtime, [], { bundle: failing })).rejects.toThrow('hooks.createContainer[0]');
    }),
  );

  it(
    'of the runtime find the root of the container mounted where the bundle has it',
    withStore(async (runtime, store) => {
      const mounts = [
        { destination: '/proc', type: 'proc' },
        { destination: '/data', type: 'tmpfs', source: 'tmpfs' },
      ];
      const probe = `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/'); nsenter -t $pid -m sh -c 'echo put > $PWD/data/file' ; exit`;
      const bundle = makeBundle(store, { mounts, process: { args: ['cat', '/data/file'] } });
      const text = JSON.parse(readFileSync(path.join(bundle, 'config.json'), 'utf8')) as { hooks?: Hooks };
      text.hooks = {
        createRuntime: [
          {
            path: '/bin/sh',
            args: ['sh', '-c', probe.replace('$PWD', path.join(bundle, 'rootfs'))],
            env: ['PATH=/usr/bin:/bin'],
          },
        ],
      };
      writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(text));
      const { stdout } = await run(runtime, [], { bundle });
      expect(stdout).toBe('put\n');
      expect(existsSync(path.join(bundle, 'rootfs/data/file'))).toBe(false);
    }),
  );

  it.each(['prestart', 'createRuntime', 'createContainer', 'startContainer'] as const)(
    'that fail stop the launch, by name: %s',
    async (point) => {
      await withStore(async (runtime, store) => {
        const bundle = makeBundle(store, {
          process: { args: ['touch', '/ran'] },
          hooks: {
            [point]: [
              { path: '/bin/sh', args: ['sh', '-c', 'echo no such luck >&2; exit 3'], env: ['PATH=/bin'] },
            ],
            poststop: [witness(store, 'poststop')],
          },
        });
        const container = await runtime.createContainer({ bundle });
        await expect(container.start()).rejects.toMatchObject({
          code: 'ERR_HOOK',
          message: expect.stringMatching(
            new RegExp(`${point} hook /bin/sh \\(hooks.${point}\\[0\\]\\): exit status 3: no such luck$`),
          ) as string,
        });
        expect(existsSync(path.join(bundle, 'rootfs/ran'))).toBe(false);
        expect(seen(store).map((one) => one.point)).toEqual(['poststop']);
        await container.remove();
      })();
    },
  );

  it(
    'that run out of time, are missing or end by a signal are told apart',
    withStore(async (runtime, store) => {
      const cases = [
        [{ path: '/bin/sleep', args: ['sleep', '600'], timeout: 1 }, /killed after 1000 ms$/],
        [{ path: '/no/such/hook' }, /ENOENT/],
        [{ path: '/bin/sh', args: ['sh', '-c', 'kill -9 $$'] }, /killed by signal 9$/],
      ] as const;
      for (const [at, [hook, message]] of cases.entries()) {
        const hooks = { createRuntime: [{ ...hook, args: 'args' in hook ? [...hook.args] : undefined }] };
        const container = await runtime.createContainer({ bundle: makeBundle(store, { hooks }, `b${at}`) });
        await expect(container.start()).rejects.toMatchObject({
          code: 'ERR_HOOK',
          message: expect.stringMatching(message) as string,
        });
        await container.remove();
      }
    }),
  );

  it(
    'after the start that fail stop the container, which has run',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        bundle: makeBundle(store, {
          process: { args: ['sleep', '600'] },
          hooks: { poststart: [{ path: '/bin/false' }], poststop: [witness(store, 'poststop')] },
        }),
        restartPolicy: 'always',
      });
      await expect(container.start()).rejects.toMatchObject({
        code: 'ERR_HOOK',
        message: expect.stringContaining('hooks.poststart[0]') as string,
      });
      expect(await container.state()).toBe('exited');
      expect((await container.wait()).exitCode).toBe(137);
      expect(seen(store)).toHaveLength(1);
      await container.remove();
    }),
  );

  it(
    'after the end run though one of them fails, and the container is as it ended',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        bundle: makeBundle(store, {
          process: { args: ['sh', '-c', 'exit 7'] },
          hooks: { poststop: [{ path: '/bin/false' }, witness(store, 'poststop')] },
        }),
      });
      await container.start();
      expect((await container.wait()).exitCode).toBe(7);
      await vi.waitFor(() => expect(seen(store)).toHaveLength(1), 10_000);
      expect(await container.state()).toBe('exited');
      await container.remove();
    }),
  );

  it(
    'after the end run also where a command is too quick, and with each run of a restart policy',
    withStore(async (runtime, store) => {
      const hooks = { poststart: [witness(store, 'poststart')], poststop: [witness(store, 'poststop')] };
      const container = await runtime.createContainer({
        bundle: makeBundle(store, { hooks, process: { args: ['false'] } }),
        restartPolicy: 'on-failure:1',
      });
      await container.start();
      const run = ['poststart', 'poststop'];
      const told = (): string[] => seen(store).map(({ point }) => point);
      await vi.waitFor(() => expect(told()).toEqual([...run, ...run]), 20_000);
      await container.remove({ force: true });
    }),
  );

  it(
    'after the end need no engine',
    withStore(async (runtime, store) => {
      const bundle = makeBundle(store, {
        process: { args: ['sh', '-c', 'while [ ! -e /go ]; do sleep 0.05; done'] },
        hooks: { poststop: [witness(store, 'poststop')] },
      });
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ bundle: ${JSON.stringify(bundle)} });
         await container.start();
         say(container.id);
         await never;`,
      );
      const id = await engine.next<string>();
      await engine.kill();
      writeFileSync(path.join(bundle, 'rootfs/go'), '');
      const container = runtime.getContainer(id);
      await container.wait();
      await container.remove();
      expect(seen(store).map(({ point }) => point)).toEqual(['poststop']);
    }),
  );

  it(
    'stay in the host’s PID namespace where the container joins another one',
    withStore(async (runtime, store) => {
      const other = await runtime.createContainer({ hostRoot: true, command: ['sleep', '60'] });
      await other.start();
      const bundle = makeBundle(store, {
        hooks: Object.fromEntries(RUNTIME_POINTS.map((point) => [point, [witness(store, point)]])),
        linux: {
          namespaces: [{ type: 'mount' }, { type: 'pid', path: `/proc/${await other.pid()}/ns/pid` }],
        },
      });
      await run(runtime, [], { bundle });
      await other.remove({ force: true, timeout: 0 });
      expect(seen(store).map(({ namespaces }) => namespaces)).toEqual(RUNTIME_POINTS.map(() => host()));
    }),
  );

  it(
    'hold a throwaway container up on its way out, where nothing is begun with it any more',
    withStore(async (runtime, store) => {
      const done = path.join(store.directory, 'done');
      const wait = `while ! test -e ${done}; do sleep 0.01; done`;
      const bundle = makeBundle(store, {
        hooks: { poststop: [{ path: '/bin/sh', args: ['sh', '-c', wait], env: ['PATH=/usr/bin:/bin'] }] },
        process: { args: ['sleep', '1000'] },
      });
      const container = await runtime.createContainer({ bundle, overlay: true, remove: true });
      const { RunDir: run } = await container.inspect();
      await container.start();
      await container.kill('SIGKILL');
      while ((await container.state()) !== 'exited') await sleep(5);
      const gone = { code: 'ERR_REMOVED' };
      const other = (await store.open()).getContainer(container.id);
      await expect(other.start()).rejects.toMatchObject(gone);
      await expect(other.stat('/')).rejects.toMatchObject(gone);
      await expect(other.mount()).rejects.toMatchObject(gone);
      writeFileSync(done, '');
      await container.wait();
      await container.remove();
      expect(existsSync(run)).toBe(false);
    }),
  );
});
