import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { packPath, Runtime, type CreateOptions } from '../../src/index.js';
import { archiveOf, listWithTar } from '../support/archives.js';
import { makeLayout } from '../support/images.js';
import { requires } from '../support/requires.js';
import { staticBusybox } from '../support/rootfs.js';
import { guarded, withStore, type TestStore } from '../support/store.js';

/** What the lower layer has for the upper one to hide, replace and keep. */
const BELOW = [
  { name: 'etc/', type: '5', mode: 0o711 },
  { name: 'etc/gone', data: 'gone' },
  { name: 'etc/kept', data: 'kept', mode: 0o604 },
  { name: 'etc/kept-too', type: '1', link: 'etc/kept' },
  { name: 'opaque/', type: '5' },
  { name: 'opaque/below', data: 'hidden' },
  { name: 'opaque/inner/below', data: 'hidden' },
  { name: 'replaced/file', data: 'hidden' },
] as const;
const ABOVE = archiveOf(
  { name: 'etc/.wh.gone' },
  // What a layer makes itself is seen, before its marks and behind them.
  { name: 'opaque/inner/own', data: 'own' },
  { name: 'opaque/.wh..wh..opq' },
  { name: 'opaque/own', data: 'own' },
  { name: '.wh.replaced' },
  { name: 'replaced/', type: '5' },
  { name: 'replaced/new', data: 'new' },
  { name: 'etc/link', type: '2', link: '../opaque' },
);

/** Loads an image of busybox with two layers. */
async function loadImage(runtime: Runtime, store: TestStore): Promise<void> {
  const tree = store.makeDirectory('busybox/bin');
  execFileSync('cp', [staticBusybox() as string, path.join(tree, 'busybox')]);
  for (const applet of ['sh', 'cat', 'find', 'rm', 'mkdir', 'stat'])
    execFileSync('ln', ['-sf', 'busybox', path.join(tree, applet)]);
  const busybox = execFileSync('tar', ['-C', path.dirname(tree), '-c', '.'], { maxBuffer: 1 << 28 });
  const bottom = Buffer.concat([busybox.subarray(0, endOf(busybox)), archiveOf(...BELOW)]);
  const layout = store.makeDirectory('layout');
  makeLayout(layout, [{ bytes: bottom }, { bytes: ABOVE }], {
    name: 'example.org/app:1',
    config: { Cmd: ['sh'] },
  });
  await runtime.images.load(packPath(layout));
}

