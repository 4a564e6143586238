import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packPath, type Runtime } from '../../src/index.js';
import { digestOf } from '../../src/oci/digest.js';
import { archiveOf, bytesOf, listWithTar } from '../support/archives.js';
import { makeLayout, skopeoCopy } from '../support/images.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

const BOTTOM = archiveOf(
  { name: 'etc/', type: '5', mode: 0o755 },
  { name: 'etc/kept', data: 'kept' },
  { name: 'etc/gone', data: 'gone' },
);
const TOP = archiveOf({ name: 'etc/.wh.gone' }, { name: 'etc/new', data: 'new' });
const NAME = 'example.org/team/app:1';

const LAYERS = [BOTTOM, TOP].map((tar) => ({
  bytes: gzipSync(tar),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  diffId: digestOf(tar),
}));

/** The image as skopeo writes it in some form. */
function written(store: TestStore, form: string, name = NAME): string {
  const layout = store.makeDirectory('layout');
  makeLayout(layout, LAYERS, { config: { Cmd: ['true'], Env: ['A=b'] } });
  const file = path.join(store.directory, `${form}.tar`);
  skopeoCopy(`oci:${layout}:test`, `${form}:${file}:${name}`);
  return file;
}

async function load(runtime: Runtime, file: string) {
  return runtime.images.load(createReadStream(file));
}

/** What a container of the image would see. */
async function files(runtime: Runtime, name: string): Promise<(string | undefined)[]> {
  const { chain } = await runtime.images.find(name);
  const { layers } = await runtime.images.store();
  const trees = chain.map((id) => layers.treePath(id));
  return trees.map((tree) => readdirSync(path.join(tree, 'etc')).join());
}

const can = requires({ root: true, skopeo: true, umoci: true, zstd: true });

