import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime, type Container } from '../../src/index.js';
import { detectCgroups } from '../../src/linux.js';
import { requires } from '../support/requires.js';
import { TestStore, withStore } from '../support/store.js';

function sleeper(runtime: Runtime, more: { name?: string; remove?: boolean } = {}): Promise<Container> {
  return runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], ...more });
}

const now = { force: true, timeout: 0 } as const;

describe.runIf(requires({ root: true }))('the places of a store', () => {
  it(
    'have no cgroup until something starts, and close beside cgroups of others beneath theirs',
    withStore(async (_runtime, store) => {
      const parents = detectCgroups().map(({ mountpoint }) => path.join(mountpoint, store.cgroupParent));
      await using idle = await store.open({}, { readyMonitors: 0 });
      await idle.createContainer({ hostRoot: true, command: ['true'], name: 'waiting' });
      expect(parents.filter((parent) => existsSync(parent))).toEqual([]);
      const others = parents.map((parent) => path.join(parent, 'of-another'));
      for (const other of others) mkdirSync(other, { recursive: true });
      await idle.lookupContainer('waiting').remove();
      await idle.close();
      expect(others.filter((other) => !existsSync(other))).toEqual([]);
      for (const directory of [...others, ...parents]) rmdirSync(directory);
    }),
  );

  it(
    'may be written in any way: with spaces and other letters, relative, through links',
    withStore(async (_runtime, store) => {
      const odd = store.makeDirectory('with spaces, ünd\nmore');
      const link = path.join(store.directory, 'link');
      symlinkSync(odd, link);
      const places = (directory: string): { root: string; runRoot: string } => ({
        root: path.join(directory, 'root'),
        runRoot: path.join(directory, 'run'),
      });
      const first = await store.open(places(odd));
      const container = await sleeper(first, { name: 'one' });
      await container.start();
      const pid = await container.pid();
      const ways = [odd, link, path.relative('.', link), `${odd}/../link/.`];
      for (const way of ways) {
        const other = await store.open(places(way));
        expect([other.root, other.runRoot]).toEqual([first.root, first.runRoot]);
        // An engine that took it for another store would clear its cgroup away.
        expect(await other.lookupContainer('one').pid()).toBe(pid);
        expect(await other.runningContainers()).toHaveLength(1);
        await other.close();
      }
      await container.remove(now);
    }),
  );

  it(
    'belong to each other: no other store has the run root, nor a copy, until the store is gone',
    withStore(async (runtime, store) => {
      const throwaway = await sleeper(runtime, { name: 'mine', remove: true });
      await throwaway.start();
      const stranger = path.join(store.directory, 'stranger');
      const copy = path.join(store.directory, 'copy');
      cpSync(store.root, copy, { recursive: true, verbatimSymlinks: true });
      for (const root of [stranger, copy]) {
        await expect(Runtime.open({ ...store.options, root })).rejects.toMatchObject({
          code: 'ERR_STORE_MISMATCH',
          message: expect.stringMatching(
            /run root .*\/run belongs to the store .*\/root, not .*--runroot/,
          ) as string,
        });
      }
      // As the message says.
      rmSync(path.join(copy, 'store.json'));
      const copied = await store.open({ root: copy, runRoot: path.join(store.directory, 'copy-run') });
      expect(await copied.containers()).toEqual([]);
      expect(await throwaway.state()).toBe('running');
      await throwaway.remove(now);
    }),
  );

  it('may be moved; a container whose root was beneath says what it misses', async () => {
    await using store = TestStore.make();
    const runtime = await store.open();
    const { id } = await sleeper(runtime, { name: 'kept' });
    await runtime.close();
    const moved = path.join(store.directory, 'moved');
    renameSync(store.root, moved);
    const after = await store.open({ root: moved });
    expect(after.lookupContainer('kept').id).toBe(id);
    await expect(after.lookupContainer('kept').start()).rejects.toMatchObject({
      code: 'ERR_LAUNCH',
      message: expect.stringContaining(`over ${store.root}/host-root`) as string,
    });
    await after.removeContainer(id, now);
    await after.close();
    renameSync(moved, store.root);
  });

  it(
    'may lose the run root under what runs: it is as after a reboot, and nothing runs twice',
    withStore(async (runtime, store) => {
      const container = await sleeper(runtime, { name: 'one' });
      await container.start();
      const pid = await container.pid();
      rmSync(store.runRoot, { recursive: true });
      const after = await store.open();
      const found = after.lookupContainer('one');
      expect(await found.state()).toBe('configured');
      await found.start();
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      await found.remove(now);
      expect(await after.containers()).toEqual([]);
    }),
  );
});

describe.runIf(requires({ root: true }))('the record that ties a run root to its store', () => {
  it('is told of when it is damaged, and is written anew when it is gone', async () => {
    await using store = TestStore.make();
    await (await store.open()).close();
    const record = path.join(store.runRoot, 'store.json');
    for (const bad of ['', '{', 'null', '{"version":99}']) {
      writeFileSync(record, bad);
      await expect(Runtime.open(store.options)).rejects.toMatchObject({ code: 'ERR_RECORD_DAMAGED' });
    }
    rmSync(record);
    await (await store.open()).close();
    expect(readdirSync(store.runRoot)).toContain('store.json');
  });
});
