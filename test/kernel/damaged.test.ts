import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Container, Runtime } from '../../src/index.js';
import { CONTAINER_LOCKS, FileLock } from '../../src/linux/files/file-lock.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

/** What may be in the place of a record, and why nobody can use it. */
const DAMAGE: Readonly<Record<string, (file: string) => void>> = {
  'is empty': (file) => truncateSync(file),
  'ends in the middle': (file) => truncateSync(file, readFileSync(file).length >> 1),
  'is no JSON': (file) => writeFileSync(file, '{'),
  'has NULs': (file) => writeFileSync(file, Buffer.alloc(64)),
  'is another JSON': (file) => writeFileSync(file, 'null'),
  'has no version': (file) => writeFileSync(file, '{}'),
  'has fields of other types': (file) => writeFileSync(file, '{"version":1,"id":5,"name":[],"state":"?"}'),
  'is a directory': (file) => {
    rmSync(file);
    mkdirSync(file);
  },
  'is a FIFO': (file) => {
    rmSync(file);
    execFileSync('mkfifo', [file]);
  },
  'is a loop of links': (file) => {
    rmSync(file);
    execFileSync('ln', ['-s', path.basename(file), file]);
  },
  'is huge': (file) => writeFileSync(file, Buffer.alloc(5 << 20, ' ')),
};

const NEWER = (file: string): void => {
  const record = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...record, version: 1000, more: true }));
};

async function makeTwo(runtime: Runtime): Promise<{ good: Container; bad: Container }> {
  const make = (name: string): Promise<Container> =>
    runtime.createContainer({ name, hostRoot: true, command: ['sleep', '1000'] });
  return { good: await make('good'), bad: await make('bad') };
}

/** Everything that goes through all containers, or looks for one, does not mind the damaged one. */
async function expectOthersUnharmed(store: TestStore, bad: string): Promise<Runtime> {
  // A new engine, which sweeps, and has read nothing yet.
  const runtime = await store.open();
  const list = await runtime.containers();
  expect(list).toHaveLength(2);
  expect(list.find(({ id }) => id === bad)).toMatchObject({ state: 'unknown' });
  expect(list.find(({ id }) => id === bad)?.problem?.containerId).toBe(bad);
  const good = runtime.lookupContainer('good');
  await good.start();
  expect(await good.state()).toBe('running');
  expect((await runtime.runningContainers()).map(({ id }) => id)).toEqual([good.id]);
  await good.stop({ timeout: 0 });
  expect((await runtime.prune()).failed).toEqual([]);
  expect(runtime.hasContainer('good')).toBe(false);
  expect(runtime.hasContainer(bad)).toBe(true);
  expect(runtime.hasContainer('bad')).toBe(true);
  expect(runtime.hasContainer(bad.slice(0, 12))).toBe(true);
  // Nobody else gets its name.
  await expect(
    runtime.createContainer({ name: 'bad', hostRoot: true, command: ['true'] }),
  ).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' });
  return runtime;
}

