import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { archiveOf, bytesOf } from '../support/archives.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore } from '../support/store.js';

/** Fills a file system, but for some room for records. */
function fill(file: string): void {
  const room = `${file}.room`;
  writeFileSync(room, Buffer.alloc(128 * 1024));
  const fd = openSync(file, 'w');
  try {
    const piece = Buffer.alloc(64 * 1024);
    while (writeSync(fd, piece) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
    rmSync(room);
  }
}

/** Takes all inodes of a file system. */
function exhaust(directory: string): void {
  for (let at = 0; ; at++)
    try {
      writeFileSync(path.join(directory, `inode-${at}`), '');
    } catch {
      return;
    }
}

const NO_SPACE = { code: 'ERR_NO_SPACE' };

describe.skipIf(!requires({ root: true, busybox: true }))('a disk that is full', () => {
  it(
    'is an error of import, load, commit and of volumes, and nothing of them stays',
    withStore(async (runtime, store) => {
      const tree = path.join(store.directory, 'tree.tar');
      execFileSync('tar', ['-C', busyboxRoot(store.makeDirectory('rootfs')), '-cf', tree, '.']);
      const large = archiveOf({ name: 'large', data: randomBytes(1_000_000).toString('base64') });
      await runtime.images.import(Readable.from([large]), { name: 'large' });
      const archive = await bytesOf(await runtime.images.save('large'));
      await runtime.images.prune({ all: true });

      const small = store.makeDirectory('small');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', small]);
      try {
        const root = path.join(small, 'root');
        const other = await store.open({ root, runRoot: path.join(store.directory, 'run-small') });
        const { images } = other;
        await images.import(tree, { name: 'base' });
        const command = ['sh', '-c', 'head -c 2000000 /dev/urandom > /own'];
        const container = await other.createContainer({ image: 'base', command });
        await container.start();
        expect(await container.wait()).toMatchObject({ exitCode: 0 });
        await other.createVolume({ name: 'kept' });
        const seen = () => [
          readdirSync(path.join(root, 'images/parts')),
          readdirSync(path.join(root, 'images/blobs/sha256')).sort(),
          readdirSync(path.join(root, 'layers')).sort(),
        ];
        const before = seen();
        const filler = path.join(small, 'filler');
        fill(filler);
        await expect(images.import(Readable.from([large]), { name: 'more' })).rejects.toMatchObject(NO_SPACE);
        await expect(images.load(Readable.from([archive]))).rejects.toMatchObject(NO_SPACE);
        await expect(images.commit(container.id, { name: 'made' })).rejects.toMatchObject(NO_SPACE);
        await expect(other.importVolume('kept', Readable.from([large]))).rejects.toMatchObject(NO_SPACE);
        expect((await images.list()).map(({ names }) => names)).toEqual([['localhost/base:latest']]);
        await images.prune();
        expect(seen()).toEqual(before);

        rmSync(filler);
        await images.commit(container.id, { name: 'made' });
        const volume = await bytesOf(await other.exportVolume('kept'));
        expect(volume.includes('large')).toBe(false);
        await container.remove();
        await other.removeVolume('kept');
        await images.prune({ all: true });
        await other.close();
      } finally {
        execFileSync('umount', [small]);
      }
    }),
  );

  it(
    'is an error of save to a directory, which is as it was before',
    withStore(async ({ images }, store) => {
      const layer = (bytes: number): Readable =>
        Readable.from([archiveOf({ name: 'file', data: randomBytes(bytes).toString('base64') })]);
      await images.import(layer(1000), { name: 'fits' });
      await images.import(layer(1_500_000), { name: 'large' });
      const small = store.makeDirectory('small');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
      try {
        const layout = path.join(small, 'layout');
        await images.saveDirectory('fits', layout);
        const seen = (): unknown[] => [
          readdirSync(small, { recursive: true }).sort(),
          readFileSync(path.join(layout, 'index.json'), 'utf8'),
        ];
        const before = seen();
        for (const [directory, format] of [
          [layout, 'oci-dir'],
          [path.join(small, 'new/layout'), 'oci-dir'],
          [path.join(small, 'new/docker'), 'docker-dir'],
        ] as const) {
          await expect(images.saveDirectory('large', directory, { format })).rejects.toMatchObject(NO_SPACE);
          expect(seen()).toEqual(before);
        }
        await images.prune({ all: true });
      } finally {
        execFileSync('umount', [small]);
      }
    }),
  );

  it(
    'or has no more inodes, or is read-only, says just that, whatever is made first',
    withStore(async (_runtime, store) => {
      const layer = (): Readable => Readable.from([archiveOf({ name: 'file', data: 'x' })]);
      const small = store.makeDirectory('small');
      for (const [mount, again, message] of [
        ['nr_inodes=40', undefined, 'no space left on device'],
        ['size=1m', 'remount,ro', 'read-only file system'],
      ] as const) {
        execFileSync('mount', ['-t', 'tmpfs', '-o', mount, 'tmpfs', small]);
        try {
          const root = path.join(small, 'root');
          const other = await store.open({ root, runRoot: path.join(store.directory, `run-${mount}`) });
          if (again === undefined) exhaust(small);
          else execFileSync('mount', ['-o', again, small]);
          expect(await other.images.list()).toEqual([]);
          await expect(other.images.import(layer(), { name: 'x' })).rejects.toThrow(message);
          await expect(other.images.pull('127.0.0.1:1/x')).rejects.toThrow(message);
          await expect(other.createVolume({ name: 'v' })).rejects.toThrow(message);
          await other.close();
        } finally {
          execFileSync('umount', [small]);
        }
      }
    }),
  );
});
