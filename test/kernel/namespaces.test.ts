import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createNamespace,
  inside,
  insideProcess,
  listNamespaces,
  Namespace,
  NAMESPACE_TYPES,
  namespaceMembers,
  ProcessHandle,
  spawnProcess,
} from '../../src/linux.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

const HOUR = 3_600_000_000_000n;
const AF_INET = 2;
const SOCK_STREAM = 1;
const MAP = [{ containerID: 0, hostID: 100_000, size: 1000 }];

/** Which namespaces each thread of this process is in. */
function threads(): Map<string, string> {
  const links = (task: string): string => {
    const directory = `/proc/self/task/${task}/ns`;
    try {
      return readdirSync(directory)
        .map((name) => `${name} ${readlinkSync(path.join(directory, name))}`)
        .join('\n');
    } catch {
      return 'ended';
    }
  };
  return new Map(readdirSync('/proc/self/task').map((task) => [task, links(task)]));
}

const code = (expected: string): unknown => expect.objectContaining({ name: 'LibpodError', code: expected });

describe.runIf(requires({ root: true }))('namespaces', () => {
  let before: Map<string, string>;
  beforeAll(async () => {
    // The helper's executable is opened at the first need, and kept.
    using _ = await createNamespace('user');
    before = threads();
  });
  afterAll(async () => {
    // A thread that was thrown away may take a moment to end.
    await sleep(100);
    const after = threads();
    for (const [task, links] of before) expect(after.get(task) ?? 'ended').toBe(links);
    expect(new Set(after.values())).toEqual(new Set(before.values()));
  });

  it(
    'are opened by process and by path, and tell what they are',
    guarded(async () => {
      for (const type of NAMESPACE_TYPES) {
        const file = `/proc/self/ns/${type}`;
        using one = Namespace.open(file);
        using other = Namespace.ofProcess(process.pid, type);
        const { ino, dev } = statSync(file);
        expect([one.type, one.inode, one.device]).toEqual([type, ino, dev]);
        expect(one.toString()).toBe(readlinkSync(file));
        expect(one.equals(other)).toBe(true);
        using owner = one.owner();
        using user = Namespace.ofProcess(process.pid, 'user');
        // The first user namespace has no owner.
        if (type !== 'user') expect(owner?.equals(user)).toBe(true);
      }
    }),
  );

  it(
    'that are not there are an error with a code',
    guarded(async (store) => {
      const file = path.join(store.directory, 'file');
      writeFileSync(file, '');
      expect(() => Namespace.open(file)).toThrow(code('ERR_NO_SUCH_NAMESPACE'));
      expect(() => Namespace.open('/nowhere')).toThrow(code('ERR_NOT_FOUND'));
      expect(() => Namespace.ofProcess(0x7ffffff0, 'net')).toThrow(code('ERR_NO_SUCH_PROCESS'));
      expect(() => Namespace.ofProcess(process.pid, 'network' as 'net')).toThrow(
        code('ERR_INVALID_ARGUMENT'),
      );
      execFileSync('mkfifo', [path.join(store.directory, 'fifo')]);
      expect(() => Namespace.open(path.join(store.directory, 'fifo'))).toThrow(code('ERR_NO_SUCH_NAMESPACE'));
      const net = Namespace.ofProcess(process.pid, 'net');
      expect(() => net.parent()).toThrow(code('ERR_INVALID_ARGUMENT'));
      expect(() => net.ownerUid()).toThrow(code('ERR_INVALID_ARGUMENT'));
      net[Symbol.dispose]();
      net[Symbol.dispose]();
      expect(() => net.fd).toThrow(code('ERR_INVALID_STATE'));
      await expect(inside(net).socket({ domain: AF_INET, type: SOCK_STREAM })).rejects.toThrow(
        code('ERR_INVALID_STATE'),
      );
    }),
  );

  it(
    'of a zombie are gone with it',
    guarded(async () => {
      const child = spawn('sh', ['-c', 'sleep 0 & exec sleep 60'], { stdio: 'ignore' });
      const pid = child.pid ?? 0;
      const children = `/proc/${pid}/task/${pid}/children`;
      while (!readFileSync(children, 'utf8')) await sleep(10);
      const zombie = Number(readFileSync(children, 'utf8'));
      while (!readFileSync(`/proc/${zombie}/stat`, 'utf8').includes(') Z ')) await sleep(10);
      expect(() => Namespace.ofProcess(zombie, 'net')).toThrow(code('ERR_NO_SUCH_PROCESS'));
      child.kill('SIGKILL');
      await once(child, 'exit');
    }),
  );

  it.each(NAMESPACE_TYPES)('of type %s are made and held, and this process stays where it is', async (type) =>
    guarded(async () => {
      using own = Namespace.ofProcess(process.pid, type);
      using made = await createNamespace(type);
      expect(made.type).toBe(type);
      expect(made.equals(own)).toBe(false);
      using user = Namespace.ofProcess(process.pid, 'user');
      using owner = made.owner();
      expect(owner?.equals(user)).toBe(true);
      if (type === 'pid' || type === 'user') {
        using parent = made.parent();
        expect(parent?.equals(own)).toBe(true);
      }
      if (type === 'user') expect(made.ownerUid()).toBe(0);
    })(),
  );

  it(
    'of users have their ID maps, and own what is made inside',
    guarded(async (store) => {
      using user = await createNamespace('user', { uidMap: MAP, gidMap: MAP });
      const map = (await inside(user).readFile('/proc/self/uid_map')).toString();
      expect(map.trim().split(/\s+/)).toEqual(['0', '100000', '1000']);
      // Whoever works inside is the root there.
      const open = path.join(store.makeDirectory('open'), 'file');
      chmodSync(path.dirname(open), 0o777);
      chmodSync(store.directory, 0o755);
      closeSync(await inside(user).open(open, constants.O_CREAT | constants.O_WRONLY));
      expect(statSync(open)).toMatchObject({ uid: 100_000, gid: 100_000 });
      for (const type of ['net', 'mnt', 'uts', 'ipc', 'cgroup', 'time'] as const) {
        using made = await createNamespace(type, { owner: user });
        using owner = made.owner();
        expect([made.type, owner?.equals(user)]).toEqual([type, true]);
      }
      using net = await createNamespace('net', { owner: user });
      closeSync(await inside(user, net).socket({ domain: AF_INET, type: 3, protocol: 1 }));
      await expect(createNamespace('user', { uidMap: [...MAP, ...MAP] })).rejects.toThrow('overlap');
      using unmapped = await createNamespace('user');
      expect((await inside(unmapped).readFile('/proc/self/uid_map')).toString()).toBe('');
    }),
  );

  it(
    'of time have clocks of their own',
    guarded(async () => {
      using time = await createNamespace('time', { clockOffsets: { boottime: HOUR, monotonic: -1n } });
      const here = await inside().clock('boottime');
      const there = await inside(time).clock('boottime');
      expect(there - here).toBeGreaterThan(HOUR);
      expect(there - here).toBeLessThan(HOUR + HOUR / 2n);
      const last = await inside(time).clock('monotonic');
      expect((await inside().clock('monotonic')) - last).toBeGreaterThan(0n);
    }),
  );

  it(
    'of host names have one of their own',
    guarded(async () => {
      using uts = await createNamespace('uts');
      await inside(uts).setHostname('box');
      expect(await inside(uts).hostname()).toBe('box');
      expect((await inside(uts).readFile('/proc/sys/kernel/hostname')).toString()).toBe('box\n');
      expect([hostname(), await inside().hostname()]).toEqual([hostname(), hostname()]);
      expect(hostname()).not.toBe('box');
      await expect(inside(uts).setHostname('x'.repeat(65))).rejects.toMatchObject({ syscall: 'sethostname' });
    }),
  );

  it(
    'of networks keep their sockets',
    guarded(async () => {
      using net = await createNamespace('net');
      const dev = (await inside(net).readFile('/proc/thread-self/net/dev')).toString();
      expect(dev.split('\n').filter((line) => line.includes(':')).length).toBe(1);
      const fd = await inside(net).socket({ domain: AF_INET, type: SOCK_STREAM });
      const inode = statSync(`/proc/self/fd/${fd}`).ino;
      // The raw table of the socket's own namespace, asked through the socket's process here, does not know it.
      expect(readFileSync('/proc/net/tcp', 'utf8')).not.toContain(` ${inode} `);
      closeSync(fd);
      await expect(inside(net).socket({ domain: 999, type: SOCK_STREAM })).rejects.toMatchObject({
        syscall: 'socket',
      });
    }),
  );

  it(
    'of mounts hide what is mounted inside',
    guarded(async (store) => {
      using mnt = await createNamespace('mnt');
      const place = store.makeDirectory('place');
      const other = store.makeDirectory('other');
      const there = inside(mnt);
      await there.mount({ target: place, type: 'tmpfs', options: ['size=1m', 'mode=0700'] });
      const fd = await there.open(path.join(place, 'made'), constants.O_CREAT | constants.O_RDWR, {
        mode: 0o640,
      });
      writeSync(fd, 'from outside');
      closeSync(fd);
      expect((await there.readFile(path.join(place, 'made'))).toString()).toBe('from outside');
      expect(await there.readDirectory(place)).toEqual([{ name: 'made', type: 'file' }]);
      expect(readdirSync(place)).toEqual([]);
      await there.bind({ source: place, target: other, attributes: 1 });
      expect(await there.readDirectory(other)).toHaveLength(1);
      await expect(there.open(path.join(other, 'x'), constants.O_CREAT)).rejects.toMatchObject({
        syscall: 'openat2',
        message: expect.stringContaining('EROFS'),
      });
      await there.unmount(other);
      await there.unmount(`${place}/`, { detach: true });
      expect(await there.readDirectory(place)).toEqual([]);
      await expect(there.unmount(place)).rejects.toMatchObject({ syscall: 'umount2' });
      await expect(there.mount({ target: place, type: 'nonsense' })).rejects.toMatchObject({
        syscall: 'fsopen',
      });
      await expect(there.readFile('/nowhere')).rejects.toThrow(code('ERR_NOT_FOUND'));
      await expect(there.readFile(place)).rejects.toMatchObject({
        message: expect.stringContaining('EISDIR'),
      });
      await expect(there.readFile('a\0b')).rejects.toThrow(code('ERR_INVALID_ARGUMENT'));
      // What is no number must not reach the addon, which checks nothing.
      await expect(there.clock('realtime' as 'monotonic')).rejects.toThrow(code('ERR_INVALID_ARGUMENT'));
      await expect(there.socket({ domain: 'inet' as unknown as number, type: 1 })).rejects.toThrow(
        code('ERR_INVALID_ARGUMENT'),
      );
    }),
  );

  it(
    'hold no link that leads out of a root',
    guarded(async (store) => {
      using mnt = await createNamespace('mnt');
      const rootDirectory = store.makeDirectory('hostile');
      mkdirSync(path.join(rootDirectory, 'etc'));
      writeFileSync(path.join(rootDirectory, 'etc/name'), 'inside');
      symlinkSync('../../../../../../../etc/name', path.join(rootDirectory, 'up'));
      symlinkSync('/etc/name', path.join(rootDirectory, 'absolute'));
      const fd = openSync(path.join(rootDirectory, 'etc/name'), 'r');
      symlinkSync(`/proc/self/fd/${fd}`, path.join(rootDirectory, 'magic'));
      const root = openSync(rootDirectory, 'r');
      for (const name of ['up', 'absolute', '/../../etc/name'])
        expect((await inside(mnt).readFile(name, { root })).toString()).toBe('inside');
      // Without a root of its own it begins at the namespace's, where /proc is: descriptors of ours stay ours.
      await expect(inside(mnt).readFile(path.join(rootDirectory, 'magic'))).rejects.toMatchObject({
        message: expect.stringContaining('ELOOP'),
      });
      expect((await inside(mnt).readDirectory('etc', { root })).map(({ name }) => name)).toEqual(['name']);
      closeSync(root);
      closeSync(fd);
    }),
  );

  it(
    'of processes live as long as they are held, and end with all inside',
    guarded(async () => {
      const pid = await createNamespace('pid');
      using mnt = await createNamespace('mnt');
      await inside(mnt, pid).mount({ target: '/proc', type: 'proc' });
      const numbers = async (): Promise<string[]> =>
        (await inside(mnt).readDirectory('/proc'))
          .map(({ name }) => name)
          .filter((name) => /^\d+$/.test(name));
      expect(await numbers()).toEqual(['1']);
      // The helper itself is among them while it looks.
      expect(await inside(pid, mnt).readDirectory('/proc')).toContainEqual({ name: '1', type: 'directory' });
      using child = await spawnProcess({ file: 'sleep', args: ['1000'], namespaces: [pid] });
      expect(await numbers()).toHaveLength(2);
      expect(await namespaceMembers(pid)).toContain(child.pid);
      pid[Symbol.dispose]();
      expect(await child.ended()).toEqual({ exitCode: undefined, signal: 9 });
      await expect.poll(numbers).toEqual([]);
    }),
  );

  it(
    'are entered several at once, through the process that is in them',
    guarded(async (store) => {
      using mnt = await createNamespace('mnt');
      using net = await createNamespace('net');
      using uts = await createNamespace('uts');
      const place = store.makeDirectory('place');
      await inside(mnt).mount({ target: place, type: 'tmpfs' });
      await inside(uts).setHostname('several');
      const options = { file: 'sleep', args: ['1000'], namespaces: [mnt, net, uts] };
      using child = await spawnProcess(options);
      const there = insideProcess(child, ['mnt', 'net', 'uts']);
      closeSync(await there.open(path.join(place, 'file'), constants.O_CREAT | constants.O_WRONLY));
      expect(await inside(mnt).readDirectory(place)).toHaveLength(1);
      expect(await there.hostname()).toBe('several');
      const dev = (await there.readFile('/proc/thread-self/net/dev')).toString();
      expect(dev.split('\n').filter((line) => line.includes(':')).length).toBe(1);
      child.signal('KILL');
      await child.ended();
      await expect(there.hostname()).rejects.toThrow(code('ERR_NO_SUCH_PROCESS'));
      expect(() => insideProcess(child, [])).toThrow(code('ERR_INVALID_ARGUMENT'));
      expect(() => inside(net, net)).toThrow(code('ERR_INVALID_ARGUMENT'));
    }),
  );

  it(
    'with a user namespace among them are entered too, by the helper',
    guarded(async () => {
      const child = spawn('unshare', ['--user', '--map-root-user', '--net', '--uts', '--mount', 'cat'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.write('there\n');
      await once(child.stdout, 'data');
      using handle = ProcessHandle.open(child.pid ?? 0);
      const there = insideProcess(handle, ['user', 'net', 'uts', 'mnt']);
      await there.setHostname('mapped');
      expect(await there.hostname()).toBe('mapped');
      expect((await there.readFile('/proc/self/net/dev')).toString()).not.toContain('eth0');
      child.stdin.end();
      await once(child, 'exit');
    }),
  );

  it(
    'may be disposed as soon as a call is made',
    guarded(async (store) => {
      using other = await createNamespace('uts');
      await inside(other).setHostname('other');
      const first = Namespace.adopt(openSync(`/proc/self/fd/${other.fd}`, 'r'));
      const reading = Array.from({ length: 20 }, () => inside(first).hostname());
      first[Symbol.dispose]();
      // Takes the number that was just given back.
      const instead = openSync('/proc/self/ns/uts', 'r');
      expect(new Set(await Promise.all(reading))).toEqual(new Set(['other']));
      closeSync(instead);
      const place = store.makeDirectory('place');
      writeFileSync(path.join(place, 'file'), 'text');
      const root = openSync(place, 'r');
      const texts = Array.from({ length: 20 }, () => inside(other).readFile('file', { root }));
      closeSync(root);
      expect(new Set((await Promise.all(texts)).map(String))).toEqual(new Set(['text']));
    }),
  );

  it(
    'that this process is in already need no entering',
    guarded(async () => {
      using own = Namespace.ofProcess(process.pid, 'user');
      expect(await inside(own).hostname()).toBe(hostname());
      using uts = await createNamespace('uts');
      await inside(uts).setHostname('near');
      using child = await spawnProcess({ file: 'sleep', args: ['1000'], namespaces: [uts] });
      expect(await insideProcess(child, NAMESPACE_TYPES).hostname()).toBe('near');
      expect(await insideProcess(child, ['user']).hostname()).toBe(hostname());
      child.signal('KILL');
      await child.ended();
    }),
  );

  it(
    'are refused to whoever may not enter them',
    guarded(async () => {
      using net = await createNamespace('net');
      process.seteuid?.(65534);
      try {
        await expect(inside(net).hostname()).rejects.toThrow(code('ERR_NOT_PRIVILEGED'));
        await expect(createNamespace('net')).rejects.toThrow(code('ERR_NOT_PRIVILEGED'));
        expect(() => Namespace.ofProcess(1, 'net')).toThrow(code('ERR_NOT_PRIVILEGED'));
      } finally {
        process.seteuid?.(0);
      }
    }),
  );

  it(
    'refuse options that are not theirs',
    guarded(async () => {
      using net = await createNamespace('net');
      const wrong = [
        ['net', { uidMap: MAP }],
        ['pid', { owner: net }],
        ['uts', { owner: net }],
        ['mnt', { propagation: 'none' }],
        ['none', {}],
        ['user', { uidMap: [{ containerID: -1, hostID: 0, size: 1 }] }],
      ] as unknown as [NonNullable<Parameters<typeof createNamespace>[0]>, object][];
      for (const [type, options] of wrong)
        await expect(createNamespace(type, options)).rejects.toThrow(code('ERR_INVALID_ARGUMENT'));
    }),
  );

  it(
    'hold up nobody else while a file inside makes them wait',
    guarded(async (store) => {
      using mnt = await createNamespace('mnt');
      const fifo = path.join(store.directory, 'fifo');
      execFileSync('mkfifo', [fifo]);
      // More than libuv has workers.
      const waiting = Array.from({ length: 8 }, () => inside(mnt).open(fifo, constants.O_RDONLY));
      expect(await readFile('/proc/self/comm', 'utf8')).not.toBe('');
      expect(await inside(mnt).hostname()).toBe(hostname());
      await sleep(50);
      closeSync(openSync(fifo, 'w'));
      for (const fd of await Promise.all(waiting)) closeSync(fd);
    }),
  );

  it(
    'are listed with their processes and mounts',
    guarded(async (store) => {
      using net = await createNamespace('net');
      using uts = await createNamespace('uts');
      const file = path.join(store.directory, 'held');
      writeFileSync(file, '');
      execFileSync('mount', ['--bind', `/proc/self/fd/${uts.fd}`, file], {
        stdio: [...Array<'inherit'>(uts.fd).fill('inherit'), uts.fd],
      });
      try {
        using child = await spawnProcess({ file: 'sleep', args: ['1234'], namespaces: [net] });
        const list = await listNamespaces();
        expect(list.find(({ inode }) => inode === net.inode)).toEqual({
          type: 'net',
          inode: net.inode,
          pids: [child.pid],
          uid: 0,
          command: 'sleep 1234',
          mountpoints: [],
        });
        expect(list.find(({ inode }) => inode === uts.inode)).toEqual({
          type: 'uts',
          inode: uts.inode,
          pids: [],
          uid: undefined,
          command: undefined,
          mountpoints: [file],
        });
        expect(await namespaceMembers(net)).toEqual([child.pid]);
        child.signal('KILL');
        await child.ended();
      } finally {
        execFileSync('umount', [file]);
      }
    }),
  );

  it.runIf(requires({ lsns: true }))(
    'are listed as lsns does',
    guarded(async () => {
      using net = await createNamespace('net');
      using child = await spawnProcess({ file: 'sleep', args: ['1235'], namespaces: [net] });
      const theirs = execFileSync('lsns', ['--noheadings', '--raw', '-o', 'TYPE,NS,NPROCS,PID', '-t', 'net'])
        .toString()
        .trim()
        .split('\n');
      const { pids, inode } = (await listNamespaces()).find((one) => one.inode === net.inode) ?? {};
      expect(theirs).toContain(`net ${inode} ${pids?.length} ${pids?.[0]}`);
      child.signal('KILL');
      await child.ended();
    }),
  );

  it('do not keep a worker of Node, or its end, waiting', async () => {
    const door = fileURLToPath(new URL('../../dist/linux.js', import.meta.url));
    expect(existsSync(door)).toBe(true);
    const script = `
      import { Worker } from 'node:worker_threads';
      const code = \`import(${JSON.stringify(door)}).then(async ({ inside, createNamespace }) => {
        using_(await createNamespace('net'), inside);
        async function using_(net, inside) { for (;;) await inside(net).hostname(); }
        require('node:worker_threads').parentPort.postMessage('on');
      })\`;
      for (let i = 0; i < 5; i++) {
        const worker = new Worker(code, { eval: true, execArgv: [] });
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
      }
      const { inside } = await import(${JSON.stringify(door)});
      for (let i = 0; i < 50; i++) void inside().hostname();
      console.log('done');
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    const [status, signal] = (await once(child, 'close')) as [number, string | null];
    expect([status, signal, output]).toEqual([0, null, 'done\n']);
  });
});
