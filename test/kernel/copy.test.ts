import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { packPath, unpackInto, type Container, type Runtime } from '../../src/index.js';
import { archiveOf, bytesOf, listWithTar } from '../support/archives.js';
import { parentOf } from '../support/kill-monitor.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore, type TestStore } from '../support/store.js';

function script(runtime: Runtime, store: TestStore, text: string, more: Record<string, unknown> = {}) {
  return runtime.createContainer({
    rootfs: busyboxRoot(store.makeDirectory('r')),
    overlay: true,
    command: ['sh', '-c', text],
    ...more,
  });
}

const piece = (archive: Buffer): Readable => Readable.from([archive]);
const gone = (container: Container) => container.remove({ force: true, timeout: 0 });

/** Waits until a container has written a line. */
async function said(container: Container): Promise<void> {
  for await (const _ of container.logs({ follow: true })) return;
}

describe.runIf(requires({ root: true, busybox: true }))('export', () => {
  it(
    'is the root without what is mounted in it, whether the container runs or not',
    withStore(async (runtime, store) => {
      const volume = store.makeDirectory('volume');
      writeFileSync(path.join(volume, 'in-the-volume'), 'x');
      const mounts = [{ destination: '/data', type: 'bind', source: volume, options: ['rbind'] }];
      const text = 'echo new > /new; rm /etc/group; echo ready; sleep 1000';
      const container = await script(runtime, store, text, { mounts });
      const before = listWithTar(await bytesOf(await container.export()));
      expect(before).toContain('etc/group');
      await container.start();
      await said(container);
      const during = listWithTar(await bytesOf(await container.export()));
      expect(during).toContain('new');
      expect(during).toContain('data/');
      expect(during).not.toContain('etc/group');
      expect(during.filter((name) => /^(proc|sys|dev|data)\/./.test(name))).toEqual([]);
      await container.stop({ timeout: 0 });
      expect(listWithTar(await bytesOf(await container.export()))).toEqual(during);
      await gone(container);
    }),
  );

  it(
    'holds nobody up: the container is started, stopped and removed while a reader does not read',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'sleep 1000');
      const stream = await container.export();
      await container.start();
      await container.stop({ timeout: 0 });
      await gone(container);
      stream.destroy();
    }),
  );

  it(
    'can be imported: the archive makes the same root again',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'true');
      const out = store.makeDirectory('out');
      await unpackInto(out, await container.export());
      execFileSync('diff', ['-r', '--no-dereference', path.join(store.directory, 'r'), out]);
      await gone(container);
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('copies', () => {
  it(
    'go in and out of a container that runs and of one that does not',
    withStore(async (runtime, store) => {
      const source = store.makeDirectory('source');
      mkdirSync(path.join(source, 'sub'));
      writeFileSync(path.join(source, 'sub/file'), 'content');
      symlinkSync('sub/file', path.join(source, 'link'));
      const container = await script(runtime, store, 'sleep 1000', { user: '1000:1000' });
      for (const running of [false, true]) {
        if (running) await container.start();
        const name = `copy-${running}`;
        await container.copyIn('/tmp', packPath(source, { name }), { owner: 'container' });
        const found = await container.stat(`/tmp/${name}/link`);
        expect(found).toMatchObject({
          path: `/tmp/${name}/sub/file`,
          size: 7,
          uid: 1000,
          gid: 1000,
          isFile: true,
        });
        const out = store.makeDirectory(`out-${running}`);
        await unpackInto(out, await container.copyOut(`tmp/${name}`));
        execFileSync('diff', ['-r', '--no-dereference', source, path.join(out, name)]);
        const contents = listWithTar(await bytesOf(await container.copyOut(`/tmp/${name}/.`)));
        expect(contents).toEqual(['link', 'sub/', 'sub/file']);
        const one = await container.copyOut(`/tmp/${name}/link`, { name: 'other' });
        expect(listWithTar(await bytesOf(one))).toEqual(['other']);
      }
      await gone(container);
    }),
  );

  it(
    'reach the volumes of a container that runs, and write into files that are mounted',
    withStore(async (runtime, store) => {
      const volume = store.makeDirectory('volume');
      const container = await script(runtime, store, 'sleep 1000', {
        mounts: [{ destination: '/data', type: 'bind', source: volume, options: ['rbind'] }],
      });
      await container.start();
      await container.copyIn('/data', piece(archiveOf({ name: 'file', data: 'x' })));
      expect(readFileSync(path.join(volume, 'file'), 'utf8')).toBe('x');
      const out = listWithTar(await bytesOf(await container.copyOut('/')));
      expect(out).toContain('data/file');
      expect(out.filter((name) => /^(proc|sys)\/./.test(name))).toEqual([]);
      await container.copyIn('/etc', piece(archiveOf({ name: 'hosts', data: '1.2.3.4 five\n' })));
      const pid = await container.pid();
      expect(readFileSync(`/proc/${pid}/root/etc/hosts`, 'utf8')).toBe('1.2.3.4 five\n');
      // It is still the file that the engine mounts there.
      expect(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).toContain(' /etc/hosts ');
      await gone(container);
    }),
  );

  it(
    'tell what is missing, and what is no directory',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'true');
      await expect(container.copyOut('/nowhere')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
      await expect(container.copyOut('/etc/passwd/.')).rejects.toMatchObject({ code: 'ERR_NOT_A_DIRECTORY' });
      await expect(container.copyOut('/etc/passwd/x')).rejects.toMatchObject({ code: 'ERR_NOT_A_DIRECTORY' });
      const nothing = archiveOf({ name: 'a' });
      await expect(container.copyIn('/nowhere', piece(nothing))).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
      });
      await expect(container.copyIn('/etc/passwd', piece(nothing))).rejects.toMatchObject({
        code: 'ERR_NOT_A_DIRECTORY',
      });
      await expect(container.copyIn('/', piece(Buffer.from('no archive'.repeat(100))))).rejects.toMatchObject(
        {
          code: 'ERR_ARCHIVE',
        },
      );
      await gone(container);
    }),
  );

  it(
    'follow links within the container alone, climb nowhere, and open no device and no FIFO',
    withStore(async (runtime, store) => {
      const secret = path.join(store.makeDirectory('outside'), 'secret');
      writeFileSync(secret, 'secret');
      const text = `mkdir -p /sub; ln -s ${path.dirname(secret)} /out; ln -s ../../../../..${path.dirname(secret)} /up
        ln -s /proc/1/root /magic; mkfifo /sub/fifo; mknod /sub/zero c 1 5; ln -s /loop /loop
        mkdir -p /usr/share/x /usr/deep; echo y >/usr/share/x/f; ln -s ../share/x/f /usr/deep/l; ln -s usr/deep /short
        echo ready; sleep 1000`;
      const container = await script(runtime, store, text, { capAdd: ['MKNOD'] });
      await container.start();
      await said(container);
      for (const link of ['/out/secret', '/up/secret', `/../..${secret}`, '/loop', '/magic/etc/passwd'])
        await expect(container.copyOut(link)).rejects.toMatchObject({
          code: expect.stringMatching(/^ERR_/) as string,
        });
      for (const link of ['/out', '/up', `/../..${path.dirname(secret)}`])
        await expect(
          container.copyIn(link, piece(archiveOf({ name: 'secret', data: 'hit' }))),
        ).rejects.toMatchObject({
          code: 'ERR_NOT_FOUND',
        });
      expect(
        listWithTar(await bytesOf(await container.copyOut('/sub')), '-v').map((line) => line[0]),
      ).toEqual(['d', 'p', 'c']);
      expect(listWithTar(await bytesOf(await container.copyOut('/sub/fifo')))).toEqual(['fifo']);
      expect(readFileSync(secret, 'utf8')).toBe('secret');
      // What is above a directory is above the one that a link led to.
      for (const file of ['/short/l', 'short/../share/x/f', '/short/./l'])
        expect(await container.stat(file)).toMatchObject({ path: '/usr/share/x/f', size: 2 });
      await expect(container.stat('/short/none')).rejects.toThrow(/cannot find \/short\/none: no such file/);
      await gone(container);
    }),
  );

  it(
    'of a container that swaps directories and links meanwhile never leave it',
    withStore(async (runtime, store) => {
      const outside = store.makeDirectory('outside');
      writeFileSync(path.join(outside, 'f'), 'secret');
      const text = `mkdir -p /w/real; echo inside > /w/real/f; ln -s ${outside} /w/evil; echo ready
        while :; do mv /w/real /w/dir; mv /w/dir /w/real; ln -sfn ${outside} /w/dir; rm -f /w/dir; done`;
      const container = await script(runtime, store, text);
      await container.start();
      await said(container);
      let [copied, written] = [0, 0];
      for (let round = 0; round < 100; round++) {
        try {
          const archive = await bytesOf(await container.copyOut('/w/dir/f'));
          expect(archive.includes('secret')).toBe(false);
          copied++;
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^ERR_/);
        }
        try {
          const archive = archiveOf({ name: 'dir/f', data: 'hit' }, { name: 'dir/g', data: 'hit' });
          await container.copyIn('/w', piece(archive), { overwrite: true });
          written++;
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^ERR_/);
        }
      }
      expect(copied + written).toBeGreaterThan(0);
      expect(readdirSync(outside)).toEqual(['f']);
      expect(readFileSync(path.join(outside, 'f'), 'utf8')).toBe('secret');
      await gone(container);
    }),
  );

  it(
    'that are given up, or fill the disk, leave no half a file',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'sleep 1000', {
        mounts: [{ destination: '/small', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] }],
      });
      await container.start();
      const big = archiveOf({ name: 'big', data: 'x'.repeat(3_000_000) });
      await expect(container.copyIn('/small', piece(big))).rejects.toMatchObject({ code: 'ERR_NO_SPACE' });
      const abort = new AbortController();
      async function* source() {
        yield big.subarray(0, 2_000_000);
        setImmediate(() => abort.abort());
        await new Promise(() => undefined);
      }
      await expect(container.copyIn('/tmp', source(), { signal: abort.signal })).rejects.toMatchObject({
        code: 'ERR_ABORTED',
      });
      for (const directory of ['/small', '/tmp'])
        expect(listWithTar(await bytesOf(await container.copyOut(`${directory}/.`)))).toEqual([]);
      await gone(container);
    }),
  );

  it(
    'find the files of a container whose init has ended, and whose monitor has not said so yet',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'sleep 1000');
      await container.start();
      const init = await container.pid();
      const monitor = parentOf(init);
      process.kill(monitor, 'SIGSTOP');
      process.kill(init, 'SIGKILL');
      const looks = [container.stat('/bin'), container.mount(), container.export()] as const;
      await sleep(50);
      process.kill(monitor, 'SIGCONT');
      expect(await looks[0]).toMatchObject({ isDirectory: true });
      expect(readdirSync(await looks[1])).toContain('bin');
      expect(listWithTar(await bytesOf(await looks[2]))).toContain('bin/');
      await container.unmount();
      await gone(container);
    }),
  );

  it(
    'into a container that does not run are there when it does, and go on while it is started',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('r'));
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      async function* source() {
        yield archiveOf({ name: 'tmp/first', data: '1' }).subarray(0, 1024);
        await container.start();
        yield archiveOf({ name: 'tmp/second', data: '2' });
      }
      await container.copyIn('/', source());
      const inside = `/proc/${await container.pid()}/root/tmp`;
      expect(readdirSync(inside).sort()).toEqual(['first', 'second']);
      await gone(container);
      expect(statSync(rootfs).isDirectory()).toBe(true);
      expect(existsSync(inside)).toBe(false);
    }),
  );
});
