import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/index.js';
import { digestOf } from '../../src/oci/digest.js';
import { listWithTar } from '../support/archives.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore, type TestStore } from '../support/store.js';

/** An image of busybox with files to be changed. */
async function baseImage(runtime: Runtime, store: TestStore): Promise<string> {
  const root = busyboxRoot(store.makeDirectory('rootfs'));
  for (const directory of ['old/deep', 'kept', 'moved'])
    mkdirSync(path.join(root, directory), { recursive: true });
  for (const file of ['old/deep/a', 'old/b', 'kept/c', 'kept/gone', 'moved/d'])
    writeFileSync(path.join(root, file), file);
  const tree = path.join(store.directory, 'tree.tar');
  execFileSync('tar', ['-C', root, '-cf', tree, '.']);
  await runtime.images.import(tree, { name: 'base', changes: ['CMD ["sh"]', 'ENV A=b', 'LABEL x=y'] });
  return 'base';
}

/** Does everything to a tree that a layer can tell. */
const CHANGES = [
  'rm -r /old && mkdir /old && echo new > /old/b',
  'rm /kept/gone && mv /moved /renamed',
  'echo one > /kept/one && ln /kept/one /kept/two && ln -s one /kept/three && mkfifo /kept/four',
  'chmod 4711 /kept/c && chown 12:34 /kept/c && touch -d "2001-02-03 04:05:06" /kept/one /kept/c',
  'mkdir -m 1777 /sticky && echo tmp > /run/own',
].join(' && ');

/** A tree as GNU tar lists it, without what differs between two ways to the same tree. */
function listing(directory: string): string[] {
  const archive = execFileSync('tar', ['-C', directory, '--sort=name', '-c', '.'], { maxBuffer: 1 << 28 });
  return listWithTar(archive, '-v', '--numeric-owner', '--full-time').map((line) =>
    line.replace(/link to .*/, ''),
  );
}

/** What umoci makes of an image of the store. */
function unpacked(store: TestStore, name: string): string {
  const bundle = path.join(store.directory, `bundle-${name.replaceAll(/\W/g, '-')}`);
  execFileSync('umoci', ['unpack', '--image', `${store.root}/images:${name}`, bundle], { stdio: 'pipe' });
  return path.join(bundle, 'rootfs');
}

const can = requires({ root: true, busybox: true, umoci: true, skopeo: true });