/** Where the zeros begin that end an archive. */
function endOf(archive: Buffer): number {
  let end = archive.length;
  while (end > 0 && archive.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return end;
}

const IMAGE = 'example.org/app:1';

async function sh(
  runtime: Runtime,
  script: string,
  options: CreateOptions = { image: IMAGE },
): Promise<string> {
  const { stdout, stderr, exitCode } = await runtime.run({ ...options, command: ['sh', '-c', script] });
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

const can = requires({ root: true, busybox: true });

describe.skipIf(!can)('a store of plain copies', () => {
  it(
    'shows of an image what its layers say, and gives each container a root of its own',
    withStore(async (runtime, store) => {
      await loadImage(runtime, store);
      const files = await sh(runtime, 'cd /; find etc opaque replaced');
      expect(
        files
          .trim()
          .split('\n')
          .filter((file) => !/hosts|hostname|resolv|mtab/.test(file))
          .sort(),
      ).toEqual([
        'etc',
        'etc/kept',
        'etc/kept-too',
        'etc/link',
        'opaque',
        'opaque/inner',
        'opaque/inner/own',
        'opaque/own',
        'replaced',
        'replaced/new',
      ]);
      expect(await sh(runtime, 'stat -c "%a %u %h" /etc /etc/kept')).toBe('711 0 2\n604 0 2\n');
      // What one container writes, no other sees; and nothing of a throwaway one stays.
      await sh(runtime, 'echo changed > /etc/kept; rm -r /opaque');
      expect(await sh(runtime, 'cat /etc/kept; cat /opaque/own')).toBe('keptown');
      expect(readdirSync(path.join(store.root, 'copies'))).toEqual([]);
      expect((await runtime.info()).store.graphDriverName).toBe('vfs');
      await runtime.images.prune({ all: true });
      expect(readdirSync(path.join(store.root, 'layers'))).toEqual(['lock']);
    }, 'vfs'),
  );

  it(
    'tells what a container changed, commits that alone, and mounts, exports and runs it again',
    withStore(async (runtime, store) => {
      await loadImage(runtime, store);
      const script =
        'set -e; echo 12345 > /new; rm /etc/kept; rm -r /opaque; mkdir /opaque; echo 0 > /replaced/new';
      const container = await runtime.createContainer({ image: IMAGE, command: ['sh', '-c', script] });
      await container.start();
      expect((await container.wait()).exitCode).toBe(0);
      const changes = (await container.diff()).map(({ path: at, kind }) => `${kind} ${at}`);
      expect(changes).toEqual([
        'changed /etc',
        'deleted /etc/kept',
        'added /new',
        'changed /opaque',
        'deleted /opaque/inner',
        'deleted /opaque/own',
        'changed /replaced/new',
      ]);
      expect(await container.rwSize()).toBe(8);
      expect(await container.rootFsSize()).toBeGreaterThan(100_000);
      expect((await container.inspect()).GraphDriver).toEqual({ Name: 'vfs', Data: {} });

      const at = await container.mount();
      expect(readFileSync(path.join(at, 'new'), 'utf8')).toBe('12345\n');
      writeFileSync(path.join(at, 'from-the-host'), '');
      expect(await container.unmount()).toBe(true);
      const exported = listWithTar(await buffer(await container.export()));
      expect(exported.join('\n')).toMatch(/from-the-host/);
      expect(exported.join('\n')).not.toMatch(/kept$/m);

      const image = await runtime.images.commit(container.id, { name: 'changed' });
      expect((await runtime.images.diff(image.id)).map(({ path: one, kind }) => `${kind} ${one}`)).toEqual([
        ...changes.slice(0, 2),
        'added /from-the-host',
        ...changes.slice(2),
      ]);
      expect(await sh(runtime, 'cat /new; find /opaque; cat /replaced/new', { image: image.id })).toBe(
        '12345\n/opaque\n0\n',
      );
      // Again, with what it has written.
      await container.start();
      expect((await container.wait()).exitCode).toBe(1);
      await container.remove();
      expect(readdirSync(path.join(store.root, 'containers'))).toEqual([]);
      await runtime.images.prune({ all: true });
    }, 'vfs'),
  );

  it(
    'clears away what a crash has left of a copy, and finds and mends damaged layers',
    withStore(async (runtime, store) => {
      await loadImage(runtime, store);
      const container = await runtime.createContainer({ image: IMAGE, command: ['cat', '/etc/kept'] });
      // Of a copy that was cut short: of a container that is there, and of a throwaway one that is not.
      mkdirSync(path.join(store.root, 'containers', container.id, 'root.new/etc'), { recursive: true });
      for (const name of ['a'.repeat(64), `${'b'.repeat(64)}.new`])
        mkdirSync(path.join(store.root, 'copies', name, 'etc'), { recursive: true });
      await container.start();
      expect((await container.wait()).exitCode).toBe(0);
      expect(readdirSync(path.join(store.root, 'containers', container.id))).not.toContain('root.new');
      await store.open();
      expect(readdirSync(path.join(store.root, 'copies'))).toEqual([]);
      await container.remove();

      expect((await runtime.checkSystem()).errors).toBe(false);
      const { chain } = await runtime.images.find(IMAGE);
      const tree = (await runtime.images.store()).layers.treePath(chain[1] as string);
      writeFileSync(path.join(tree, 'etc/stranger'), '');
      writeFileSync(path.join(tree, 'etc/kept'), 'KEPT');
      unlinkSync(path.join(tree, 'bin/stat'));
      const found = JSON.stringify(await runtime.checkSystem());
      for (const text of [
        'etc/stranger: the image has no',
        'etc/kept: it is not what',
        'bin/stat: it is missing',
      ])
        expect(found).toContain(text);
      await runtime.checkSystem({ repair: true });
      expect((await runtime.checkSystem()).errors).toBe(false);
      expect(await sh(runtime, 'cat /etc/kept')).toBe('kept');
      await runtime.images.prune({ all: true });
    }, 'vfs'),
  );

  it(
    'is what a store becomes on a file system that makes no overlays, and refuses to be another one',
    guarded(async (store) => {
      const [lower, upper, work, on] = ['lower', 'upper', 'work', 'on'].map((name) =>
        store.makeDirectory(name),
      );
      execFileSync('mount', [
        '-t',
        'overlay',
        'overlay',
        '-o',
        `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
        on as string,
      ]);
      try {
        const places = { root: path.join(on as string, 'root'), runRoot: path.join(on as string, 'run') };
        const options = { ...places, cgroupParent: store.cgroupParent };
        await expect(Runtime.open({ ...options, storageDriver: 'overlay' })).rejects.toMatchObject({
          code: 'ERR_UNSUPPORTED',
          message: expect.stringMatching(
            /cannot have the storage driver overlay .* or choose the driver vfs$/,
          ) as string,
        });
        {
          await using runtime = await Runtime.open(options);
          expect(runtime.storageDriver).toBe('vfs');
          const { stdout } = await runtime.run({
            hostRoot: true,
            command: ['sh', '-c', 'echo x > /file; cat /file'],
          });
          expect(stdout).toBe('x\n');
          await loadImage(runtime, store);
          expect(await sh(runtime, 'cat /opaque/own')).toBe('own');
          await runtime.images.prune({ all: true });
        }
        await expect(Runtime.open({ ...options, storageDriver: 'overlay' })).rejects.toMatchObject({
          code: 'ERR_STORE_MISMATCH',
          message: expect.stringContaining(
            'has the storage driver vfs, not overlay: leave the driver out',
          ) as string,
        });
        await expect(Runtime.open({ ...options, storageDriver: 'btrfs' as 'vfs' })).rejects.toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringContaining('choose overlay or vfs') as string,
        });
        rmSync(places.root, { recursive: true });
        rmSync(places.runRoot, { recursive: true });
      } finally {
        execFileSync('umount', [on as string]);
      }
      expect(existsSync(path.join(upper as string, 'root'))).toBe(false);
    }),
  );
});
