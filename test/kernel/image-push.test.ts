import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import zlib, { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packPath, type PushOptions, type Runtime, type TransferEvent } from '../../src/index.js';
import { digestOf } from '../../src/oci/digest.js';
import { archiveOf } from '../support/archives.js';
import { makeLayout, skopeoCopy, type LayerFile } from '../support/images.js';
import { TestRegistry } from '../support/registry.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';
import { TokenServer } from '../support/token-server.js';

const plain = { tlsVerify: false, retryDelay: 1 } as const;

function gzipped(...files: readonly (readonly [name: string, data: string])[]): LayerFile {
  const tar = archiveOf(...files.map(([name, data]) => ({ name, data })));
  return {
    bytes: gzipSync(tar),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    diffId: digestOf(tar),
  };
}

/** More than one request takes. */
function large(): LayerFile {
  const tar = archiveOf({
    name: 'large',
    data: '0123456789abcdef'.repeat(600_000),
  });
  return { bytes: tar, mediaType: 'application/vnd.oci.image.layer.v1.tar' };
}

const TAR = 'application/vnd.oci.image.layer.v1.tar';

/** What compresses more or less well. */
function text(): LayerFile {
  const data = Array.from({ length: 20_000 }, (_, at) => `${at * at} line ${at % 97}\n`).join('');
  return { bytes: archiveOf({ name: 'text', data }), mediaType: TAR };
}

/** Puts an image into a registry by skopeo, and pulls it from there. */
async function pulled(
  runtime: Runtime,
  store: TestStore,
  registry: TestRegistry,
  name: string,
  layers: readonly LayerFile[],
): Promise<string> {
  const directory = store.makeDirectory(`layout-${name.replaceAll(/\W/g, '-')}`);
  makeLayout(directory, layers, { config: { Cmd: ['true'] } });
  const full = `${registry.host}/${name}`;
  skopeoCopy(`oci:${directory}:test`, `docker://${full}`);
  await runtime.images.pull(full, plain);
  return full;
}

/** Loads an image, whose layers stay as they are. */
async function loaded(runtime: Runtime, store: TestStore, layers: readonly LayerFile[]): Promise<string> {
  const layout = store.makeDirectory('layout');
  makeLayout(layout, layers, { name: 'example.org/app:1' });
  const [image] = await runtime.images.load(packPath(layout));
  return image?.names[0] ?? '';
}

interface RawManifest {
  readonly mediaType: string;
  readonly config: { readonly mediaType: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[];
}

function inspect(name: string, ...flags: string[]): RawManifest {
  const args = ['inspect', '--raw', '--tls-verify=false', ...flags, `docker://${name}`];
  return JSON.parse(execFileSync('skopeo', args, { encoding: 'utf8' })) as RawManifest;
}

const can = requires({ root: true, registry: true, skopeo: true, openssl: true, htpasswd: true });

describe.skipIf(!can)('pushing an image', () => {
  it(
    'sends what the registry has not, in chunks, and skopeo reads it',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      await using other = await TestRegistry.start(store.makeDirectory('other'));
      const name = await pulled(runtime, store, registry, 'team/app:1', [large(), gzipped(['a', 'a'])]);
      const { digest } = await runtime.images.find(name);

      const target = `${other.host}/else/where:2`;
      const events: TransferEvent[] = [];
      const push = runtime.images.push(name, `docker://${target}`, plain);
      for await (const event of push) events.push(event);
      expect(await push).toEqual({ name: target, digest });
      expect(events.filter(({ state }) => state === 'done')).toHaveLength(3);
      expect(events.some(({ state }) => state === 'exists')).toBe(false);
      expect(inspect(`${other.host}/else/where@${digest}`).mediaType).toContain('oci.image.manifest');
      const copy = store.makeDirectory('copy');
      skopeoCopy(`docker://${target}`, `dir:${copy}`);
      const { layers } = JSON.parse(readFileSync(path.join(copy, 'manifest.json'), 'utf8')) as RawManifest;
      for (const layer of layers)
        expect(digestOf(readFileSync(path.join(copy, layer.digest.slice(7))))).toBe(layer.digest);

      const again: TransferEvent[] = [];
      const second = runtime.images.push(name, target, plain);
      for await (const event of second) again.push(event);
      expect(again.some(({ state }) => state === 'uploading')).toBe(false);
      await runtime.images.prune({ all: true });
    }),
  );

