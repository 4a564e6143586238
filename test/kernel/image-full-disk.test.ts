import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
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
});
