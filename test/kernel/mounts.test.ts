import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bindMount,
  changeMount,
  cloneMount,
  createMount,
  createOverlay,
  Descriptor,
  mount,
  mountOverlay,
  moveMount,
  propagationOf,
  readMounts,
  reconfigureMount,
  unmount,
  watchMounts,
  writeIdMaps,
  type MountInfo,
} from '../../src/linux.js';
import { guarded } from '../support/guarded.js';
import { requires } from '../support/requires.js';
import type { TestStore } from '../support/store.js';

/** The mount on top at a path. */
function mountAt(file: string): MountInfo | undefined {
  return readMounts().findLast(({ mountpoint }) => mountpoint === file);
}

/** A tmpfs in the test's directory for the time of a body; whatever the body mounted in it goes with it. */
async function onTmpfs(store: TestStore, body: (directory: string) => Promise<void>): Promise<void> {
  const directory = store.makeDirectory('fs');
  await mount({ type: 'tmpfs', target: directory });
  try {
    await body(directory);
  } finally {
    await unmount(directory, { detach: true });
  }
}

function make(...parts: string[]): string {
  const directory = path.join(...parts);
  mkdirSync(directory, { recursive: true });
  return directory;
}

describe.runIf(requires({ root: true }))('a mount', () => {
  it(
    'has the type, source, options and attributes that were asked for, and goes again',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      await mount({
        type: 'tmpfs',
        source: 'odd name\\#',
        target,
        options: { size: '64k', mode: '0711', inode64: true, huge: undefined, noswap: false },
        nosuid: true,
        nodev: true,
        readonly: true,
        atime: 'noatime',
      });
      const found = mountAt(target);
      expect(found).toMatchObject({ type: 'tmpfs', source: 'odd name\\#' });
      expect(found?.options).toEqual(['ro', 'nosuid', 'nodev', 'noatime']);
      expect(found?.superOptions).toEqual(expect.arrayContaining(['size=64k', 'mode=711']));
      expect(await unmount(target)).toBe(true);
      expect(mountAt(target)).toBeUndefined();
    }),
  );

  it(
    'is reached by a descriptor, and beneath a root that no link leads out of',
    guarded(async (store) => {
      const outside = store.makeDirectory('outside');
      const root = store.makeDirectory('root-fs');
      make(root, outside);
      symlinkSync(outside, path.join(root, 'link'));
      await mount({ type: 'tmpfs', target: { root, path: '/link' } });
      expect(mountAt(outside)).toBeUndefined();
      expect(mountAt(path.join(root, outside))).toBeDefined();
      // The last link is not followed, or the unmount would be of what somebody else chose.
      await expect(unmount({ root, path: '/link' })).rejects.toMatchObject({ code: 'ERR_SYSTEM' });
      expect(await unmount({ root, path: outside })).toBe(true);

      using directory = new Descriptor(openSync(outside, 'r'));
      await mount({ type: 'tmpfs', target: directory });
      expect(mountAt(outside)).toBeDefined();
      expect(await unmount({ root: store.directory, path: 'outside' })).toBe(true);
    }),
  );

  it(
    'tells in the kernel’s own words why it was refused',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      await expect(mount({ type: 'tmpfs', target, options: { size: 'much' } })).rejects.toMatchObject({
        code: 'ERR_SYSTEM',
        syscall: 'fsconfig',
        message: expect.stringMatching(
          /^cannot mount tmpfs at .* \(option size\): .*\(fsconfig: EINVAL, "tmpfs: Bad value for 'size'"\)$/,
        ),
      });
      await expect(mount({ type: 'tmpfs', target, options: { nonsense: true } })).rejects.toThrow(
        /Unknown parameter 'nonsense'/,
      );
      await expect(mount({ type: 'nosuchfs', target })).rejects.toMatchObject({
        syscall: 'fsopen',
        message: expect.stringContaining('this kernel has no file system nosuchfs'),
      });
      await expect(mount({ type: 'tmpfs', target: `${target}/none` })).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
      });
      await expect(mount({ type: 'tmpfs', target: '' })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      await expect(mount({ type: 'tmpfs', target: 'a\0b' })).rejects.toThrow(/without NUL/);
      await expect(mount({ type: 'tmpfs', target, bogus: true } as never)).rejects.toThrow(
        /mount attribute bogus: true is not known/,
      );
      expect(mountAt(target)).toBeUndefined();
    }),
  );

  it(
    'is made attached nowhere, filled, and attached afterwards; or goes with its descriptor',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      {
        using made = await createMount({ type: 'tmpfs', options: { mode: '0700' } });
        writeFileSync(`/proc/self/fd/${made.fd}/file`, 'filled before');
        await moveMount(made, target);
      }
      expect(readFileSync(path.join(target, 'file'), 'utf8')).toBe('filled before');
      await unmount(target);
      const dropped = await createMount({ type: 'tmpfs' });
      dropped[Symbol.dispose]();
      expect(() => dropped.fd).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    }),
  );

  it(
    'is reconfigured: its file system for all, its attributes for one',
    guarded(async (store) => {
      await onTmpfs(store, async (directory) => {
        await reconfigureMount(directory, { size: '128k' });
        expect(mountAt(directory)?.superOptions).toContain('size=128k');
        await expect(reconfigureMount(directory, { size: 'x' })).rejects.toThrow(/Bad value for 'size'/);
        await changeMount(directory, { readonly: true, noexec: true, atime: 'strictatime' });
        expect(mountAt(directory)?.options).toEqual(['ro', 'noexec']);
        await changeMount(directory, { readonly: false, atime: 'relatime' });
        expect(mountAt(directory)?.options).toEqual(['rw', 'noexec', 'relatime']);
        await expect(changeMount(make(directory, 'plain'), { readonly: true })).rejects.toThrow(
          /cannot change the mount .*nothing is mounted there/,
        );
      });
    }),
  );
});

