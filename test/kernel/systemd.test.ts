import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../src/index.js';
import { StorePaths } from '../../src/records/paths.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { TestStore } from '../support/store.js';

const run = promisify(execFile);

/** What systemd knows of a unit. */
async function show(unit: string, property: string): Promise<string> {
  return (await run('systemctl', ['show', '--value', '-p', property, unit])).stdout.trim();
}

/** Waits for what systemd does on its own account. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(50);
}

describe.runIf(requires({ root: true, busybox: true, systemd: true }))(
  'cgroups that systemd hands over',
  () => {
    /** Runs a test on a store whose cgroups are in a scope of systemd's; afterwards the scope is gone. */
    async function withScope(
      test: (runtime: Runtime, store: TestStore, scope: string) => Promise<void>,
    ): Promise<void> {
      await using store = TestStore.make();
      const { root, runRoot } = store.options;
      const scope = new StorePaths(root, runRoot, '').scope;
      {
        await using runtime = await Runtime.open({ root, runRoot, cgroupManager: 'systemd' });
        await test(runtime, store, scope);
      }
      await until(() => !existsSync(`/sys/fs/cgroup/machine.slice/${scope}`));
      await until(async () => (await show(scope, 'LoadState')) === 'not-found');
    }

    it('holds a container in the delegated scope of its store, with its limits', () =>
      withScope(async (runtime, store, scope) => {
        const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
        const container = await runtime.createContainer({
          rootfs,
          command: ['sleep', '1000'],
          resources: { memory: 64 * 2 ** 20, pidsLimit: 50 },
        });
        await container.start();
        expect(container.cgroupParent).toBe(`/machine.slice/${scope}`);
        expect(readFileSync(`/proc/${await container.pid()}/cgroup`, 'utf8')).toBe(
          `0::${container.cgroupPath}\n`,
        );
        const file = (name: string): string =>
          readFileSync(path.join('/sys/fs/cgroup', container.cgroupPath, name), 'utf8').trim();
        expect([file('memory.max'), file('pids.max')]).toEqual([String(64 * 2 ** 20), '50']);
        expect(await show(scope, 'ControlGroup')).toBe(container.cgroupParent);
        expect(await show(scope, 'Delegate')).toBe('yes');
        expect(file('pids.current')).toBe('1');
        await container.remove({ force: true, timeout: 0 });
      }));

    it('makes one scope for many at once, and another one when all had gone', () =>
      withScope(async (runtime, store) => {
        const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
        for (let round = 0; round < 2; round++) {
          const results = await Promise.all(
            Array.from({ length: 8 }, (_, index) =>
              runtime.run({ rootfs, overlay: true, command: ['sh', '-c', `exit ${index}`] }),
            ),
          );
          expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        }
      }));

    it('leaves a container running when its engine closes, and starts it again in the scope', () =>
      withScope(async (runtime, store, scope) => {
        const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
        const { root, runRoot } = store.options;
        {
          await using other = await Runtime.open({ root, runRoot, cgroupManager: 'systemd' });
          const container = await other.createContainer({ name: 'kept', rootfs, command: ['sleep', '1000'] });
          await container.start();
        }
        const container = runtime.lookupContainer('kept');
        expect(await container.state()).toBe('running');
        await container.restart({ timeout: 0 });
        expect(readFileSync(`/proc/${await container.pid()}/cgroup`, 'utf8')).toContain(scope);
        await container.stop({ timeout: 0 });
        // An engine that asks for no scope has no place for it.
        await using plain = await store.open();
        await expect(plain.lookupContainer('kept').start()).rejects.toThrow(
          /container kept has the cgroup .* in the scope of systemd: open the store with the cgroup manager systemd/,
        );
        await container.remove();
      }));
  },
);

describe.runIf(requires({ root: true, noSystemd: true }))('without systemd', () => {
  it('refuses the cgroup manager that needs it', async () => {
    await using store = TestStore.make();
    await expect(
      Runtime.open({ ...store.options, cgroupParent: undefined, cgroupManager: 'systemd' }),
    ).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: 'the systemd cgroup manager needs systemd as PID 1, which it is not here; use cgroupfs',
    });
  });

  it('takes only a slice as the parent, and only managers that there are', async () => {
    await using store = TestStore.make();
    for (const [options, message] of [
      [
        { cgroupManager: 'systemd', cgroupParent: '/libpod_parent' },
        /must be a slice, such as machine\.slice, not "\/libpod_parent"/,
      ],
      [{ cgroupManager: 'runit' }, /cgroupManager must be cgroupfs or systemd, not "runit"/],
    ] as const)
      await expect(Runtime.open({ ...store.options, ...options } as never)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringMatching(message) as string,
      });
  });
});