describe.skipIf(!can)('images as archives', () => {
  it(
    'are loaded as skopeo wrote them, and come back the same',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      const [image] = await load(runtime, written(store, 'oci-archive'));
      expect(image?.names).toEqual([NAME]);
      expect(await files(runtime, NAME)).toEqual(['gone,kept', 'gone,new']);

      const oci = path.join(store.directory, 'ours.tar');
      writeFileSync(oci, await bytesOf(await images.save(NAME, { format: 'oci-archive' })));
      const copy = store.makeDirectory('copy');
      skopeoCopy(`oci-archive:${oci}:${NAME}`, `dir:${copy}`);
      expect(digestOf(readFileSync(path.join(copy, 'manifest.json')))).toBe(image?.digest);
      expect(await bytesOf(await images.save(NAME, { format: 'oci-archive' }))).toEqual(readFileSync(oci));

      const directory = path.join(store.directory, 'ours');
      await images.saveDirectory(NAME, directory);
      execFileSync(
        'umoci',
        ['unpack', '--image', `${directory}:${NAME}`, path.join(store.directory, 'bundle')],
        {
          stdio: 'pipe',
        },
      );
      expect(readdirSync(path.join(store.directory, 'bundle/rootfs/etc')).sort()).toEqual(['kept', 'new']);

      await images.remove(NAME);
      for (const bytes of [
        gzipSync(readFileSync(oci)),
        execFileSync('zstd', ['-q', '-c'], { input: readFileSync(oci) }),
      ]) {
        const [again] = await images.load(Readable.from([bytes]));
        expect([again?.digest, again?.id, again?.names]).toEqual([image?.digest, image?.id, [NAME]]);
        await images.remove(NAME);
      }
      expect(readdirSync(path.join(store.root, 'images/blobs/sha256'))).toEqual([]);
    }),
  );

  it(
    'are directories of containers/image too, which skopeo writes and reads',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      const [image] = await load(runtime, written(store, 'oci-archive'));
      const ours = path.join(store.directory, 'ours');
      await images.saveDirectory(NAME, ours, { format: 'docker-dir' });
      const theirs = store.makeDirectory('theirs');
      skopeoCopy(`dir:${ours}`, `dir:${theirs}`);
      expect(readFileSync(path.join(theirs, 'manifest.json'))).toEqual(
        readFileSync(path.join(ours, 'manifest.json')),
      );
      const other = await images.import(Readable.from([BOTTOM]), { name: 'other' });
      await expect(
        images.saveDirectory([NAME, other.id], store.makeDirectory('two'), { format: 'docker-dir' }),
      ).rejects.toThrow('one image alone');
      await images.prune({ all: true });
      const [loaded] = await images.load(packPath(theirs));
      expect([loaded?.id, loaded?.names]).toEqual([image?.id, []]);
      expect(await files(runtime, image?.id ?? '')).toEqual(['gone,kept', 'gone,new']);
      await images.prune({ all: true });
    }),
  );

  it.skipIf(!requires({ buildah: true }))(
    'are read by buildah as ours, and ours reads what buildah writes',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      await load(runtime, written(store, 'oci-archive'));
      const ours = path.join(store.directory, 'ours.tar');
      writeFileSync(ours, await bytesOf(await images.save(NAME, { format: 'oci-archive' })));
      const places = [
        '--root',
        store.makeDirectory('buildah'),
        '--runroot',
        store.makeDirectory('buildah-run'),
      ];
      const buildah = (...args: string[]) =>
        execFileSync('buildah', [...places, '--storage-driver', 'vfs', ...args], {
          encoding: 'utf8',
          stdio: 'pipe',
        }).trim();
      const container = buildah('from', `oci-archive:${ours}`);
      const added = path.join(store.directory, 'added');
      writeFileSync(added, 'added');
      buildah('copy', container, added, '/etc/new');
      buildah('config', '--cmd', '["cat","/etc/new"]', '--label', 'by=buildah', container);
      const theirs = path.join(store.directory, 'theirs.tar');
      buildah(
        'commit',
        '--disable-compression=false',
        container,
        `oci-archive:${theirs}:example.org/built:1`,
      );
      const [built] = await load(runtime, theirs);
      expect(built?.config.config).toMatchObject({ Cmd: ['cat', '/etc/new'], Labels: { by: 'buildah' } });
      expect(built?.config.config?.Env).toContain('A=b');
      const trees = await files(runtime, built?.id ?? '');
      expect(trees.at(-1)?.split(',')).toContain('new');
      await images.prune({ all: true });
    }),
  );

  it(
    'are docker archives too, of several images, with layers decompressed',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      const [image] = await load(runtime, written(store, 'docker-archive'));
      expect(image?.names).toEqual([NAME]);
      expect(image?.manifest.layers.map(({ digest }) => digest)).toEqual([BOTTOM, TOP].map(digestOf));
      const other = await images.import(Readable.from([TOP]), { name: 'small' });

      const both = await bytesOf(await images.save([NAME, 'small'], {}));
      const names = listWithTar(both);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toHaveLength(5);
      const file = path.join(store.directory, 'both.tar');
      writeFileSync(file, both);
      for (const name of [NAME, 'localhost/small:latest']) {
        const config = execFileSync('skopeo', [
          'inspect',
          '--config',
          '--raw',
          `docker-archive:${file}:${name}`,
        ]);
        expect([image?.id, other.id]).toContain(digestOf(config).slice(7));
      }
      await images.prune({ all: true });
      const loaded = await load(runtime, file);
      expect(loaded.map(({ id, names: own }) => [id, ...own])).toEqual([
        [image?.id, NAME],
        [other.id, 'localhost/small:latest'],
      ]);
      await images.prune({ all: true });
    }),
  );

  it(
    'are made of trees, which say how they are run',
    withStore(async (runtime, store) => {
      const file = path.join(store.directory, 'tree.tar.gz');
      writeFileSync(file, gzipSync(BOTTOM));
      const changes = [
        'CMD ["/bin/tool", "a b"]',
        'ENV=A=b C="d e"',
        'USER app',
        'EXPOSE 80',
        'VOLUME /data',
      ];
      const image = await runtime.images.import(file, { name: 'tree:1', changes, message: 'by hand' });
      expect(image.config).toMatchObject({
        config: {
          Cmd: ['/bin/tool', 'a b'],
          Env: ['A=b', 'C=d e'],
          User: 'app',
          ExposedPorts: { '80/tcp': {} },
          Volumes: { '/data': {} },
        },
        history: [{ comment: 'by hand' }],
        rootfs: { diff_ids: [digestOf(BOTTOM)] },
      });
      expect(await files(runtime, 'tree:1')).toEqual(['gone,kept']);
      expect(
        execFileSync('skopeo', ['inspect', '--config', `oci:${store.root}/images:localhost/tree:1`], {
          encoding: 'utf8',
        }),
      ).toContain('by hand');

      const server = createServer((request, response) => {
        if (request.url === '/moved') response.writeHead(302, { location: '/tree' }).end();
        else if (request.url === '/tree') response.end(readFileSync(file));
        else response.writeHead(404).end();
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const at = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
      try {
        const fetched = await runtime.images.import(`${at}/moved`, { platform: 'linux/arm64/v8' });
        expect([fetched.names, fetched.config.architecture, fetched.config.variant]).toEqual([
          [],
          'arm64',
          'v8',
        ]);
        await expect(runtime.images.import(`${at}/none`)).rejects.toMatchObject({
          code: 'ERR_NO_SUCH_IMAGE',
        });
      } finally {
        server.closeAllConnections();
        server.close();
      }
      await runtime.images.prune({ all: true });
    }),
  );

  it(
    'are refused where they are none, and leave nothing',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      const code = (work: PromiseLike<unknown>) =>
        work.then(
          () => 'none',
          (error: unknown) => (error as { code: string }).code,
        );
      const docker = (manifest: unknown) =>
        images.load(Readable.from([archiveOf({ name: 'manifest.json', data: JSON.stringify(manifest) })]));
      await expect(images.load(Readable.from([BOTTOM]))).rejects.toThrow('there is no image in it');
      await expect(images.load(Readable.from([Buffer.from('nonsense')]))).rejects.toThrow();
      await expect(docker([{ Config: 'x.json', RepoTags: null, Layers: [] }])).rejects.toThrow(
        'which is not in it',
      );
      await expect(docker({})).rejects.toThrow('not as `docker save` writes it');
      const oci = readFileSync(written(store, 'oci-archive'));
      expect(await code(images.load(Readable.from([oci.subarray(0, oci.length / 2)])))).not.toBe('none');
      expect(await code(images.load(Readable.from([oci]), { limits: { layerBytes: 1000 } }))).toBe(
        'ERR_IMAGE_INVALID',
      );
      expect(await code(images.load(Readable.from([oci]), { signal: AbortSignal.abort() }))).toBe(
        'ERR_ABORTED',
      );
      expect(await code(images.import(Readable.from([BOTTOM]), { changes: ['RUN x'] }))).toBe(
        'ERR_INVALID_ARGUMENT',
      );
      expect(await code(images.import(Readable.from([BOTTOM]), { name: 'A' }))).toBe('ERR_INVALID_ARGUMENT');
      expect(await code(images.import(Readable.from([gunzipSync(gzipSync('text'))])))).toBe('ERR_ARCHIVE');
      expect(await code(images.import(path.join(store.directory, 'none')))).toBe('ERR_NOT_FOUND');
      expect(await code(images.load(createReadStream(path.join(store.directory, 'none'))))).toBe('ENOENT');
      expect(await code(images.save('none'))).toBe('ERR_NO_SUCH_IMAGE');
      expect(await images.list()).toEqual([]);
      await images.prune();
      expect(readdirSync(path.join(store.root, 'images/blobs/sha256'))).toEqual([]);
      expect(readdirSync(path.join(store.root, 'images/parts'))).toEqual([]);
    }),
  );

  it(
    'keep what they read until they are read',
    withStore(async (runtime, store) => {
      const { images } = runtime;
      await load(runtime, written(store, 'oci-archive'));
      const archive = await images.save(NAME, { format: 'oci-archive' });
      await images.remove(NAME);
      const file = path.join(store.directory, 'late.tar');
      writeFileSync(file, await bytesOf(archive));
      await images.prune();
      const [image] = await load(runtime, file);
      const [layer = { digest: '' }] = image?.manifest.layers ?? [];
      const blob = path.join(store.root, 'images/blobs/sha256', layer.digest.slice(7));
      writeFileSync(blob, Buffer.alloc(statSync(blob).size));
      await expect(bytesOf(await images.save(NAME, { format: 'oci-archive' }))).rejects.toMatchObject({
        code: 'ERR_IMAGE_INVALID',
      });
      await images.prune({ all: true });
    }),
  );
});