describe.runIf(requires({ root: true }))('unmounting', () => {
  it(
    'says who is in the way, and detaches all the same when asked to',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      await mount({ type: 'tmpfs', target });
      writeFileSync(path.join(target, 'file'), '');
      const fd = openSync(path.join(target, 'file'), 'r');
      await expect(unmount(target)).rejects.toMatchObject({
        code: 'ERR_SYSTEM',
        message: expect.stringContaining('give detach'),
      });
      await expect(unmount({ fd })).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      expect(await unmount(target, { detach: true })).toBe(true);
      closeSync(fd);
      await expect(unmount(target)).rejects.toThrow(/nothing is mounted there/);
    }),
  );

  it(
    'follows a link only when asked to',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      const link = path.join(store.directory, 'link');
      symlinkSync(target, link);
      await mount({ type: 'tmpfs', target });
      await expect(unmount(link)).rejects.toMatchObject({ code: 'ERR_SYSTEM' });
      expect(mountAt(target)).toBeDefined();
      await unmount(link, { follow: true });
      expect(mountAt(target)).toBeUndefined();
    }),
  );

  it(
    'of one that expires marks it first',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      await mount({ type: 'tmpfs', target });
      expect(await unmount(target, { expire: true })).toBe(false);
      expect(await unmount(target, { expire: true })).toBe(true);
      await expect(unmount(target, { expire: true, force: true })).rejects.toThrow(/expire goes neither/);
    }),
  );

  it(
    'takes a descriptor of what it is to detach',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      await mount({ type: 'tmpfs', target });
      using inside = new Descriptor(openSync(target, 'r'));
      expect(await unmount(inside, { detach: true })).toBe(true);
      expect(mountAt(target)).toBeUndefined();
      await expect(unmount({ root: target, path: 'a/..' })).rejects.toThrow(/must end in a name/);
    }),
  );
});

