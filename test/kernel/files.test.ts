import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  Descriptor,
  getFileCapabilities,
  getXattr,
  getXattrSync,
  listXattrs,
  listXattrsSync,
  mount,
  onReaderGone,
  openBeneath,
  readIdMaps,
  readSubIds,
  removeXattr,
  removeXattrSync,
  setFileCapabilities,
  setXattr,
  setXattrSync,
  unmount,
  writeIdMaps,
} from '../../src/linux.js';
import { guarded } from '../support/guarded.js';
import { requires } from '../support/requires.js';

describe.runIf(requires({ root: true }))('the reader of a pipe', () => {
  it(
    'is told to be gone when the last one is, and not to whoever has given it up',
    guarded(async (store) => {
      const fifo = path.join(store.directory, 'fifo');
      execFileSync('mkfifo', [fifo]);
      const open = (flags: number) => new Descriptor(openSync(fifo, flags | constants.O_NONBLOCK));
      using first = open(constants.O_RDONLY);
      const second = open(constants.O_RDONLY);
      using writer = open(constants.O_WRONLY);
      let told = 0;
      const giveUp = onReaderGone(writer.fd, () => (told += 100));
      const gone = new Promise<void>((resolve) => {
        onReaderGone(writer.fd, () => {
          told += 1;
          resolve();
        });
      });
      second[Symbol.dispose]();
      writeSync(writer.fd, 'x');
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      expect(told).toBe(0);
      giveUp();
      giveUp();
      first[Symbol.dispose]();
      await gone;
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      expect(told).toBe(1);
      // Without a reader from the beginning; and a file, which has none to lose.
      await new Promise<void>((resolve) => onReaderGone(writer.fd, resolve));
      using file = new Descriptor(openSync(path.join(store.directory, 'file'), 'w'));
      onReaderGone(file.fd, () => (told += 1))();
      expect(told).toBe(1);
    }),
  );
});

