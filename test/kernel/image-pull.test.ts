import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/index.js';
import type { TransferEvent } from '../../src/images/progress.js';
import { archiveOf } from '../support/archives.js';
import { makeLayout, skopeoCopy, type LayerFile } from '../support/images.js';
import { TestRegistry } from '../support/registry.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

const plain = { tlsVerify: false, retryDelay: 1 } as const;

function gzipped(tar: Buffer): LayerFile {
  return {
    bytes: gzipSync(tar),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
  };
}

const BOTTOM = archiveOf(
  { name: './', type: '5', mode: 0o755 },
  { name: 'etc/', type: '5', mode: 0o711 },
  { name: 'etc/kept', data: 'kept' },
  { name: 'etc/gone', data: 'gone' },
  { name: 'old/', type: '5', mode: 0o755 },
  { name: 'old/a', data: 'a' },
  { name: 'bin/', type: '5', mode: 0o755 },
  { name: 'bin/tool', data: 'tool', mode: 0o4755 },
  { name: 'bin/again', type: '1', link: 'bin/tool' },
  { name: 'bin/sym', type: '2', link: '../etc/kept' },
);
const TOP = archiveOf(
  { name: 'etc/.wh.gone' },
  { name: 'old/.wh..wh..opq' },
  { name: 'old/b', data: 'b' },
  { name: 'etc/new', data: 'new' },
);

/** Puts an image into a registry by skopeo. */
function publish(store: TestStore, registry: TestRegistry, name: string, layers: readonly LayerFile[]): void {
  const directory = store.makeDirectory(`layout-${name.replaceAll(/\W/g, '-')}`);
  makeLayout(directory, layers);
  skopeoCopy(`oci:${directory}:test`, `docker://${registry.host}/${name}`);
}

/** The directories of an image's layers, the lowest first. */
async function trees(runtime: Runtime, name: string): Promise<string[]> {
  const { chain } = await runtime.images.find(name);
  const { layers } = await runtime.images.store();
  return chain.map((chainId) => layers.treePath(chainId));
}

async function emptied(runtime: Runtime): Promise<void> {
  await runtime.images.prune({ all: true });
}

const can = requires({ root: true, registry: true, skopeo: true, openssl: true, htpasswd: true, zstd: true });