describe.runIf(requires({ root: true }))('the mount tree', () => {
  it(
    'shows a directory, or a file, at a second place: alone or with what is beneath',
    guarded(async (store) => {
      await onTmpfs(store, async (directory) => {
        const source = make(directory, 'source');
        await mount({ type: 'tmpfs', target: make(source, 'beneath') });
        writeFileSync(path.join(source, 'beneath', 'deep'), 'deep');
        writeFileSync(path.join(source, 'file'), 'file');
        const alone = make(directory, 'alone');
        await bindMount(source, alone);
        expect(readdirSync(path.join(alone, 'beneath'))).toEqual([]);
        const whole = make(directory, 'whole');
        await bindMount(source, whole, { recursive: true, readonly: true });
        expect(readFileSync(path.join(whole, 'beneath', 'deep'), 'utf8')).toBe('deep');
        expect(() => writeFileSync(path.join(whole, 'beneath', 'x'), '')).toThrow(/EROFS/);
        expect(() => writeFileSync(path.join(whole, 'x'), '')).toThrow(/EROFS/);
        writeFileSync(path.join(alone, 'x'), '');
        const file = path.join(directory, 'one');
        writeFileSync(file, '');
        await bindMount(path.join(source, 'file'), file);
        expect(readFileSync(file, 'utf8')).toBe('file');
        await expect(bindMount(source, file)).rejects.toThrow(/of the same kind \(directory or file\)/);
        await expect(bindMount(path.join(source, 'none'), file)).rejects.toMatchObject({
          code: 'ERR_NOT_FOUND',
        });
      });
    }),
  );

  it(
    'is moved as a whole, and beneath another mount',
    guarded(async (store) => {
      await onTmpfs(store, async (directory) => {
        const [from, to] = [make(directory, 'from'), make(directory, 'to')];
        await mount({ type: 'tmpfs', target: from });
        writeFileSync(path.join(from, 'moved'), '');
        await moveMount(from, to);
        expect(existsSync(path.join(to, 'moved'))).toBe(true);
        expect(mountAt(from)).toBeUndefined();
        await expect(moveMount(from, to)).rejects.toThrow(/the source must be a mount/);

        using next = await createMount({ type: 'tmpfs' });
        writeFileSync(`/proc/self/fd/${next.fd}/next`, '');
        await moveMount(next, to, { beneath: true });
        expect(readdirSync(to)).toEqual(['moved']);
        await unmount(to);
        expect(readdirSync(to)).toEqual(['next']);
      });
    }),
  );

  it(
    'spreads as it is told to',
    guarded(async (store) => {
      await onTmpfs(store, async (directory) => {
        const [a, b] = [make(directory, 'a'), make(directory, 'b')];
        await mount({ type: 'tmpfs', target: a, propagation: 'shared' });
        make(a, 'sub');
        const shared = propagationOf(mountAt(a)!).shared;
        expect(shared).toBeGreaterThan(0);
        await bindMount(a, b, { propagation: 'slave' });
        expect(propagationOf(mountAt(b)!)).toEqual({ master: shared, unbindable: false });
        await mount({ type: 'tmpfs', target: path.join(a, 'sub') });
        expect(mountAt(path.join(b, 'sub'))).toBeDefined();
        await changeMount(a, { propagation: 'private' }, { recursive: true });
        expect(propagationOf(mountAt(path.join(a, 'sub'))!)).toEqual({ unbindable: false });
        await changeMount(a, { propagation: 'unbindable' });
        expect(propagationOf(mountAt(a)!)).toEqual({ unbindable: true });
        await expect(bindMount(a, make(directory, 'c'))).rejects.toThrow(/not unbindable/);
        await expect(changeMount(a, { propagation: 'sideways' as never })).rejects.toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
        });
      });
    }),
  );

  it(
    'shows other owners through the ID maps of a user namespace',
    guarded(async (store) => {
      await onTmpfs(store, async (directory) => {
        const source = make(directory, 'source');
        writeFileSync(path.join(source, 'file'), '');
        const child = spawn('unshare', ['--user', 'sh', '-c', 'echo ready; cat'], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        await once(child.stdout, 'data');
        const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        writeIdMaps(child.pid!, { uid: map, gid: map });
        using namespace = new Descriptor(openSync(`/proc/${child.pid!}/ns/user`, 'r'));
        const ended = once(child, 'exit');
        child.stdin.end();
        await ended;
        const target = make(directory, 'target');
        await bindMount(source, target, { idmap: namespace });
        expect(statSync(path.join(target, 'file')).uid).toBe(100_000);
        expect(statSync(path.join(source, 'file')).uid).toBe(0);
        expect(mountAt(target)?.options).toContain('idmapped');
        using copy = await cloneMount(source, { idmap: namespace, readonly: true });
        expect(statSync(`/proc/self/fd/${copy.fd}/file`).gid).toBe(100_000);
        await expect(changeMount(directory, { idmap: namespace })).rejects.toThrow(/idmap/);
      });
    }),
  );
});

