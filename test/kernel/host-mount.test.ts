import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CreateOptions, Runtime } from '../../src/index.js';
import { parseMountinfo } from '../../src/linux.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore, type TestStore } from '../support/store.js';

const SLEEP = ['sleep', '1000'];

/** The three kinds of roots. */
const ROOTS: readonly (readonly [name: string, (store: TestStore) => Partial<CreateOptions>])[] = [
  ['the host root', () => ({ hostRoot: true })],
  [
    'an overlay that is thrown away',
    (store) => ({ rootfs: busyboxRoot(store.makeDirectory('r')), overlay: true }),
  ],
  ['a directory as it stands', (store) => ({ rootfs: busyboxRoot(store.makeDirectory('r')) })],
];

/** The overlays and binds of a store that this process sees. */
function mountsOf(store: TestStore): string[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
    .map(({ mountpoint }) => mountpoint)
    .filter((mountpoint) => mountpoint.startsWith(store.runRoot));
}

async function sleeper(runtime: Runtime, options: Partial<CreateOptions> = { hostRoot: true }) {
  return runtime.createContainer({ command: SLEEP, ...options });
}

describe.runIf(requires({ root: true, busybox: true }))('the root on the host', () => {
  it.each(ROOTS)(
    'of %s is mounted before, while and after the container runs, and is one file system',
    (_, root) =>
      withStore(async (runtime, store) => {
        const container = await sleeper(runtime, root(store));
        const before = await container.mount();
        expect(await container.mounted()).toBe(true);
        expect(await container.mountpoint()).toBe(before);
        writeFileSync(path.join(before, 'tmp/from-the-host'), 'host');
        await container.start();
        const inside = `/proc/${await container.pid()}/root`;
        expect(readFileSync(`${inside}/tmp/from-the-host`, 'utf8')).toBe('host');
        writeFileSync(`${inside}/tmp/from-inside`, 'inside');
        expect(readFileSync(path.join(before, 'tmp/from-inside'), 'utf8')).toBe('inside');
        // What is mounted in the container is not in it.
        expect(readdirSync(path.join(before, 'proc'))).toEqual([]);
        expect(await container.unmount()).toBe(true);
        expect(mountsOf(store)).toEqual([]);
        expect(readFileSync(`${inside}/tmp/from-the-host`, 'utf8')).toBe('host');

        const during = await container.mount();
        expect(readFileSync(path.join(during, 'tmp/from-inside'), 'utf8')).toBe('inside');
        writeFileSync(path.join(during, 'tmp/later'), 'later');
        expect(readFileSync(`${inside}/tmp/later`, 'utf8')).toBe('later');
        await container.stop({ timeout: 0 });
        expect(readFileSync(path.join(during, 'tmp/later'), 'utf8')).toBe('later');
        // Started again it runs on what is mounted, and not on a second overlay over the same layer.
        await container.start();
        expect(readFileSync(`/proc/${await container.pid()}/root/tmp/later`, 'utf8')).toBe('later');
        await container.stop({ timeout: 0 });
        await container.unmount();
        expect(await container.mountpoint()).toBe('');
        await container.remove();
      })(),
  );

  it(
    'is counted, and unmounted by force however often it was mounted',
    withStore(async (runtime, store) => {
      const container = await sleeper(runtime);
      expect(await container.unmount()).toBe(false);
      const place = await container.mount();
      expect(await container.mount()).toBe(place);
      expect(await container.unmount()).toBe(true);
      expect(mountsOf(store)).toEqual([place]);
      expect(await container.unmount()).toBe(true);
      expect(await container.unmount()).toBe(false);
      await container.mount();
      await container.mount();
      expect(await container.unmount({ force: true })).toBe(true);
      expect(mountsOf(store)).toEqual([]);
      await container.remove();
    }),
  );

  it(
    'is not unmounted under somebody who stands in it, unless by force',
    withStore(async (runtime, store) => {
      const container = await sleeper(runtime);
      const place = await container.mount();
      const guest = spawn('sleep', ['1000'], { cwd: place });
      await once(guest, 'spawn');
      await expect(container.unmount()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      expect(mountsOf(store)).toEqual([place]);
      await container.unmount({ force: true });
      expect(mountsOf(store)).toEqual([]);
      guest.kill();
      await once(guest, 'close');
      await container.remove();
    }),
  );

  it(
    'goes with the container, whatever uses it; what the root was made of stays',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('r'));
      for (const options of [{ rootfs }, { rootfs, overlay: true }, { rootfs, remove: true }]) {
        const container = await sleeper(runtime, options);
        await container.start();
        const place = await container.mount();
        const guest = spawn('sleep', ['1000'], { cwd: place });
        await once(guest, 'spawn');
        await container.remove({ force: true, timeout: 0 });
        expect(mountsOf(store)).toEqual([]);
        guest.kill();
        await once(guest, 'close');
      }
      expect(existsSync(path.join(rootfs, 'bin/busybox'))).toBe(true);
    }),
  );

  it(
    'of a throwaway container that ended by itself is unmounted by the next engine',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('r'));
      const container = await runtime.createContainer({ rootfs, command: ['sleep', '0.3'], remove: true });
      await container.start();
      await container.mount();
      await container.wait();
      while (runtime.hasContainer(container.id)) await sleep(5);
      await (await store.open()).close();
      expect(mountsOf(store)).toEqual([]);
      expect(existsSync(path.join(rootfs, 'bin/busybox'))).toBe(true);
    }),
  );

  it(
    'outlives the process that mounted it; what a dead one had only borrowed is unmounted',
    withStore(async (runtime, store) => {
      const kept = await sleeper(runtime);
      const lent = await sleeper(runtime);
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         await runtime.getContainer(${JSON.stringify(kept.id)}).mount();
         const stream = await runtime.getContainer(${JSON.stringify(lent.id)}).export();
         stream.once('readable', () => say('reading'));
         await never;`,
      );
      await engine.next();
      expect(mountsOf(store)).toHaveLength(2);
      await engine.kill();
      await (await store.open()).close();
      expect(mountsOf(store)).toEqual([await kept.mountpoint()]);
      await kept.remove();
      await lent.remove();
    }),
  );

  it(
    'is mounted anew where somebody has unmounted it by hand',
    withStore(async (runtime, store) => {
      const container = await sleeper(runtime);
      const place = await container.mount();
      execFileSync('umount', [place]);
      expect(await container.mounted()).toBe(false);
      expect(await container.mount()).toBe(place);
      expect(mountsOf(store)).toEqual([place]);
      expect(await container.unmount()).toBe(true);
      expect(mountsOf(store)).toEqual([]);
      await container.remove();
    }),
  );

  it(
    'is mounted and unmounted by many at once without a mount too much',
    withStore(async (runtime, store) => {
      const container = await sleeper(runtime);
      const engines = [runtime, await store.open()];
      await Promise.all(
        Array.from({ length: 20 }, async (_, turn) => {
          const own = (engines[turn % 2] as Runtime).getContainer(container.id);
          const place = await own.mount();
          mkdirSync(path.join(place, `tmp/${turn}`));
          expect(mountsOf(store)).toEqual([place]);
          expect(await own.unmount()).toBe(true);
        }),
      );
      expect(mountsOf(store)).toEqual([]);
      await container.remove();
    }),
  );
});