describe.skipIf(!can)('pulling an image', () => {
  it(
    'keeps it as an image layout that skopeo reads, unpacks its layers, and removes all of it',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      publish(store, registry, 'team/app:1', [gzipped(BOTTOM), gzipped(TOP)]);
      const events: TransferEvent[] = [];
      const name = `${registry.host}/team/app:1`;
      const pull = runtime.images.pull(name, plain);
      for await (const event of pull) events.push(event);
      const image = await pull;
      expect(image.names).toEqual([name]);
      expect(new Set(events.map(({ digest }) => digest)).size).toBe(2);
      expect(events.filter(({ state }) => state === 'done')).toHaveLength(2);

      const [bottom = '', top = ''] = await trees(runtime, name);
      expect(statSync(path.join(bottom, 'bin/tool')).mode & 0o7777).toBe(0o4755);
      expect(statSync(path.join(bottom, 'bin/again')).ino).toBe(statSync(path.join(bottom, 'bin/tool')).ino);
      expect(statSync(path.join(bottom, 'bin/tool')).mtimeMs).toBe(1_600_000_000_000);
      const hidden = lstatSync(path.join(top, 'etc/gone'));
      expect([hidden.isCharacterDevice(), hidden.rdev]).toEqual([true, 0]);
      expect(readdirSync(path.join(top, 'etc')).sort()).toEqual(['gone', 'new']);
      // The layer names no directory `etc`: that of below is what it means.
      expect(statSync(path.join(top, 'etc')).mode & 0o7777).toBe(0o711);
      const opaque = execFileSync('python3', [
        '-c',
        `import os; print(os.getxattr(${JSON.stringify(path.join(top, 'old'))}, 'trusted.overlay.opaque'))`,
      ]);
      expect(String(opaque).trim()).toBe("b'y'");

      const copy = path.join(store.directory, 'copy');
      mkdirSync(copy);
      skopeoCopy(`oci:${store.root}/images:${name}`, `dir:${copy}`);
      expect(readFileSync(path.join(copy, 'manifest.json'))).toEqual(
        readFileSync(path.join(store.root, 'images/blobs/sha256', image.digest.slice(7))),
      );

      const again: TransferEvent[] = [];
      const second = runtime.images.pull(name, plain);
      for await (const event of second) again.push(event);
      expect(again.some(({ state }) => state === 'downloading' || state === 'unpacking')).toBe(false);

      expect(await runtime.images.remove(name)).toEqual({ untagged: [name], deleted: image.id });
      expect(await runtime.images.list()).toEqual([]);
      expect(readdirSync(path.join(store.root, 'images/blobs/sha256'))).toEqual([]);
    }),
  );

  it(
    'speaks TLS, and logs in as the auth file says',
    withStore(async (runtime, store) => {
      const user = { name: 'ann', password: 'it is:a secret' };
      await using registry = await TestRegistry.start(store.makeDirectory('registry'), { user, tls: true });
      const directory = store.makeDirectory('layout');
      makeLayout(directory, [gzipped(BOTTOM)]);
      const name = `${registry.host}/app`;
      skopeoCopy(
        `oci:${directory}:test`,
        `docker://${name}`,
        '--dest-creds',
        `${user.name}:${user.password}`,
      );
      const authFile = path.join(store.directory, 'auth.json');
      writeFileSync(
        authFile,
        JSON.stringify({
          auths: {
            [registry.host]: { auth: Buffer.from(`${user.name}:${user.password}`).toString('base64') },
          },
        }),
      );
      const none = path.join(store.directory, 'none.json');
      const { certDir } = registry;
      await expect(
        runtime.images.pull(name, { authFile: none, certDir, retryDelay: 1 }),
      ).rejects.toMatchObject({
        code: 'ERR_UNAUTHORIZED',
      });
      await expect(runtime.images.pull(name, { authFile, retryDelay: 1 })).rejects.toMatchObject({
        code: 'ERR_REGISTRY',
        message: expect.stringContaining('certificate is not trusted'),
      });
      const image = await runtime.images.pull(name, { authFile, certDir });
      expect(image.names).toEqual([`${name}:latest`]);
      // Where podman and docker look for the certificates of one registry: containers-certs.d(5).
      const places = ['/etc/containers/certs.d', '/etc/docker/certs.d'].map((base) =>
        path.join(base, registry.host),
      );
      for (const place of places) {
        const made = mkdirSync(place, { recursive: true });
        try {
          copyFileSync(path.join(certDir, 'ca.crt'), path.join(place, 'ca.crt'));
          expect((await runtime.images.pull(name, { authFile })).id).toBe(image.id);
        } finally {
          rmSync(made ?? place, { recursive: true });
        }
      }
      await emptied(runtime);
    }),
  );

  it(
    'does the work once for two at the same time',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      publish(store, registry, 'app', [gzipped(BOTTOM), gzipped(TOP)]);
      const other = await store.open();
      const pulls = [runtime, other].map((one) => one.images.pull(`${registry.host}/app`, plain));
      const states = await Promise.all(
        pulls.map(async (pull) => {
          const seen: string[] = [];
          for await (const { state, digest } of pull) if (state === 'unpacking') seen.push(digest);
          return seen;
        }),
      );
      const [one, two] = await Promise.all(pulls);
      expect(one?.id).toBe(two?.id);
      expect(await runtime.images.list()).toHaveLength(1);
      expect(states.flat().length).toBeGreaterThanOrEqual(2);
      await emptied(runtime);
    }),
  );

  it(
    'reads zstd',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      const bytes = execFileSync('zstd', ['-q', '-c'], { input: BOTTOM });
      publish(store, registry, 'app', [
        { ...gzipped(BOTTOM), bytes, mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' },
      ]);
      await runtime.images.pull(`${registry.host}/app`, plain);
      const [tree = ''] = await trees(runtime, `${registry.host}/app`);
      expect(readFileSync(path.join(tree, 'etc/kept'), 'utf8')).toBe('kept');
      await emptied(runtime);
    }),
  );

  it(
    'says what is not there',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      await expect(runtime.images.pull(`${registry.host}/no/such`, plain)).rejects.toMatchObject({
        code: 'ERR_NO_SUCH_IMAGE',
      });
      await expect(runtime.images.find('no-such')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_IMAGE' });
      await expect(runtime.images.pull('Not//valid', plain)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }),
  );
});