describe.runIf(requires({ root: true }))('an overlay', () => {
  it(
    'has its layers in order, whatever their names hold',
    guarded(async (store) => {
      await onTmpfs(store, async (directory) => {
        const names = ['top:a', 'mid\\b', 'low c,d'];
        const lower = names.map((name) => make(directory, name));
        for (const [at, layer] of lower.entries()) {
          writeFileSync(path.join(layer, 'same'), names[at]!);
          writeFileSync(path.join(layer, `only${at}`), '');
        }
        const [upper, work, target] = [
          make(directory, 'up:per\\'),
          make(directory, 'wo:rk'),
          make(directory, 'target'),
        ];
        await mountOverlay({ lower, upper, work, target, options: { volatile: true } });
        expect(readdirSync(target).sort()).toEqual(['only0', 'only1', 'only2', 'same']);
        expect(readFileSync(path.join(target, 'same'), 'utf8')).toBe('top:a');
        writeFileSync(path.join(target, 'new'), '');
        expect(readdirSync(upper)).toEqual(['new']);
        await unmount(target);
      });
    }),
  );

  it(
    'takes more and longer layers than one option holds, and none that it may write to',
    guarded(async (store) => {
      await onTmpfs(store, async (directory) => {
        const lower = Array.from({ length: 40 }, (_, at) => make(directory, `layer:number-${at}`));
        for (const [at, layer] of lower.entries()) writeFileSync(path.join(layer, `file${at}`), '');
        const target = make(directory, 'target');
        await mountOverlay({ lower, target });
        expect(readdirSync(target)).toHaveLength(40);
        expect(() => writeFileSync(path.join(target, 'x'), '')).toThrow(/EROFS/);
        using detached = await createOverlay({ lower: lower.slice(0, 2) });
        expect(readdirSync(`/proc/self/fd/${detached.fd}`)).toHaveLength(2);
      });
    }),
  );

  it(
    'that cannot be says so',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      await expect(mountOverlay({ lower: [], target })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      await expect(mountOverlay({ lower: [target], upper: '/a', target })).rejects.toThrow(
        /`upper` and `work` together/,
      );
      await expect(mountOverlay({ lower: [path.join(target, 'none')], target })).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
      });
    }),
  );
});

describe.runIf(requires({ root: true }))('watching the mount table', () => {
  it(
    'tells of each change, and ends when asked to',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      const abort = new AbortController();
      const watching = watchMounts({ signal: abort.signal });
      const sees = (mounts: MountInfo[] | undefined): boolean =>
        (mounts ?? []).some(({ mountpoint }) => mountpoint === target);
      /** The next table in which the mount is there, or is not; others on the machine mount too. */
      const until = async (there: boolean): Promise<void> => {
        for (;;) if (sees((await watching.next()).value ?? undefined) === there) return;
      };
      await until(false);
      const appeared = until(true);
      await mount({ type: 'tmpfs', target });
      await appeared;
      const vanished = until(false);
      await unmount(target);
      await vanished;
      const waiting = expect(
        (async () => {
          for await (const _ of watching);
        })(),
      ).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' });
      abort.abort('enough');
      await waiting;
    }),
  );

  it('keeps nobody alive when it has ended', async () => {
    const script = `
      import { watchMounts } from ${JSON.stringify(new URL('../../dist/linux.js', import.meta.url).href)};
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 20);
      try {
        for await (const _ of watchMounts({ signal: abort.signal }));
      } catch (error) {
        console.log(error.code);
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('ERR_ABORTED\n');
    const [status] = (await once(child, 'exit')) as [number];
    expect(status).toBe(0);
  });

  it(
    'is of any process',
    guarded(async (store) => {
      const target = store.makeDirectory('target');
      const script = `mount --make-rprivate /; echo ready; read x; mount -t tmpfs inside ${target}; read x`;
      const child = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      const watching = watchMounts({ pid: child.pid! });
      const inside = (mounts: MountInfo[] | undefined): boolean =>
        (mounts ?? []).some(({ source }) => source === 'inside');
      expect(inside((await watching.next()).value ?? undefined)).toBe(false);
      child.stdin.write('\n');
      for (;;) if (inside((await watching.next()).value ?? undefined)) break;
      expect(inside(readMounts(child.pid))).toBe(true);
      expect(mountAt(target)).toBeUndefined();
      await watching.return();
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
      expect(() => readMounts(2 ** 22)).toThrow(expect.objectContaining({ code: 'ERR_NOT_FOUND' }));
      await expect(watchMounts({ pid: 2 ** 22 }).next()).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    }),
  );
});
