import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackLayer } from '../../src/images/layers/unpack.js';
import type { Runtime } from '../../src/index.js';
import { archiveOf, headerBlock } from '../support/archives.js';
import { guarded } from '../support/guarded.js';
import { makeLayout } from '../support/images.js';
import { LyingRegistry, type Lies } from '../support/lying-registry.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';
import { xattrsOf } from '../support/xattrs.js';

const plain = { tlsVerify: false, retryDelay: 1 } as const;
const ROOT = requires({ root: true });
/** What is beneath a lowest layer. */
const NOTHING = { lower: [], whole: false };

/** A layer's archive in a file, with what its image says of it. */
function layerFile(store: TestStore, tar: Buffer, packed: Buffer = tar, diffId?: string) {
  const file = path.join(store.directory, 'layer.tar');
  writeFileSync(file, packed);
  return {
    read: () => createReadStream(file),
    size: packed.length,
    diffId: diffId ?? `sha256:${createHash('sha256').update(tar).digest('hex')}`,
  };
}

/** Unpacks a layer into a directory, beside which there is something to reach for; answers the directory. */
async function unpack(store: TestStore, tar: Buffer, lower: readonly string[] = []): Promise<string> {
  const tree = store.makeDirectory('layers/tree');
  await unpackLayer(layerFile(store, tar), tree, { lower, whole: false });
  return tree;
}

/** What is around the directory of a layer, but for the archive. */
const around = (store: TestStore): string[] =>
  readdirSync(store.directory).filter((name) => name !== 'layer.tar');