describe.runIf(requires({ root: true }))('a configuration or settings that cannot be read', () => {
  for (const record of ['config.json', 'settings.json']) {
    for (const [what, damage] of Object.entries(DAMAGE)) {
      it(
        `(${record} ${what}) cost no other container, and are told by ID`,
        withStore(async (first, store) => {
          const { bad } = await makeTwo(first);
          // Then there are settings.
          await bad.update({ memory: 64 << 20 });
          damage(path.join(bad.staticDir, record));
          const runtime = await expectOthersUnharmed(store, bad.id);
          expect(readdirSync(path.join(store.root, 'damaged'))).toEqual([bad.id]);
          for (const name of ['bad', bad.id, bad.id.slice(0, 12)]) {
            expect(() => runtime.lookupContainer(name)).toThrow(
              expect.objectContaining({ code: 'ERR_RECORD_DAMAGED', containerId: bad.id }),
            );
          }
          await expect(runtime.removeContainer(bad.id)).rejects.toMatchObject({ code: 'ERR_RECORD_DAMAGED' });
          await runtime.removeContainer('bad', { force: true });
          expect(await runtime.containers()).toEqual([]);
          expect(readdirSync(path.join(store.root, 'names'))).toEqual([]);
          rmSync(path.join(store.root, 'damaged'), { recursive: true });
        }),
      );
    }

    it(
      `(${record} of a later version) are left alone, for the libpod that wrote them`,
      withStore(async (first, store) => {
        const { bad } = await makeTwo(first);
        await bad.update({ memory: 64 << 20 });
        const file = path.join(bad.staticDir, record);
        NEWER(file);
        const runtime = await expectOthersUnharmed(store, bad.id);
        expect(() => runtime.getContainer(bad.id)).toThrow(
          expect.objectContaining({ code: 'ERR_RECORD_NEWER', containerId: bad.id }),
        );
        expect(existsSync(file)).toBe(true);
        await runtime.removeContainer(bad.id, { force: true });
      }),
    );
  }

  it(
    'come back when they are mended and moved back, with all that the container had written',
    withStore(async (first, store) => {
      const { good, bad } = await makeTwo(first);
      const file = path.join(bad.staticDir, 'config.json');
      const text = readFileSync(file);
      const kept = path.join(bad.staticDir, 'kept');
      writeFileSync(kept, 'kept');
      writeFileSync(file, '{');
      const runtime = await store.open();
      await runtime.containers();
      const aside = path.join(store.root, 'damaged', bad.id);
      expect(existsSync(bad.staticDir)).toBe(false);
      writeFileSync(path.join(aside, 'config.json'), text);
      renameSync(aside, bad.staticDir);
      expect(readFileSync(kept, 'utf8')).toBe('kept');
      const mended = runtime.lookupContainer('bad');
      await mended.start();
      expect(await mended.state()).toBe('running');
      for (const name of ['good', 'bad']) await runtime.removeContainer(name, { force: true, timeout: 0 });
      await expect(good.state()).rejects.toMatchObject({ code: 'ERR_REMOVED' });
      rmSync(path.join(store.root, 'damaged'), { recursive: true });
    }),
  );

  it(
    'leave a running container where it is; by force it is ended and removed',
    withStore(async (first, store) => {
      const { good, bad } = await makeTwo(first);
      await bad.start();
      const pid = await bad.pid();
      writeFileSync(path.join(bad.staticDir, 'config.json'), '');
      const runtime = await store.open();
      expect((await runtime.containers()).map(({ state }) => state).sort()).toEqual([
        'configured',
        'unknown',
      ]);
      expect(existsSync(bad.staticDir)).toBe(true);
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      await runtime.removeContainer(bad.id, { force: true });
      expect(existsSync(`/proc/${pid}`)).toBe(false);
      expect((await runtime.containers()).map(({ id }) => id)).toEqual([good.id]);
      await good.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a state that cannot be read', () => {
  for (const [what, damage] of Object.entries(DAMAGE)) {
    it(
      `(${what}) is set aside; what its monitor tells stands`,
      withStore(async (first, store) => {
        const { good, bad } = await makeTwo(first);
        await bad.start();
        const { RunDir } = await bad.inspect();
        const file = path.join(RunDir, 'state.json');
        if (!existsSync(file)) writeFileSync(file, '{}');
        damage(file);
        const runtime = await store.open();
        expect((await runtime.containers()).find(({ id }) => id === bad.id)?.state).toBe('running');
        const again = runtime.lookupContainer('bad');
        expect(await again.state()).toBe('running');
        expect(readdirSync(RunDir)).toContain('state.json.damaged');
        await again.stop({ timeout: 0 });
        expect(await again.exitCode()).toBe(137);
        await again.remove();
        await good.remove();
      }),
    );
  }

  it(
    'and a journal of a dead monitor, are those of a container of which nobody knows how it ended',
    withStore(async (first, store) => {
      const { good, bad } = await makeTwo(first);
      await bad.start();
      await bad.stop({ timeout: 0 });
      const { RunDir } = await bad.inspect();
      const lock = path.join(RunDir, 'lock');
      await expect.poll(() => FileLock.holder(lock, CONTAINER_LOCKS.monitor)).toBeUndefined();
      writeFileSync(lock, 'rubbish\n');
      const runtime = await store.open();
      const again = runtime.lookupContainer('bad');
      expect(await again.stateRecord()).toMatchObject({ state: 'exited', exitCode: -1, pid: 0 });
      await again.start();
      expect(await again.state()).toBe('running');
      await again.remove({ force: true, timeout: 0 });
      await good.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a lock file', () => {
  it.each([
    ['a directory', (lock: string) => mkdirSync(lock)],
    ['a link', (lock: string) => execFileSync('ln', ['-s', '/dev/null', lock])],
    ['a FIFO', (lock: string) => execFileSync('mkfifo', [lock])],
  ])(
    'in whose place is %s costs no other container, and is removed by force with its own',
    async (_what, put) =>
      withStore(async (first, store) => {
        const { good, bad } = await makeTwo(first);
        await bad.start();
        const pid = await bad.pid();
        const lock = path.join((await bad.inspect()).RunDir, 'lock');
        rmSync(lock);
        put(lock);
        const runtime = await store.open();
        expect(await runtime.containers()).toHaveLength(2);
        await runtime.lookupContainer('good').start();
        await runtime.removeContainer('bad', { force: true, timeout: 0 });
        await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
        await good.remove({ force: true, timeout: 0 });
        expect(await runtime.containers()).toEqual([]);
      })(),
  );

  it(
    'that is gone is made anew, and what ran under it is ended before the container runs again',
    withStore(async (first, store) => {
      const { good, bad } = await makeTwo(first);
      await bad.start();
      const pid = await bad.pid();
      rmSync(path.join((await bad.inspect()).RunDir, 'lock'));
      const runtime = await store.open();
      const again = runtime.lookupContainer('bad');
      await again.start();
      expect(existsSync(`/proc/${pid}`)).toBe(false);
      expect(await again.state()).toBe('running');
      await again.remove({ force: true, timeout: 0 });
      await good.remove();
    }),
  );
});
