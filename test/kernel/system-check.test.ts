import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packPath, type Image, type Runtime } from '../../src/index.js';
import { archiveOf } from '../support/archives.js';
import { makeLayout, skopeoCopy } from '../support/images.js';
import { TestRegistry } from '../support/registry.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

const plain = { tlsVerify: false, retryDelay: 1 } as const;

const BOTTOM = archiveOf(
  { name: './', type: '5', mode: 0o755 },
  { name: 'etc/', type: '5', mode: 0o711 },
  { name: 'etc/file', data: 'first' },
  { name: 'etc/file', data: 'content' },
  { name: 'etc/other', type: '1', link: 'etc/file' },
  { name: 'etc/link', type: '2', link: '/etc/file' },
  { name: 'gone', data: 'x' },
  { name: 'tool', data: '#!', mode: 0o4755 },
);
const TOP = archiveOf({ name: '.wh.gone' }, { name: 'deep/er/file', data: 'deep' });

function gzipped(tar: Buffer) {
  return {
    bytes: gzipSync(tar),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
  };
}

/** An image of two layers that was pulled, and how to pull it again. */
interface Pulled {
  readonly id: string;
  readonly name: string;
  readonly chain: readonly string[];
  readonly trees: readonly string[];
  readonly blobs: readonly string[];
  readonly config: string;
  readonly manifest: string;
  readonly pull: () => PromiseLike<unknown>;
}

function withImage(body: (runtime: Runtime, image: Pulled) => Promise<void>): () => Promise<void> {
  return withStore(async (runtime, store) => {
    await using registry = await TestRegistry.start(store.makeDirectory('registry'));
    const layout = store.makeDirectory('layout');
    makeLayout(layout, [gzipped(BOTTOM), gzipped(TOP)]);
    const name = `${registry.host}/app:1`;
    skopeoCopy(`oci:${layout}:test`, `docker://${name}`);
    const pull = () => runtime.images.pull(name, plain);
    const image = await pull();
    const { layers, layout: own } = await runtime.images.store();
    await body(runtime, {
      ...{ id: image.id, name, chain: image.chain, pull },
      trees: image.chain.map((chainId) => layers.treePath(chainId)),
      blobs: image.manifest.layers.map(({ digest }) => own.blobPath(digest)),
      config: own.blobPath(image.manifest.config.digest),
      manifest: own.blobPath(image.digest),
    });
    await runtime.images.prune({ all: true });
  });
}