describe.runIf(ROOT)('the archive of a layer', () => {
  it.each([
    ['a name that leads out', [{ name: '../out', data: 'x' }], 'leads out'],
    ['a name that leads out in the middle', [{ name: 'a/../../out', data: 'x' }], 'leads out'],
    ['a link at a name that leads out', [{ name: '../out', type: '2', link: 'x' }], 'leads out'],
    ['a hard link to what is outside', [{ name: 'a', type: '1', link: '../victim/file' }], 'leads out'],
    [
      'a hard link to an absolute name that is not there',
      [{ name: 'a', type: '1', link: '/etc/passwd' }],
      'ENOENT',
    ],
    ['a device at a name that leads out', [{ name: '../out', type: '3', major: 1, minor: 3 }], 'leads out'],
    ['a whiteout that leads out', [{ name: '../.wh.victim' }], 'leads out'],
    ['a whiteout of the directory above', [{ name: 'a/.wh...' }], 'hides nothing'],
    ['an opaque directory that leads out', [{ name: '../victim/.wh..wh..opq' }], 'leads out'],
    ['an entry of no known type', [{ name: 'a', type: 'Z' }], 'not understood'],
  ] as const)('with %s is refused', (_what, entries, sentence) =>
    guarded(async (store) => {
      writeFileSync(path.join(store.makeDirectory('victim'), 'file'), 'kept');
      await expect(unpack(store, archiveOf(...entries))).rejects.toThrow(sentence);
      expect(around(store)).toEqual(['layers', 'victim']);
      expect(readdirSync(path.join(store.directory, 'victim'))).toEqual(['file']);
      expect(readdirSync(path.join(store.directory, 'layers'))).toEqual(['tree']);
    })(),
  );

  it(
    'with a link for every parent stays within itself, absolute names too',
    guarded(async (store) => {
      const victim = store.makeDirectory('victim');
      writeFileSync(path.join(victim, 'file'), 'kept');
      const up = '../'.repeat(20);
      const tree = await unpack(
        store,
        archiveOf(
          { name: 'a/', type: '5', mode: 0o755 },
          { name: 'up', type: '2', link: `${up}a` },
          { name: 'up/one', data: '1' },
          { name: 'a/again', type: '2', link: '/up' },
          { name: 'a/again/two', data: '2' },
          { name: '/a/three', data: '3' },
          // A link in the place of a file that is written after it.
          { name: 'here', type: '2', link: path.join(victim, 'file') },
          { name: 'here', data: 'mine' },
          // A hard link to a link, and what is written to it.
          { name: 'there', type: '2', link: path.join(victim, 'file') },
          { name: 'twice', type: '1', link: 'there' },
          { name: 'twice', data: 'mine too' },
        ),
      );
      expect(readdirSync(path.join(tree, 'a')).sort()).toEqual(['again', 'one', 'three', 'two']);
      expect(lstatSync(path.join(tree, 'here')).isFile()).toBe(true);
      expect(readFileSync(path.join(tree, 'twice'), 'utf8')).toBe('mine too');
      expect(readFileSync(path.join(victim, 'file'), 'utf8')).toBe('kept');
    }),
  );

  it(
    'with a tree that is deeper than a path can name is checked and removed as any other',
    withStore(async (runtime, store) => {
      const part = 'd'.repeat(200);
      const deep = (from: string, depth: number): string => [from, ...Array(depth).fill(part)].join('/');
      const levels = Array.from({ length: 14 }, (_, level) => level + 1);
      const long = (key: string, value: string): { name: string; type: string; data: string } => {
        const rest = ` ${key}=${value}\n`;
        const size = rest.length + String(rest.length + 4).length;
        return { name: 'pax', type: 'x', data: `${size}${rest}` };
      };
      const tar = archiveOf(
        { name: 'top/', type: '5', mode: 0o755 },
        ...levels.flatMap((level) => [
          long('path', deep('top', level)),
          { name: 'x', type: '5', mode: 0o755 },
        ]),
        long('linkpath', deep('top', 14)),
        { name: 'half', type: '2' },
        ...levels.flatMap((level) => [
          long('path', deep('half', level)),
          { name: 'x', type: '5', mode: 0o755 },
        ]),
      );
      const layers = (): string[] => readdirSync(path.join(store.root, 'layers'));
      const image = await runtime.images.import(Readable.from([tar]));
      expect(layers()).toHaveLength(2);
      expect(await runtime.checkSystem()).toMatchObject({ errors: false });
      await runtime.images.remove(image.id);
      expect(layers()).toEqual(['lock']);
      // And where it is refused when all of it is there.
      const cut = tar.subarray(0, -1024 - 512);
      await expect(runtime.images.import(Readable.from([cut]))).rejects.toMatchObject({
        code: 'ERR_ARCHIVE',
      });
      await runtime.images.prune({ all: true });
      expect(layers()).toEqual(['lock']);
    }),
  );

  it(
    'reaches nothing of the host through links that lead to it',
    guarded(async (store) => {
      const victim = store.makeDirectory('victim');
      const up = '../'.repeat(20);
      for (const link of [victim, `${up}${victim.slice(1)}`, '/proc/self/root', '/proc/self/cwd']) {
        const tar = archiveOf(
          { name: 'out', type: '2', link },
          { name: 'out/file', data: 'x' },
          { name: 'out/.wh.kept' },
          { name: 'out/dir/', type: '5', mode: 0o777 },
        );
        await unpack(store, tar).catch(() => undefined);
        expect(readdirSync(victim)).toEqual([]);
        expect(around(store)).toEqual(['layers', 'victim']);
      }
      expect(existsSync('/out')).toBe(false);
    }),
  );

  it(
    'takes no attributes from below through links of the layers beneath',
    guarded(async (store) => {
      const victim = store.makeDirectory('victim/sub');
      const lower = store.makeDirectory('lower');
      await unpackLayer(
        layerFile(store, archiveOf({ name: 'd', type: '2', link: path.dirname(victim) })),
        lower,
        NOTHING,
      );
      const tree = await unpack(store, archiveOf({ name: 'd/sub/file', data: 'x' }), [lower]);
      expect(statSync(path.join(tree, 'd')).isDirectory()).toBe(true);
      expect(readdirSync(victim)).toEqual([]);
    }),
  );

  it(
    'cannot speak to the overlay, nor make what is no whiteout into one',
    guarded(async (store) => {
      const record = (key: string, value: string): string => {
        const rest = ` ${key}=${value}\n`;
        return `${rest.length + 2}${rest}`;
      };
      const pax = Buffer.from(
        record('SCHILY.xattr.trusted.overlay.redirect', '/etc') + record('SCHILY.xattr.user.kept', 'yes!'),
      );
      const tree = await unpack(
        store,
        Buffer.concat([
          headerBlock({ name: 'pax', type: 'x', size: pax.length }),
          pax,
          Buffer.alloc(-pax.length & 511),
          archiveOf({ name: 'd/', type: '5', mode: 0o755 }),
        ]),
      );
      expect(xattrsOf(path.join(tree, 'd'))).toEqual(['user.kept']);
    }),
  );

  it(
    'is not read on when it is a bomb: by its size, by its ratio, by its entries',
    guarded(async (store) => {
      const tree = store.makeDirectory('tree');
      const size = 300 * 1024 * 1024;
      const zeros = Buffer.concat([headerBlock({ name: 'zeros', size }), Buffer.alloc(size)]);
      // Levels of a stream of zeros: a thousandth of their size.
      const bomb = layerFile(store, Buffer.alloc(0), gzipSync(zeros, { level: 1 }));
      await expect(unpackLayer(bomb, tree, NOTHING, { ratio: 100 })).rejects.toThrow(
        'more than 100 times as many',
      );
      await expect(unpackLayer(bomb, tree, NOTHING, { layerBytes: 1_000_000 })).rejects.toThrow(
        'more than 1000000 bytes',
      );
      expect(readdirSync(tree)).toEqual([]);
      const many = archiveOf(...Array.from({ length: 101 }, (_, at) => ({ name: `d/${at}` })));
      await expect(unpackLayer(layerFile(store, many), tree, NOTHING, { entries: 100 })).rejects.toThrow(
        'more than 100 entries',
      );
      // Directories that a single name takes for granted are made too, and so they count.
      const deep = archiveOf({ name: 'd/'.repeat(40) + 'file' });
      await expect(unpackLayer(layerFile(store, deep), tree, NOTHING, { entries: 40 })).rejects.toThrow(
        'more than 40 entries',
      );
    }),
  );

  it(
    'that lies about sizes is refused: of a file, of a number out of range, of a header',
    guarded(async (store) => {
      const tree = store.makeDirectory('tree');
      const half = Buffer.concat([headerBlock({ name: 'a', size: 4096 }), Buffer.alloc(512)]);
      const negative = headerBlock({ name: 'a' });
      negative.fill(0xff, 124, 136);
      const header = headerBlock({ name: 'pax', type: 'x', size: 100 * 1024 * 1024 });
      for (const [tar, sentence] of [
        [half, 'ends in the middle'],
        [negative, 'the sum of a header is wrong'],
        [header, 'an extended header of 104857600 bytes'],
      ] as const)
        await expect(unpackLayer(layerFile(store, tar), tree, NOTHING)).rejects.toThrow(sentence);
    }),
  );
});