  it(
    'takes layers from another repository, and writes either form of manifest',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      const name = await pulled(runtime, store, registry, 'team/app:1', [large()]);
      await runtime.images.tag(name, `${registry.host}/mine/app:2`);
      // The configuration is no layer, and small: it is the one thing that is sent.
      const events: TransferEvent[] = [];
      const push = runtime.images.push(`${registry.host}/mine/app:2`, undefined, {
        ...plain,
        format: 'v2s2',
      });
      for await (const event of push) events.push(event);
      expect(events.filter(({ state }) => state === 'uploading')).toEqual([]);
      const { digest } = await push;
      const manifest = inspect(`${registry.host}/mine/app:2`);
      expect(manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
      expect(manifest.config.mediaType).toBe('application/vnd.docker.container.image.v1+json');
      const docker = await runtime.images.pull(`${registry.host}/mine/app@${digest}`, plain);
      expect(docker.id).toBe((await runtime.images.find(name)).id);
      await runtime.images.push(`${registry.host}/mine/app@${digest}`, `${registry.host}/mine/app:3`, {
        ...plain,
        format: 'oci',
      });
      expect(inspect(`${registry.host}/mine/app:3`).mediaType).toContain('oci.image.manifest');
      await runtime.images.prune({ all: true });
    }),
  );

  it(
    'compresses layers that are not compressed so, at a level',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      const name = await loaded(runtime, store, [text(), gzipped(['a', 'a'])]);
      const { id, manifest } = await runtime.images.find(name);
      const sizes = [1, 9].map(async (compressionLevel) => {
        const target = `${registry.host}/level:${compressionLevel}`;
        await runtime.images.push(name, target, { ...plain, compression: 'gzip', compressionLevel });
        const { layers } = inspect(target);
        expect(layers.map(({ mediaType }) => mediaType)).toEqual(Array(2).fill(`${TAR}+gzip`));
        expect(layers[1]?.digest).toBe(manifest.layers[1]?.digest);
        expect((await runtime.images.pull(target, plain)).id).toBe(id);
        return layers[0]?.size ?? 0;
      });
      const [fast = 0, small = 0] = await Promise.all(sizes);
      expect(small).toBeLessThan(fast);
      const push = (options: PushOptions) => runtime.images.push(name, `${registry.host}/x`, options);
      for (const [options, sentence] of [
        [{ compression: 'gzip', compressionLevel: 10 }, 'from 1 to 9, not 10'],
        [{ compressionLevel: 3 }, 'needs a compression'],
        [{ compression: 'xz' as 'gzip' }, 'the compression format "xz" is not supported'],
      ] as const)
        await expect(push({ ...plain, ...options })).rejects.toThrow(sentence);
      const own = Object.getOwnPropertyDescriptor(zlib, 'createZstdCompress');
      Reflect.deleteProperty(zlib, 'createZstdCompress');
      try {
        await expect(push({ ...plain, compression: 'zstd' })).rejects.toThrow('Node 22.15 or later');
      } finally {
        if (own !== undefined) Object.defineProperty(zlib, 'createZstdCompress', own);
      }
      await runtime.images.prune({ all: true });
    }),
  );

  it.skipIf(!requires({ zstdWriter: true }))(
    'writes zstd, which skopeo and a pull read',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      const name = await loaded(runtime, store, [text(), gzipped(['a', 'a'])]);
      const { id } = await runtime.images.find(name);
      const target = `${registry.host}/zstd:1`;
      await runtime.images.push(name, target, { ...plain, compression: 'zstd', compressionLevel: 19 });
      expect(inspect(target).layers.map(({ mediaType }) => mediaType)).toEqual(Array(2).fill(`${TAR}+zstd`));
      skopeoCopy(`docker://${target}`, `dir:${store.makeDirectory('copy')}`, '--dest-decompress');
      await runtime.images.prune({ all: true });
      expect((await runtime.images.pull(target, plain)).id).toBe(id);
      expect(await runtime.checkSystem()).toMatchObject({ errors: false });
      await runtime.images.prune({ all: true });
    }),
  );

  it(
    'goes with the credentials of a login, by TLS',
    withStore(async (runtime, store) => {
      const user = { name: 'ann', password: 'it is:a secret' };
      await using open = await TestRegistry.start(store.makeDirectory('open'));
      await using registry = await TestRegistry.start(store.makeDirectory('registry'), { user, tls: true });
      const name = await pulled(runtime, store, open, 'app', [gzipped(['a', 'a']), gzipped(['b', 'b'])]);
      const authFile = path.join(store.directory, 'auth.json');
      const { certDir, host } = registry;
      const options = { authFile, certDir, retryDelay: 1 };
      const { images } = runtime;
      const code = (promise: PromiseLike<unknown>) =>
        promise.then(
          () => 'none',
          (error: unknown) => (error as { code: string }).code,
        );
      expect(await code(images.push(name, `${host}/app`, options))).toBe('ERR_UNAUTHORIZED');
      expect(await code(images.login(host, { username: 'ann', password: 'wrong' }, options))).toBe(
        'ERR_UNAUTHORIZED',
      );
      expect(await images.loggedInUser(host, { authFile })).toBeUndefined();
      await images.login(`https://${host}/`, { username: user.name, password: user.password }, options);
      expect(await images.loggedInUser(host, { authFile })).toBe('ann');
      await images.push(name, `${host}/app`, options);
      // The file is podman's: skopeo reads it.
      inspect(`${host}/app`, '--authfile', authFile);
      expect(await images.logout(host, { authFile })).toBe(true);
      expect(await code(images.push(name, `${host}/app:2`, options))).toBe('ERR_UNAUTHORIZED');
      await images.prune({ all: true });
    }),
  );

  it(
    'gets tokens for what it does, with credentials or without',
    withStore(async (runtime, store) => {
      const user = { name: 'bob', password: 'builder' };
      await using tokens = await TokenServer.start(store.makeDirectory('tokens'), user);
      await using registry = await TestRegistry.start(store.makeDirectory('registry'), { auth: tokens.auth });
      await using open = await TestRegistry.start(store.makeDirectory('open'));
      const name = await pulled(runtime, store, open, 'app', [gzipped(['a', 'a'])]);
      const credentials = { username: user.name, password: user.password };
      const authFile = path.join(store.directory, 'auth.json');
      const { images } = runtime;
      await expect(images.push(name, `${registry.host}/one`, { ...plain, authFile })).rejects.toMatchObject({
        code: 'ERR_UNAUTHORIZED',
      });
      await images.push(name, `${registry.host}/one`, { ...plain, credentials });
      expect(tokens.requests.at(-1)).toEqual({ scopes: ['repository:one:pull,push'], user: 'bob' });
      await expect(
        images.login(registry.host, { ...credentials, password: 'no' }, { ...plain, authFile }),
      ).rejects.toMatchObject({ code: 'ERR_UNAUTHORIZED' });
      await images.login(registry.host, credentials, { ...plain, authFile });
      await images.tag(name, `${registry.host}/one`);
      await images.push(name, `${registry.host}/two`, { ...plain, authFile });
      expect(tokens.requests.map(({ scopes }) => scopes)).toContainEqual([
        'repository:two:pull,push',
        'repository:one:pull',
      ]);
      await images.prune({ all: true });
      const anonymous = await images.pull(`${registry.host}/two`, { ...plain, authFile: `${authFile}.none` });
      expect(anonymous.names).toEqual([`${registry.host}/two:latest`]);
      expect(tokens.requests.at(-1)).toEqual({ scopes: ['repository:two:pull'], user: undefined });
      await images.prune({ all: true });
    }),
  );

  it(
    'says what is wrong, and what is missing here',
    withStore(async (runtime, store) => {
      await using registry = await TestRegistry.start(store.makeDirectory('registry'));
      const name = await pulled(runtime, store, registry, 'app', [gzipped(['a', 'a'])]);
      const { images } = runtime;
      const digest = `sha256:${'0'.repeat(64)}`;
      await expect(images.push(name, `${registry.host}/x@${digest}`, plain)).rejects.toThrow(
        'names a digest',
      );
      await expect(images.push('no-such', undefined, plain)).rejects.toMatchObject({
        code: 'ERR_NO_SUCH_IMAGE',
      });
      await expect(images.push(name, 'oci:/tmp/x', plain)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      const signal = AbortSignal.abort();
      await expect(images.push(name, `${registry.host}/y`, { ...plain, signal })).rejects.toMatchObject({
        code: 'ERR_ABORTED',
      });
      const [layer] = (await images.find(name)).manifest.layers;
      rmSync(path.join(store.root, 'images/blobs/sha256', layer?.digest.slice(7) ?? ''));
      await expect(images.push(name, `${registry.host}/other`, plain)).resolves.toBeDefined();
      await using empty = await TestRegistry.start(store.makeDirectory('empty'));
      await expect(images.push(name, `${empty.host}/other`, plain)).rejects.toThrow('pull the image again');
      await images.prune({ all: true });
    }),
  );
});
