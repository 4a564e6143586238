import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container } from '../../src/index.js';
import { newDirectoryName } from '../../src/records/creator.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { bytesOf, logOf, run, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

describe.runIf(requires({ root: true }))('many containers', () => {
  it(
    'start at once, the first of a new store among them, each with its own output',
    withStore(async (runtime) => {
      const numbers = Array.from({ length: 50 }, (_, number) => number);
      const results = await Promise.all(
        numbers.map((number) => shell(runtime, `echo ${number}; exit ${number}`)),
      );
      expect(results.map(({ exitCode }) => exitCode)).toEqual(numbers);
      expect(results.map(({ stdout }) => stdout)).toEqual(numbers.map((number) => `${number}\n`));
    }),
  );

  it(
    'run side by side, and are stopped and removed at once',
    withStore(async (runtime) => {
      const made = await Promise.all(
        Array.from({ length: 30 }, () =>
          runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] }),
        ),
      );
      await Promise.all(made.map((container) => container.start()));
      const states = (await runtime.containers()).map(({ state }) => state);
      expect(states).toEqual(Array<string>(30).fill('running'));
      expect(new Set(await Promise.all(made.map((container) => container.pid()))).size).toBe(30);
      await Promise.all(made.map((container) => container.remove({ force: true, timeout: 0 })));
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'are waited for by who comes while they are made: their maker finds its place free',
    withStore(async (runtime, store) => {
      const { id } = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      const { RunDir: run } = await runtime.getContainer(id).inspect();
      const making = path.join(path.dirname(run), newDirectoryName(id));
      renameSync(run, making);
      const others = [await store.open(), await store.open()];
      const states = others.map((other) => other.getContainer(id).sync());
      await sleep(50);
      renameSync(making, run);
      expect((await Promise.all(states)).map(({ state }) => state)).toEqual(['configured', 'configured']);
      await others[0]?.getContainer(id).start();
      await runtime.getContainer(id).remove({ force: true, timeout: 0 });
      expect(readdirSync(path.dirname(run))).toEqual([]);
    }),
  );

  it(
    'share a root directory under throwaway overlays without seeing each other',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, number) =>
          shell(runtime, `test ! -e /mark && echo ${number} > /mark && sleep 0.1 && cat /mark`, {
            rootfs,
            overlay: true,
          }),
        ),
      );
      expect(results.map(({ stdout }) => stdout)).toEqual(
        Array.from({ length: 10 }, (_, number) => `${number}\n`),
      );
    }),
  );

  it(
    'of one bundle start at once, its filter compiled for the first time',
    withStore(async (runtime, store) => {
      const bundle = store.makeDirectory('bundle');
      busyboxRoot(path.join(store.makeDirectory('bundle/rootfs')));
      const seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['acct'], action: 'SCMP_ACT_ERRNO' }],
      };
      const write = (): void =>
        writeFileSync(
          path.join(bundle, 'config.json'),
          JSON.stringify({
            ociVersion: '1.0.2',
            process: { user: { uid: 0, gid: 0 }, args: ['/bin/true'], cwd: '/' },
            root: { path: 'rootfs', readonly: true },
            linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }], seccomp },
          }),
        );
      const results = await Promise.all(
        Array.from({ length: 10 }, () => {
          // Written anew each time, so that each is read, and its filter compiled, by itself.
          write();
          return run(runtime, [], { bundle });
        }),
      );
      for (const { exitCode } of results) expect(exitCode).toBe(0);
    }),
  );
});

describe.runIf(requires({ root: true }))('one container in several hands', () => {
  it(
    'is started by one of those who try at once',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      const other = await store.open();
      const hands: Container[] = [];
      for (let i = 0; i < 5; i++)
        hands.push(runtime.getContainer(container.id), other.getContainer(container.id));
      const tries = await Promise.allSettled(hands.map((hand) => hand.start()));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of tries) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_INVALID_STATE' });
      }
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is removed once, whoever else tries',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      await container.start();
      const other = await store.open();
      const hands = [
        container,
        other.getContainer(container.id),
        runtime.getContainer(container.id),
        other.getContainer(container.id),
      ];
      const tries = await Promise.allSettled(hands.map((hand) => hand.remove({ force: true, timeout: 0 })));
      expect(tries.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
      for (const result of tries) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_REMOVED' });
      }
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'is stopped by all who stop it at once, and ends once',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: [
          'sh',
          '-c',
          'trap "echo asked; sleep 0.2; exit 3" TERM; echo ready; while :; do sleep 0.02; done',
        ],
      });
      const { stdout } = await container.startAndAttach();
      await new Promise((resolve) => stdout.once('data', resolve));
      stdout.resume();
      const other = (await store.open()).getContainer(container.id);
      await Promise.all([container.stop(), other.stop(), container.stop()]);
      expect(await other.wait()).toEqual({ exitCode: 3, signal: 0, oomKilled: false });
      expect(bytesOf(await logOf(container), 'stdout').toString()).toMatch(/^ready\nasked\n/);
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('two engines on one store', () => {
  /** Creates, runs and removes; tells how often it went wrong. */
  const WORK = `
    const runtime = await Runtime.open(options);
    const wrong = [];
    say('ready');
    for (let i = 0; i < 25; i++) {
      try {
        const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'exit ' + i], remove: i % 3 === 0 });
        await container.start();
        const { exitCode } = await container.wait();
        if (exitCode !== i) wrong.push([i, exitCode]);
        await container.remove();
        await runtime.containers();
      } catch (error) { wrong.push([i, error.code, error.message]); }
    }
    await runtime.close();
    say(wrong);
  `;

  it(
    'create, start and remove side by side, while others open and sweep',
    withStore(async (_runtime, store) => {
      await using first = new EngineProcess(store, WORK);
      await using second = new EngineProcess(store, WORK);
      await Promise.all([first.next(), second.next()]);
      let working = true;
      const results = Promise.all([first.next(), second.next()]).finally(() => (working = false));
      // Awaited below; a failure in between must not count as unhandled.
      results.catch(() => undefined);
      while (working) {
        const third = await store.open();
        await third.containers();
        await third.close();
      }
      expect(await results).toEqual([[], []]);
      expect((await first.ended).code).toBe(0);
      expect((await second.ended).code).toBe(0);
    }),
  );

  it(
    'take turns in one name',
    withStore(async (_runtime, store) => {
      const takeTurns = `
        const runtime = await Runtime.open(options);
        let won = 0;
        const odd = [];
        while (won < 10) {
          try {
            const container = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'one' });
            won++;
            await container.remove();
          } catch (error) { if (error.code !== 'ERR_NAME_IN_USE') odd.push([error.code, error.message]); }
        }
        await runtime.close();
        say(odd);`;
      await using first = new EngineProcess(store, takeTurns);
      await using second = new EngineProcess(store, takeTurns);
      expect(await Promise.all([first.next(), second.next()])).toEqual([[], []]);
    }),
  );
});