/** Another content of the same size, as a disk that forgets makes it. */
function spoil(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

const NOTHING = { layers: {}, images: {}, containers: {}, errors: false };
const can = requires({ root: true, registry: true, skopeo: true, openssl: true });

describe.runIf(can)('a check of the store', () => {
  it(
    'finds what was done to a layer, and unpacks it anew from its archive',
    withImage(async (runtime, { chain, trees }) => {
      expect(await runtime.checkSystem()).toMatchObject(NOTHING);
      const [bottom = '', top = ''] = trees;
      const [low = '', high = ''] = chain;
      const damage: readonly (readonly [string, string, () => void, string])[] = [
        [
          low,
          'another content',
          () => spoil(path.join(bottom, 'etc/other')),
          'etc/file: its content is another one',
        ],
        [
          low,
          'a file that is cut',
          () => writeFileSync(path.join(bottom, 'etc/file'), 'c'),
          'has 1 bytes instead of 7',
        ],
        [low, 'a file that is gone', () => unlinkSync(path.join(bottom, 'tool')), 'tool: it is missing'],
        [low, 'another mode', () => chmodSync(path.join(bottom, 'tool'), 0o755), 'tool: its mode is 755'],
        [
          low,
          'a stranger',
          () => writeFileSync(path.join(bottom, 'etc/new'), ''),
          'the image has no such file',
        ],
        [
          low,
          'a link that leads elsewhere',
          () => {
            unlinkSync(path.join(bottom, 'etc/link'));
            symlinkSync('/etc/tool', path.join(bottom, 'etc/link'));
          },
          'etc/link: it leads elsewhere',
        ],
        [high, 'a whiteout that is gone', () => unlinkSync(path.join(top, 'gone')), 'gone: it is missing'],
        [high, 'no record', () => unlinkSync(path.join(top, '../layer.json')), 'it is missing'],
        [high, 'a damaged record', () => writeFileSync(path.join(top, '../layer.json'), '{'), 'is damaged'],
      ];
      for (const [chainId, what, harm, sentence] of damage) {
        harm();
        const { layers, images } = await runtime.checkSystem();
        expect(Object.keys(layers), what).toEqual([chainId]);
        expect(layers[chainId]?.join(), what).toContain(sentence);
        expect(images).toEqual({});
        expect((await runtime.checkSystem({ repair: true })).mendedLayers).toEqual([chainId]);
        expect(await runtime.checkSystem(), what).toMatchObject(NOTHING);
      }
      // Contents are not read for a quick one.
      spoil(path.join(bottom, 'etc/file'));
      expect(await runtime.checkSystem({ quick: true })).toMatchObject(NOTHING);
      await runtime.checkSystem({ repair: true });
    }),
  );

  it(
    'finds a blob that is damaged, and its image, which another pull mends',
    withImage(async (runtime, { id, pull, blobs, trees, config, manifest }) => {
      const [blob = ''] = blobs;
      for (const harm of [() => spoil(blob), () => rmSync(blob), () => writeFileSync(blob, 'x')]) {
        harm();
        const found = await runtime.checkSystem();
        expect(Object.keys(found.images)).toEqual([id]);
        expect(found.images[id]?.[0]).toContain(path.basename(blob));
        expect((await runtime.checkSystem({ repair: true })).removedImages).toEqual([id]);
        expect(await runtime.images.list()).toEqual([]);
        await pull();
        expect(await runtime.checkSystem()).toMatchObject(NOTHING);
      }
      // Documents are looked at by each pull.
      for (const document of [config, manifest]) {
        spoil(document);
        expect((await runtime.checkSystem({ quick: true })).errors).toBe(true);
        await pull();
        expect(await runtime.checkSystem()).toMatchObject(NOTHING);
      }
      // An archive and its tree at once.
      spoil(blob);
      rmSync(trees[0] ?? '', { recursive: true });
      rmSync(path.join(trees[0] ?? '', '../layer.json'));
      expect(await runtime.checkSystem({ repair: true })).toMatchObject({
        mendedLayers: [],
        removedImages: [id],
      });
      await pull();
      expect(await runtime.checkSystem()).toMatchObject(NOTHING);
    }),
  );

  it(
    'leaves an image that a container has, less what is damaged; by force both go',
    withImage(async (runtime, { id, name, pull, blobs }) => {
      const container = await runtime.createContainer({ image: name, command: ['/tool'] });
      spoil(blobs[1] ?? '');
      expect(await runtime.checkSystem({ repair: true })).toMatchObject({
        removedImages: [],
        removedContainers: [],
      });
      expect((await runtime.checkSystem({ quick: true })).images[id]?.[0]).toContain('is missing');
      await pull();
      expect(await runtime.checkSystem()).toMatchObject(NOTHING);
      spoil(blobs[1] ?? '');
      expect(await runtime.checkSystem({ repair: true, force: true })).toMatchObject({
        ...{ removedImages: [id], removedContainers: [container.id] },
      });
      expect(await runtime.containers()).toEqual([]);
    }),
  );
});

/** Loads images of one layer each, without a registry; answers them by name. */
async function loadImages(runtime: Runtime, store: TestStore, ...names: readonly string[]): Promise<Image[]> {
  const found: Image[] = [];
  for (const name of names) {
    const layout = store.makeDirectory(`layout-${found.length}`);
    makeLayout(layout, [gzipped(archiveOf({ name: 'bin/tool', data: name, mode: 0o755 }))], { name });
    found.push(...(await runtime.images.load(packPath(layout))));
  }
  return found;
}

const names = async ({ images }: Runtime) => (await images.list()).flatMap((image) => image.names).sort();

describe.runIf(requires({ root: true }))('the files of the image store', () => {
  it(
    'cost no other image when a document of one is damaged, and a record of a layer says where it is',
    withStore(async (runtime, store) => {
      const [bad, good] = (await loadImages(runtime, store, 'test/bad:1', 'test/good:1')) as [Image, Image];
      const { layout, layers } = await runtime.images.store();
      const record = path.join(layers.treePath(bad.chain[0] ?? ''), '../layer.json');
      const harms: readonly (readonly [file: string, harm: () => void])[] = [
        [bad.digest, () => rmSync(layout.blobPath(bad.digest))],
        [layout.blobPath(bad.digest), () => truncateSync(layout.blobPath(bad.digest), 100)],
        [
          layout.blobPath(bad.manifest.config.digest),
          () => spoil(layout.blobPath(bad.manifest.config.digest)),
        ],
      ];
      for (const [file, harm] of harms) {
        harm();
        expect(await names(runtime)).toEqual(good.names);
        const [problem] = await runtime.images.unreadable();
        expect(problem).toMatchObject({ digest: bad.digest, names: bad.names });
        expect(problem?.problem.message).toContain(file);
        await expect(runtime.images.find(bad.names[0] ?? '')).rejects.toThrow(/system check --repair/);
        // Another image can be removed, and nothing that a repair may need goes with it.
        await runtime.images.remove(good.names[0] ?? '');
        await loadImages(runtime, store, 'test/bad:1', 'test/good:1');
        expect(await names(runtime)).toEqual([...bad.names, ...good.names]);
      }
      for (const text of ['{', 'null', '{"size":"x","opaque":false}', '{"size":1}']) {
        writeFileSync(record, text);
        expect(await names(runtime)).toEqual([...bad.names, ...good.names]);
        await expect(runtime.images.mount('test/bad:1')).rejects.toThrow(record);
        await loadImages(runtime, store, 'test/bad:1');
        expect(await runtime.checkSystem()).toMatchObject(NOTHING);
      }
      rmSync(layers.treePath(bad.chain[0] ?? ''), { recursive: true });
      expect((await runtime.checkSystem({ repair: true })).mendedLayers).toEqual(bad.chain);
      rmSync(layout.blobPath(bad.manifest.layers[0]?.digest ?? ''));
      mkdirSync(layout.blobPath(bad.manifest.layers[0]?.digest ?? ''));
      expect((await runtime.checkSystem({ repair: true })).removedImages).toEqual([bad.id]);
      expect(await runtime.checkSystem()).toMatchObject(NOTHING);
      await runtime.images.prune({ all: true });
    }),
  );

  it(
    'are made anew: a lost index with the images, without their names, and never as an empty one',
    withStore(async (runtime, store) => {
      const [one, two] = (await loadImages(runtime, store, 'test/one:1', 'test/two:1')) as [Image, Image];
      const container = await runtime.createContainer({ image: 'test/one:1', command: ['/bin/tool'] });
      const { layout } = await runtime.images.store();
      const whole = readFileSync(layout.indexFile);
      const harms: readonly (readonly [sentence: string, harm: () => void])[] = [
        ['is missing', () => rmSync(layout.indexFile)],
        ['is not JSON', () => truncateSync(layout.indexFile, 100)],
        [
          'EISDIR',
          () => {
            rmSync(layout.indexFile);
            mkdirSync(layout.indexFile);
          },
        ],
      ];
      for (const [sentence, harm] of harms) {
        harm();
        // A new engine makes no empty index in its place, and no sweep takes the blobs.
        const other = await store.open();
        await expect(other.images.prune({ all: true })).rejects.toThrow(layout.indexFile);
        await expect(loadImages(other, store, 'test/three:1')).rejects.toThrow(/system check --repair/);
        expect(await runtime.checkSystem()).toMatchObject({
          files: { [layout.indexFile]: [expect.stringContaining(sentence)] },
          mendedFiles: {},
        });
        const report = await runtime.checkSystem({ repair: true });
        expect(Object.keys(report.mendedFiles)).toEqual([layout.indexFile]);
        expect(report.foundImages).toEqual({ [one.id]: ['localhost/test/one:1'], [two.id]: [] });
        expect(await names(runtime)).toEqual([]);
        expect((await runtime.images.list()).map(({ id }) => id)).toEqual(
          expect.arrayContaining([one.id, two.id]),
        );
        expect(await runtime.checkSystem()).toMatchObject(NOTHING);
        writeFileSync(layout.indexFile, whole);
      }
      expect(readdirSync(layout.directory).filter((name) => name.includes('damaged'))).toHaveLength(2);
      for (const name of readdirSync(layout.directory))
        if (name.includes('damaged')) rmSync(path.join(layout.directory, name), { recursive: true });
      writeFileSync(layout.layoutFile, '{}');
      expect((await runtime.checkSystem({ repair: true })).mendedFiles).toHaveProperty([layout.layoutFile]);
      expect(JSON.parse(readFileSync(layout.layoutFile, 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
      rmSync(`${layout.layoutFile}.damaged`);
      await container.remove();
      await runtime.images.prune({ all: true });
    }),
  );
});

describe.runIf(can)('disk usage', () => {
  it(
    'counts each layer once, what containers wrote, and volumes',
    withImage(async (runtime, { id, name }) => {
      const { mountpoint } = await runtime.createVolume({ name: 'data' });
      writeFileSync(path.join(mountpoint, 'file'), Buffer.alloc(1234));
      const container = await runtime.createContainer({ image: name, command: ['/tool'] });
      await runtime.images.tag(name, 'other');
      const usage = await runtime.diskUsage();
      expect(usage.imagesSize).toBe(BOTTOM.length + TOP.length);
      expect(usage.images).toMatchObject([{ id, sharedSize: 0, uniqueSize: usage.imagesSize }]);
      expect(usage.images[0]?.containers).toEqual([container.id]);
      expect(usage.containers).toMatchObject([{ id: container.id, rwSize: 0 }]);
      expect(usage.volumes).toMatchObject([{ name: 'data', size: 1234, containers: [] }]);
      await container.remove();
      await runtime.removeVolume('data');
    }),
  );
});