describe.skipIf(!can)('committing a container', () => {
  it(
    'makes a layer from which another tool makes the same tree',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      const image = await baseImage(runtime, store);
      const container = await runtime.createContainer({ image, command: ['sh', '-c', CHANGES] });
      await container.start();
      expect(await container.wait()).toMatchObject({ exitCode: 0 });
      const changes = ['CMD ["cat", "/old/b"]', 'ENV C=d'];
      const made = await images.commit(container.name, {
        name: 'made',
        author: 'ann',
        message: 'all',
        changes,
      });
      expect(made.names).toEqual(['localhost/made:latest']);
      expect(made.config).toMatchObject({
        author: 'ann',
        config: { Cmd: ['cat', '/old/b'], Env: expect.arrayContaining(['A=b', 'C=d']), Labels: { x: 'y' } },
        history: [{}, { author: 'ann', comment: 'all' }],
      });
      expect(made.config.config?.Env?.some((line) => line.startsWith('HOSTNAME='))).toBe(false);

      const layer = made.manifest.layers.at(-1);
      const tar = gunzipSync(
        readFileSync(path.join(store.root, 'images/blobs/sha256', layer?.digest.slice(7) ?? '')),
      );
      expect(digestOf(tar)).toBe(made.config.rootfs.diff_ids.at(-1));
      const names = listWithTar(tar);
      expect(names).toEqual(
        expect.arrayContaining(['./kept/.wh.gone', './old/.wh..wh..opq', './.wh.moved', './run/own']),
      );
      expect(names.some((name) => /^\.\/(dev|proc|sys|etc)/.test(name))).toBe(false);

      const mount = await container.mount();
      const theirs = listing(unpacked(store, 'localhost/made:latest'));
      const skipped = /\.\/(dev|proc|sys|etc|run)\b/;
      const own = listing(mount).filter((line) => !skipped.test(line));
      expect(theirs.filter((line) => !skipped.test(line))).toEqual(own);
      await container.unmount();

      const again = await images.commit(container.id, { pause: true, format: 'v2s2' });
      expect(again.manifest.layers.at(-1)?.digest).toBe(layer?.digest);
      expect([again.names, again.manifest.mediaType]).toEqual([
        [],
        'application/vnd.docker.distribution.manifest.v2+json',
      ]);
      expect(await images.diff('made')).toEqual(await container.diff());
      expect((await images.diff('base')).every(({ kind }) => kind === 'added')).toBe(true);

      const next = await runtime.createContainer({ image: 'made' });
      await next.start();
      expect(await next.wait()).toMatchObject({ exitCode: 0 });
      expect((await next.diff()).length).toBe(0);
      const empty = await images.commit(next.id);
      expect(await images.diff(empty.id)).toEqual([]);
      for (const one of [container, next]) await one.remove();
      await images.prune({ all: true });
    }),
  );

  it(
    'makes a single layer of all of it, and volumes of the image of its own, if asked to',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      const image = await baseImage(runtime, store);
      const mounts = [
        { type: 'volume' as const, destination: '/named', source: 'named' },
        { type: 'bind' as const, destination: '/bound', source: store.makeDirectory('bound') },
      ];
      const command = ['sh', '-c', `${CHANGES} && echo x > /named/x`];
      const container = await runtime.createContainer({ image, command, mounts });
      await container.start();
      expect(await container.wait()).toMatchObject({ exitCode: 0 });
      const grown = await images.commit(container.id, { name: 'grown' });
      expect(grown.config.config?.Volumes).toBeUndefined();
      const made = await images.commit(container.id, { name: 'single', squash: true, includeVolumes: true });
      expect(made.config.config?.Volumes).toEqual({ '/named': {}, '/bound': {} });
      expect([made.manifest.layers.length, made.config.history?.length]).toEqual([1, 1]);
      const single = listing(unpacked(store, 'localhost/single:latest'));
      // The engine's own mounts need places, which a layer of changes leaves out.
      const kept = (line: string) => !/ \.\/($|(etc|dev|proc|sys|run|named|bound)(\/|$))/.test(line);
      expect(single.filter(kept).length).toBeGreaterThan(10);
      expect(single.filter(kept)).toEqual(listing(unpacked(store, 'localhost/grown:latest')).filter(kept));
      expect(single.some((line) => line.includes('named/x'))).toBe(false);
      expect(single.some((line) => line.endsWith('./renamed/d'))).toBe(true);
      await container.remove({ volumes: true });
      await runtime.removeVolume('named');
      await images.prune({ all: true });
    }),
  );

  it(
    'tells how an image came about, and what cannot be committed',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      const image = await baseImage(runtime, store);
      const container = await runtime.createContainer({ image, command: ['true'] });
      const { id } = await images.commit(container.id, { name: 'made', message: 'why' });
      const [last, first, ...more] = await images.history('made');
      expect(last).toMatchObject({
        id,
        createdBy: 'true',
        comment: 'why',
        tags: ['localhost/made:latest'],
        size: 1024,
      });
      expect(first?.id).toBeUndefined();
      expect(first?.size).toBeGreaterThan(100_000);
      expect(more).toEqual([]);

      const bare = await runtime.createContainer({
        rootfs: path.join(store.directory, 'rootfs'),
        command: ['true'],
      });
      await expect(images.commit(bare.id)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
      await expect(images.commit('none')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_CONTAINER' });
      await expect(images.commit(container.id, { changes: ['RUN x'] })).rejects.toThrow('must be one of');
      const signal = AbortSignal.abort();
      await expect(images.commit(container.id, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      for (const one of [container, bare]) await one.remove();
      await images.prune({ all: true });
    }),
  );
});