describe.skipIf(!can)('a hostile image', () => {
  const outside = { name: '../outside', data: 'x' };
  it.each([
    ['a name that leads out', archiveOf(outside), 'leads out'],
    [
      'a hard link that leads out',
      archiveOf({ name: 'a', type: '1', link: '../../etc/passwd' }),
      'leads out',
    ],
    ['a hard link to nothing', archiveOf({ name: 'a', type: '1', link: 'etc/passwd' }), 'ENOENT'],
    ['a whiteout of the directory above', archiveOf({ name: 'a/.wh...' }), 'hides nothing'],
    ['half an archive', BOTTOM.subarray(0, 700), 'ends in the middle'],
    ['an archive in an archive', gzipSync(BOTTOM, { level: 0 }), 'the archive cannot be used'],
  ])('with %s is refused, and nothing of it stays', async (_what, tar, sentence) => {
    await withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      publish(store, registry, 'bad', [gzipped(tar)]);
      await expect(runtime.images.pull(`${registry.host}/bad`, plain)).rejects.toThrow(sentence);
      expect(await runtime.images.list()).toEqual([]);
      expect(existsSync(path.join(store.directory, 'outside'))).toBe(false);
      await emptied(runtime);
    })();
  });

  it(
    'reaches no further than its own layer through links',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      const victim = store.makeDirectory('victim');
      publish(store, registry, 'links', [
        gzipped(
          archiveOf(
            { name: 'out', type: '2', link: victim },
            { name: 'out/file', data: 'x' },
            { name: '/absolute', data: 'y' },
            { name: 'up', type: '2', link: '../../../../../../../../etc' },
            { name: 'up/planted', data: 'z' },
          ),
        ),
      ]);
      await expect(runtime.images.pull(`${registry.host}/links`, plain)).rejects.toThrow();
      expect(readdirSync(victim)).toEqual([]);
      expect(existsSync('/etc/planted')).toBe(false);
      expect(existsSync('/absolute')).toBe(false);
      await emptied(runtime);
    }),
  );

  it(
    'that is larger, or of more entries, than allowed is refused',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      publish(store, registry, 'big', [gzipped(BOTTOM)]);
      const name = `${registry.host}/big`;
      await expect(
        runtime.images.pull(name, { ...plain, limits: { layerBytes: 1000 } }),
      ).rejects.toMatchObject({
        code: 'ERR_IMAGE_INVALID',
        message: expect.stringContaining('more than 1000 bytes'),
      });
      await expect(runtime.images.pull(name, { ...plain, limits: { entries: 3 } })).rejects.toThrow(
        'more than 3 entries',
      );
      await emptied(runtime);
    }),
  );

  it(
    'whose layer is another one than its configuration names is refused',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      publish(store, registry, 'lie', [{ ...gzipped(BOTTOM), diffId: `sha256:${'0'.repeat(64)}` }]);
      await expect(runtime.images.pull(`${registry.host}/lie`, plain)).rejects.toThrow(
        'is not the one that its image names',
      );
      await emptied(runtime);
    }),
  );
});