describe.runIf(requires({ root: true }))('extended attributes', () => {
  it(
    'are set, read, listed and removed: by path, by descriptor, in a root; at once and on a worker',
    guarded(async (store) => {
      const file = path.join(store.directory, 'file');
      writeFileSync(file, '');
      using descriptor = new Descriptor(openSync(file, 'r'));
      using named = new Descriptor(openSync(file, 0o10000000 /* O_PATH */));
      const inRoot = { root: store.directory, path: '/file' };
      for (const place of [file, descriptor, named, inRoot]) {
        await setXattr(place, 'user.a', 'one');
        setXattrSync(place, 'trusted.b', new Uint8Array([0, 255, 10]));
        expect((await getXattr(place, 'user.a'))?.toString()).toBe('one');
        expect([...getXattrSync(place, 'trusted.b')!]).toEqual([0, 255, 10]);
        expect((await listXattrs(place)).sort()).toEqual(['trusted.b', 'user.a']);
        expect(await removeXattr(place, 'user.a')).toBe(true);
        expect(await removeXattr(place, 'user.a')).toBe(false);
        expect(listXattrsSync(place)).toEqual(['trusted.b']);
        expect(removeXattrSync(place, 'trusted.b')).toBe(true);
        expect(await getXattr(place, 'user.a')).toBeUndefined();
      }
    }),
  );

  it(
    'of any size come whole',
    guarded(async (store) => {
      const directory = store.makeDirectory('fs');
      await mount({ type: 'tmpfs', target: directory });
      const long = Buffer.alloc(60_000, 7);
      await setXattr(directory, 'trusted.long', long);
      expect((await getXattr(directory, 'trusted.long'))?.equals(long)).toBe(true);
      await setXattr(directory, 'trusted.empty', '');
      expect((await getXattr(directory, 'trusted.empty'))?.length).toBe(0);
      const names = Array.from({ length: 40 }, (_, at) => `trusted.name-${at}`);
      for (const name of names) setXattrSync(directory, name, 'x');
      expect(await listXattrs(directory)).toEqual(expect.arrayContaining(names));
      await unmount(directory);
    }),
  );

  it(
    'of a link are its own, and each mistake has its sentence',
    guarded(async (store) => {
      const file = path.join(store.directory, 'file');
      const link = path.join(store.directory, 'link');
      writeFileSync(file, '');
      symlinkSync('file', link);
      await setXattr(link, 'trusted.mine', 'link');
      expect(await getXattr(file, 'trusted.mine')).toBeUndefined();
      expect(await listXattrs({ root: store.directory, path: 'link' })).toEqual(['trusted.mine']);
      await setXattr(file, 'user.a', 'x', 'create');
      await expect(setXattr(file, 'user.a', 'x', 'create')).rejects.toThrow(/it has that attribute already/);
      await expect(setXattr(file, 'user.b', 'x', 'replace')).rejects.toThrow(/it has no such attribute/);
      await expect(setXattr(file, 'nonsense.a', 'x')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
      await expect(setXattr(link, 'user.a', 'x')).rejects.toMatchObject({ code: 'ERR_NOT_PRIVILEGED' });
      await expect(getXattr(`${file}-none`, 'user.a')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
      expect(() => getXattrSync(file, '')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
    }),
  );

  it(
    'hold the capabilities of a program, as the kernel reads them',
    guarded(async (store) => {
      const program = path.join(store.directory, 'cat');
      writeFileSync(program, readFileSync('/bin/cat'), { mode: 0o755 });
      await setFileCapabilities(program, { effective: true, permitted: ['net_raw'], inheritable: [] });
      execFileSync('chmod', ['755', store.directory]);
      const status = execFileSync('setpriv', [
        ...['--reuid', '65534', '--regid', '65534', '--clear-groups'],
        ...[program, '/proc/self/status'],
      ]).toString();
      expect(/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]).toBe('0000000000002000');
      expect(await getFileCapabilities(program)).toEqual({
        effective: true,
        permitted: ['CAP_NET_RAW'],
        inheritable: [],
      });
      await setFileCapabilities(program, undefined);
      expect(await getFileCapabilities(program)).toBeUndefined();
    }),
  );
});

describe.runIf(requires({ root: true }))('a path beneath a directory', () => {
  it(
    'leads nowhere else, whatever links are in the way',
    guarded((store) => {
      const root = store.makeDirectory('tree');
      const secret = path.join(store.directory, 'secret');
      writeFileSync(secret, 'outside');
      mkdirSync(path.join(root, 'etc'));
      symlinkSync(secret, path.join(root, 'absolute'));
      symlinkSync('../secret', path.join(root, 'relative'));
      symlinkSync('/etc', path.join(root, 'inside'));
      for (const name of ['absolute', '/relative', '../secret', 'etc/../../secret'])
        expect(() => openBeneath(root, name), name).toThrow(
          expect.objectContaining({ code: 'ERR_NOT_FOUND' }),
        );
      for (const name of ['absolute', 'relative', '/etc', '../secret'])
        expect(() => openBeneath(root, name, { scope: 'beneath' }), name).toThrow(
          /leads out of the directory/,
        );
      expect(() => openBeneath(root, 'inside/x', { noSymlinks: true })).toThrow(
        /a symbolic link is in the way/,
      );
      expect(() => openBeneath(root, 'inside', { noFollow: true })).toThrow(/ELOOP/);
      expect(() => openBeneath('/proc', 'self/root', {})).toThrow(/ELOOP/);
      expect(() => openBeneath('/', 'proc/version', { noCrossMounts: true })).toThrow(/EXDEV/);

      using directory = new Descriptor(openSync(root, constants.O_RDONLY | constants.O_DIRECTORY));
      renameSync(root, `${root}-moved`);
      using made = openBeneath(directory, '/inside/made', {
        access: 'readWrite',
        create: true,
        exclusive: true,
        mode: 0o600,
      });
      writeSync(made.fd, 'within');
      expect(readFileSync(`${root}-moved/etc/made`, 'utf8')).toBe('within');
      expect(() =>
        openBeneath(directory, 'etc/made', { access: 'write', create: true, exclusive: true }),
      ).toThrow(/EEXIST/);
      using again = openBeneath(directory, 'etc/made', { scope: 'beneath', cached: true });
      const buffer = Buffer.alloc(6);
      readSync(again.fd, buffer);
      expect(buffer.toString()).toBe('within');
      using name = openBeneath(directory, 'etc', { access: 'path', directory: true });
      expect(() => readSync(name.fd, buffer)).toThrow(/EBADF/);
      expect(() => openBeneath(directory, 'etc/made', { directory: true })).toThrow(
        expect.objectContaining({ code: 'ERR_NOT_A_DIRECTORY' }),
      );
    }),
  );

  it(
    'keeps nobody waiting at a FIFO, and takes no nonsense',
    guarded((store) => {
      execFileSync('mkfifo', [path.join(store.directory, 'fifo')]);
      using fifo = openBeneath(store.directory, 'fifo');
      expect(fifo.fd).toBeGreaterThan(2);
      using writer = openBeneath(store.directory, 'fifo', { access: 'write' });
      expect(writer.fd).toBeGreaterThan(fifo.fd);
      for (const options of [{ access: 'all' }, { scope: 'world' }, { mode: -1 }])
        expect(() => openBeneath(store.directory, 'x', options as never)).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
        );
      expect(() => openBeneath(path.join(store.directory, 'none'), 'x')).toThrow(
        expect.objectContaining({ code: 'ERR_NOT_FOUND' }),
      );
    }),
  );
});

describe.runIf(requires({ root: true }))('the ID maps of a process', () => {
  it(
    'are written once, and read as they were written',
    guarded(async () => {
      const child = spawn('unshare', ['--user', 'sh', '-c', 'echo ready; cat'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const pid = child.pid!;
      const uid = [
        { containerID: 0, hostID: 100_000, size: 1000 },
        { containerID: 1000, hostID: 0, size: 1 },
      ];
      const gid = [{ containerID: 0, hostID: 200_000, size: 10 }];
      expect(() => writeIdMaps(pid, { uid: [], gid })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
      );
      writeIdMaps(pid, { uid, gid }, { denySetgroups: true });
      expect(readIdMaps(pid)).toEqual({ uid, gid });
      expect(readFileSync(`/proc/${pid}/setgroups`, 'utf8')).toBe('deny\n');
      expect(() => writeIdMaps(pid, { uid, gid })).toThrow(
        expect.objectContaining({ code: 'ERR_NOT_PRIVILEGED' }),
      );
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
      expect(() => writeIdMaps(2 ** 22, { uid, gid })).toThrow(
        expect.objectContaining({ code: 'ERR_NOT_FOUND' }),
      );
      expect(readSubIds('nobody-has-this-name')).toEqual({ uid: [], gid: [] });
    }),
  );
});