describe.runIf(ROOT)('a registry that lies', () => {
  const TAR = archiveOf({ name: 'file', data: 'content' });

  /** Pulls the image of a layout from a registry with these lies. */
  async function pulled(runtime: Runtime, store: TestStore, lies: Lies, more: object = {}): Promise<unknown> {
    const layout = path.join(store.directory, 'layout');
    mkdirSync(layout, { recursive: true });
    makeLayout(layout, [{ bytes: TAR }], more);
    await using registry = await LyingRegistry.start(layout, lies);
    return await runtime.images.pull(`${registry.host}/app`, plain);
  }

  const INDEX = 'application/vnd.oci.image.index.v1+json';
  const changed =
    (change: (manifest: Record<string, unknown>) => object) =>
    (told: Buffer): string =>
      JSON.stringify(change(JSON.parse(told.toString()) as Record<string, unknown>));

  it(
    'about digests, sizes or media types is found out, and nothing of its image stays',
    withStore(async (runtime, store) => {
      const layer = {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: `sha256:${createHash('sha256').update(TAR).digest('hex')}`,
      };
      const cases: readonly (readonly [string, Lies, object, string])[] = [
        [
          'another layer',
          { blob: (told) => (told.equals(TAR) ? Buffer.alloc(TAR.length) : told) },
          {},
          'digest',
        ],
        [
          'a longer layer',
          { blob: (told) => (told.equals(TAR) ? Buffer.concat([told, told]) : told) },
          {},
          'longer than',
        ],
        [
          'a size that lies',
          {},
          { manifest: { layers: [{ ...layer, size: 10 }] } },
          'longer than the 10 bytes',
        ],
        ['a negative size', {}, { manifest: { layers: [{ ...layer, size: -1 }] } }, 'size'],
        [
          'a digest that is a path',
          {},
          { manifest: { layers: [{ ...layer, size: 1, digest: 'sha256:../../../../etc/passwd' }] } },
          'digest',
        ],
        [
          'an index that is called a manifest',
          { manifest: changed((told) => ({ ...told, mediaType: INDEX })) },
          {},
          'mediaType',
        ],
        ['a manifest that is called an index', { mediaType: INDEX }, {}, 'manifests'],
        [
          'an index and a manifest at once',
          { manifest: changed((told) => ({ ...told, manifests: [] })) },
          {},
          'at once',
        ],
        [
          'a layer that is called a configuration',
          {},
          {
            manifest: {
              layers: [{ ...layer, size: TAR.length, mediaType: 'application/vnd.oci.image.config.v1+json' }],
            },
          },
          'no layer that is understood',
        ],
        [
          'foreign layers',
          {},
          {
            manifest: {
              layers: [
                {
                  ...layer,
                  size: TAR.length,
                  mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
                  urls: ['file:///etc/passwd'],
                },
              ],
            },
          },
          'no layer that is understood',
        ],
        [
          'one layer too many',
          {},
          { top: { rootfs: { type: 'layers', diff_ids: [layer.digest, layer.digest] } } },
          'digests of 2',
        ],
        ['no JSON', { manifest: () => 'x' }, {}, 'is not JSON'],
      ];
      for (const [what, lies, more, sentence] of cases) {
        await expect(pulled(runtime, store, lies, more), what).rejects.toThrow(sentence);
        expect(await runtime.images.list(), what).toEqual([]);
        await runtime.images.prune({ all: true });
        expect(readdirSync(path.join(store.root, 'images/blobs/sha256')), what).toEqual([]);
        expect(readdirSync(path.join(store.root, 'layers')), what).toEqual(['lock']);
      }
    }),
  );
});
