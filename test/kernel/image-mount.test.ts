import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packPath, type Runtime, type StorageDriver } from '../../src/index.js';
import { parseMountinfo } from '../../src/linux.js';
import { archiveOf } from '../support/archives.js';
import { EngineProcess } from '../support/engine-process.js';
import { makeLayout } from '../support/images.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

const IMAGE = 'example.org/app:1';

/** Loads an image of two layers, or one of a single one; answers its ID. */
async function load(runtime: Runtime, store: TestStore, name = IMAGE, layers = 2): Promise<string> {
  const bottom = archiveOf(
    { name: 'etc/kept', data: 'kept' },
    { name: 'etc/gone', data: 'gone' },
    { name: 'bin/su', data: 'x', mode: 0o4755 },
  );
  const top = archiveOf({ name: 'etc/.wh.gone' }, { name: 'etc/new', data: 'new' });
  const layout = store.makeDirectory(`layout-${path.basename(name)}`);
  makeLayout(
    layout,
    [bottom, top].slice(0, layers).map((bytes) => ({ bytes })),
    { name },
  );
  const [image] = await runtime.images.load(packPath(layout));
  return image?.id ?? '';
}

/** The mounts of a store that this process sees. */
function mountsOf(store: TestStore): string[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
    .map(({ mountpoint }) => mountpoint)
    .filter((mountpoint) => mountpoint.startsWith(store.runRoot));
}

describe.runIf(requires({ root: true }))('an image on the host', () => {
  it.each(['overlay', 'vfs'] as StorageDriver[])('is its tree, to be read alone (%s)', (driver) =>
    withStore(async (runtime, store) => {
      const id = await load(runtime, store);
      const single = await load(runtime, store, 'example.org/single:1', 1);
      const place = await runtime.images.mount(IMAGE);
      expect(readdirSync(path.join(place, 'etc')).sort()).toEqual(['kept', 'new']);
      expect(statSync(path.join(place, 'bin/su')).mode & 0o7777).toBe(0o4755);
      const below = await runtime.images.mount(single.slice(0, 12));
      expect(readdirSync(path.join(below, 'etc')).sort()).toEqual(['gone', 'kept']);
      for (const at of [place, below])
        expect(() => writeFileSync(path.join(at, 'etc/kept'), 'x')).toThrow(/EROFS/);
      const attributes = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
        .filter(({ mountpoint }) => [place, below].includes(mountpoint))
        .map(({ options }) => [...options]);
      expect(attributes).toHaveLength(2);
      for (const one of attributes) expect(one).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev']));
      expect(runtime.images.mounts().sort((a, b) => a.id.localeCompare(b.id))).toEqual(
        [
          { id, mountpoint: place },
          { id: single, mountpoint: below },
        ].sort((a, b) => a.id.localeCompare(b.id)),
      );
      expect(await runtime.images.unmount('example.org/single:1')).toBe(true);
      expect(await runtime.images.unmount(IMAGE)).toBe(true);
      expect(mountsOf(store)).toEqual([]);
      await runtime.images.prune({ all: true });
    }, driver)(),
  );

  it(
    'is counted, and not unmounted under somebody who stands in it, unless by force',
    withStore(async (runtime, store) => {
      await load(runtime, store);
      const { images } = runtime;
      expect(await images.unmount(IMAGE)).toBe(false);
      const places = await Promise.all(Array.from({ length: 5 }, () => images.mount(IMAGE)));
      expect(new Set(places).size).toBe(1);
      expect(mountsOf(store)).toEqual(places.slice(0, 1));
      for (let left = 4; left > 0; left--) expect(await images.unmount(IMAGE)).toBe(true);
      const guest = spawn('sleep', ['1000'], { cwd: places[0] });
      await once(guest, 'spawn');
      await expect(images.unmount(IMAGE)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      expect(mountsOf(store)).toHaveLength(1);
      expect(await images.unmount(IMAGE, { force: true })).toBe(true);
      expect(mountsOf(store)).toEqual([]);
      const closed = once(guest, 'close');
      guest.kill();
      await closed;
      expect(await images.unmount(IMAGE)).toBe(false);
      await expect(images.mount('no-such')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_IMAGE' });
      await images.prune({ all: true });
    }),
  );

  it(
    'is not removed or pruned while it is mounted, unless by force; a name of several may go',
    withStore(async (runtime, store) => {
      const id = await load(runtime, store);
      const { images } = runtime;
      await images.tag(IMAGE, 'example.org/other:1');
      const place = await images.mount(IMAGE);
      expect(await images.remove('example.org/other:1')).toMatchObject({ deleted: undefined });
      await expect(images.remove(IMAGE)).rejects.toMatchObject({
        code: 'ERR_IMAGE_IN_USE',
        message: `image ${id} is mounted at ${place}: unmount it first, or force its removal`,
      });
      expect(await images.prune({ all: true })).toMatchObject({ deleted: [] });
      expect(readFileSync(path.join(place, 'etc/new'), 'utf8')).toBe('new');
      expect(await images.remove(IMAGE, { force: true })).toMatchObject({ deleted: id });
      expect(mountsOf(store)).toEqual([]);
      expect(readdirSync(path.join(store.root, 'layers'))).toEqual(['lock']);
    }),
  );

  it(
    'outlives the process that mounted it; the next engine clears away what one that was killed left',
    withStore(async (runtime, store) => {
      const id = await load(runtime, store);
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         say(await runtime.images.mount(${JSON.stringify(IMAGE)}));
         await never;`,
      );
      const place = await engine.next();
      await engine.kill();
      const next = await store.open();
      expect(next.images.mounts()).toEqual([{ id, mountpoint: place }]);
      // Unmounted by hand, or killed between the record and the mount: what is recorded is mounted no more.
      execFileSync('umount', [String(place)]);
      await (await store.open()).close();
      expect(existsSync(path.dirname(String(place)))).toBe(false);
      // Killed between the mount and the record of one that nobody wants any more; the record is damaged.
      await next.images.mount(id);
      writeFileSync(path.join(path.dirname(String(place)), 'mount.json'), '{');
      await (await store.open()).close();
      expect(mountsOf(store)).toEqual([]);
      // Killed before the record.
      mkdirSync(String(place), { recursive: true });
      expect(await next.images.mount(id)).toBe(place);
      expect(await next.images.unmount(id)).toBe(true);
      await next.images.prune({ all: true });
    }),
  );
});
