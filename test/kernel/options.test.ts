import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Runtime } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { logOf, bytesOf, run, shell } from '../support/run.js';
import { withStore, type TestStore } from '../support/store.js';

/** A busybox root with a directory /data that holds one of everything. */
function dataRoot(store: TestStore): string {
  const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
  mkdirSync(path.join(rootfs, 'data/deep/er'), { recursive: true });
  writeFileSync(path.join(rootfs, 'data/file'), 'text', { mode: 0o640 });
  writeFileSync(path.join(rootfs, 'data/deep/er/big'), Buffer.alloc(100_000, 'x'));
  symlinkSync('/etc/shadow', path.join(rootfs, 'data/link'));
  return rootfs;
}

/** Starts a container that stays, for others to look at or to join. */
async function started(runtime: Runtime, options: CreateOptions): Promise<Container> {
  const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], ...options });
  await container.start();
  return container;
}

/** Waits until a log holds a text. */
async function said(container: Container, text: string): Promise<void> {
  for await (const { data } of container.logs({ follow: true })) if (data.includes(text)) return;
}

describe.runIf(requires({ root: true, busybox: true }))('a tmpfs', () => {
  it(
    'with tmpcopyup begins with what it covers, of which the root keeps its own',
    withStore(async (runtime, store) => {
      const rootfs = dataRoot(store);
      const script =
        'cd /data; find . | sort | tr "\\n" " "; cat file; wc -c < deep/er/big; readlink link; stat -c %a file; echo new > file; stat -f -c %T .';
      const mounts = [{ type: 'tmpfs', source: 'tmpfs', destination: '/data', options: ['tmpcopyup'] }];
      expect((await shell(runtime, script, { rootfs, mounts })).stdout).toBe(
        '. ./deep ./deep/er ./deep/er/big ./file ./link text100000\n/etc/shadow\n640\ntmpfs\n',
      );
      expect(readFileSync(path.join(rootfs, 'data/file'), 'utf8')).toBe('text');
      const readOnly = [{ ...mounts[0], destination: '/data', options: ['tmpcopyup', 'ro'] }];
      const tried = 'cat /data/file; echo x > /data/file';
      expect(await shell(runtime, tried, { rootfs, mounts: readOnly })).toMatchObject({
        stdout: 'text',
        exitCode: 1,
      });
    }),
  );

  it(
    'cannot be filled with more than it holds, nor with endless directories',
    withStore(async (runtime, store) => {
      const rootfs = dataRoot(store);
      const mounts = [
        { type: 'tmpfs', source: 'tmpfs', destination: '/data', options: ['tmpcopyup', 'size=64k'] },
      ];
      await expect(shell(runtime, 'true', { rootfs, mounts })).rejects.toMatchObject({
        message: expect.stringContaining('mount tmpfs at /data') as string,
      });
      mkdirSync(path.join(rootfs, 'deep', ...Array<string>(100).fill('d')), { recursive: true });
      const deep = [{ type: 'tmpfs', source: 'tmpfs', destination: '/deep', options: ['tmpcopyup'] }];
      await expect(shell(runtime, 'true', { rootfs, mounts: deep })).rejects.toMatchObject({
        message: expect.stringContaining('ELOOP') as string,
      });
    }),
  );

  it(
    'keeps /run, /tmp and /var/tmp of a read-only root writable, with what they held',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      writeFileSync(path.join(rootfs, 'tmp/kept'), 'kept');
      const script =
        'cat /tmp/kept; for d in /run /tmp /var/tmp; do touch $d/x && echo $d; done; touch /x || echo no';
      expect((await shell(runtime, script, { rootfs, readOnlyRootfs: true })).stdout).toBe(
        'kept/run\n/tmp\n/var/tmp\nno\n',
      );
      expect(existsSync(path.join(rootfs, 'tmp/x'))).toBe(false);
    }),
  );
});

describe.runIf(requires({ root: true }))('an overlay over a directory of the host', () => {
  it(
    'leaves the directory alone, and is thrown away with each start',
    withStore(async (runtime, store) => {
      const source = store.makeDirectory('source:with a colon');
      writeFileSync(path.join(source, 'old'), 'old\n');
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'ls /v; cat /v/old; echo changed > /v/old; touch /v/new'],
        mounts: [{ type: 'overlay', source, destination: '/v' }],
      });
      for (const time of [1, 2]) {
        await container.start();
        await container.wait();
        const text = bytesOf(await logOf(container), 'stdout').toString();
        expect(text, `start ${time}`).toBe('old\nold\n'.repeat(time));
      }
      expect(readdirSync(source)).toEqual(['old']);
      expect(readFileSync(path.join(source, 'old'), 'utf8')).toBe('old\n');
      await container.remove();
    }),
  );

  it(
    'keeps what is written where the layers are the user’s own',
    withStore(async (runtime, store) => {
      const [source, upper, work] = ['source', 'upper', 'work'].map((name) => store.makeDirectory(name));
      const options = [`upperdir=${upper}`, `workdir=${work}`];
      const mounts = [{ type: 'overlay', source, destination: '/v', options }];
      await shell(runtime, 'echo kept > /v/file', { mounts });
      expect(readFileSync(path.join(upper as string, 'file'), 'utf8')).toBe('kept\n');
    }),
  );
});

describe.runIf(requires({ root: true }))('an init', () => {
  it(
    'is PID 1, runs the command with its arguments, and ends as it does',
    withStore(async (runtime) => {
      const script = 'echo $$; tr "\\0" " " < /proc/1/cmdline; echo; cat /proc/1/comm; echo $0-$1; exit 7';
      const result = await run(runtime, ['sh', '-c', script, 'zero', 'one two'], { init: true });
      expect(result.exitCode).toBe(7);
      const [pid, line, name, args] = result.stdout.split('\n');
      expect(pid).not.toBe('1');
      expect(line).toMatch(/^libpod-init \S*\/sh sh -c echo/);
      expect([name, args]).toEqual(['libpod-init', 'zero-one two']);
      expect(await shell(runtime, 'kill -TERM $$', { init: true })).toMatchObject({ exitCode: 143 });
    }),
  );

  it(
    'reaps what is orphaned',
    withStore(async (runtime) => {
      // The inner shell ends before its child, whose end then is nobody's but PID 1's.
      const script = `sh -c 'sleep 0.05 & echo $! > /tmp/orphan'; while [ -d /proc/$(cat /tmp/orphan) ]; do sleep 0.02; done; echo reaped`;
      expect((await shell(runtime, script, { init: true })).stdout).toBe('reaped\n');
    }),
  );

  it(
    'forwards signals, of which PID 1 itself would feel nothing',
    withStore(async (runtime) => {
      const script = 'trap "echo usr1; exit 5" USR1; echo ready; while :; do sleep 0.02; done';
      const container = await started(runtime, { command: ['sh', '-c', script], init: true });
      await said(container, 'ready');
      await container.kill('USR1');
      expect(await container.wait()).toMatchObject({ exitCode: 5 });
      await container.remove();
      // A program without a handler dies of the signal as it would outside.
      const plain = await started(runtime, { init: true, stopTimeout: 1000 });
      await plain.stop();
      expect(await plain.wait()).toMatchObject({ exitCode: 143 });
      await plain.remove();
    }),
  );

  it(
    'has the terminal in front, also for another user',
    withStore(async (runtime) => {
      const { stdout, exitCode } = await shell(
        runtime,
        'read -r line < /dev/null; ps -o stat= $$ ; id -u; exit 3',
        {
          init: true,
          terminal: true,
          user: '1000',
        },
      );
      // `+`: in the foreground process group, so that keys such as ^C reach it.
      expect(stdout).toMatch(/\+\r?\n1000/);
      expect(exitCode).toBe(3);
    }),
  );

  it(
    'cannot be written to by the container',
    withStore(async (runtime) => {
      const script =
        '(: >> /proc/1/exe) 2>&1 | grep -oE "Read-only file system|Permission denied|Operation not permitted|Text file busy"; mount -o remount,rw,bind /proc/1/exe 2>/dev/null; (: >> /proc/1/exe) 2>/dev/null || echo refused';
      const { stdout } = await shell(runtime, script, { init: true, privileged: true });
      expect(stdout.trim().split('\n')).toHaveLength(2);
      expect(stdout).toContain('refused');
    }),
  );

  it(
    'tells of a command that is not there before anything runs',
    withStore(async (runtime) => {
      await expect(run(runtime, ['nosuch'], { init: true })).rejects.toMatchObject({
        code: 'ERR_COMMAND_NOT_FOUND',
      });
    }),
  );
});

describe.runIf(requires({ root: true }))('namespaces of another container', () => {
  it(
    'are joined by its name while it runs, and not changed',
    withStore(async (runtime) => {
      const web = await started(runtime, { name: 'web', hostname: 'webby' });
      const container = { container: 'web' };
      const { stdout } = await shell(
        runtime,
        'readlink /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts; hostname',
        {
          namespaces: { network: container, ipc: container, uts: container },
        },
      );
      const pid = await web.pid();
      const own = ['net', 'ipc', 'uts'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
      expect(stdout.trim().split('\n')).toEqual([...own, 'webby']);
      const beside = await shell(runtime, 'tr "\\0" " " < /proc/1/cmdline', {
        namespaces: { pid: container },
      });
      expect(beside.stdout).toBe('sleep 1000 ');
      await web.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'are those of its present run; it is started if it does not run',
    withStore(async (runtime) => {
      const web = await started(runtime, { name: 'web' });
      const guest = await runtime.createContainer({
        hostRoot: true,
        command: ['readlink', '/proc/self/ns/net'],
        namespaces: { network: { container: web.id } },
      });
      expect((await guest.inspect()).HostConfig.NetworkMode).toBe(`container:${web.id}`);
      await web.stop({ timeout: 0 });
      await guest.start();
      expect(await web.state()).toBe('running');
      await guest.wait();
      const now = readlinkSync(`/proc/${await web.pid()}/ns/net`);
      expect(
        bytesOf(await logOf(guest), 'stdout')
          .toString()
          .trim(),
      ).toBe(now);
      await guest.remove();
      await web.remove({ force: true, timeout: 0 });
    }),
  );
});

describe.runIf(requires({ root: true }))('devices of the host', () => {
  it(
    'appear where they are asked for, one or all of a directory',
    withStore(async (runtime) => {
      const { rdev } = lstatSync('/dev/fuse');
      expect(rdev).toBe(10 * 256 + 229);
      const { stdout } = await shell(
        runtime,
        'stat -c "%t:%T %a" /dev/mine; ls /dev/net; (: < /dev/mine) && echo open',
        {
          hostDevices: [{ path: '/dev/fuse', containerPath: '/dev/mine' }, { path: '/dev/net' }],
        },
      );
      const mode = (lstatSync('/dev/fuse').mode & 0o777).toString(8);
      expect(stdout).toBe(`a:e5 ${mode}\ntun\nopen\n`);
    }),
  );

  it(
    'are all there for a privileged container',
    withStore(async (runtime) => {
      const { stdout } = await shell(runtime, 'ls /dev; (: < /dev/fuse) && echo open', { privileged: true });
      const inside = new Set(stdout.split('\n'));
      const nodes = readdirSync('/dev').filter((name) => {
        const info = lstatSync(`/dev/${name}`);
        return (info.isCharacterDevice() || info.isBlockDevice()) && !['console', 'ptmx'].includes(name);
      });
      expect(nodes.filter((name) => !inside.has(name))).toEqual([]);
      expect(inside).toContain('open');
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('the rest of the options', () => {
  it(
    'add groups, by name or number of the container’s own',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const groups = async (options: CreateOptions): Promise<string> =>
        (await shell(runtime, 'id -G', { rootfs, ...options })).stdout.trim();
      expect(await groups({ groupAdd: ['other', '77'] })).toBe('0 77 3000');
      expect(await groups({ user: 'app', groupAdd: ['other', 'extra'] })).toBe('1000 2000 3000');
    }),
  );

  it(
    'name hosts and name servers, or leave the root’s own files alone',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      writeFileSync(path.join(rootfs, 'etc/hosts'), 'own hosts\n');
      writeFileSync(path.join(rootfs, 'etc/resolv.conf'), 'own servers\n');
      const show = async (options: CreateOptions): Promise<string> =>
        (
          await shell(runtime, 'head -1 /etc/hosts; grep -v "^#" /etc/resolv.conf | tail -2', {
            rootfs,
            ...options,
          })
        ).stdout;
      expect(await show({ addHosts: ['db:10.0.0.1'], dns: ['10.0.0.2'], dnsOptions: ['ndots:2'] })).toBe(
        '10.0.0.1\tdb\nnameserver 10.0.0.2\noptions ndots:2\n',
      );
      expect(await show({ noHosts: true, dns: ['none'] })).toBe('own hosts\nown servers\n');
    }),
  );

  it(
    'limit the time of a run, from its start on',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '1000'],
        timeout: 1,
      });
      await container.start();
      expect(await container.wait()).toEqual({ exitCode: 137, signal: 9, oomKilled: false });
      await container.remove();
      expect(await shell(runtime, 'exit 4', { timeout: 600 })).toMatchObject({ exitCode: 4 });
    }),
  );

  it(
    'write the PID of each start to a file, or start nothing',
    withStore(async (runtime, store) => {
      const pidFile = path.join(store.directory, 'pid');
      const container = await started(runtime, { pidFile });
      expect(Number(readFileSync(pidFile, 'utf8'))).toBe(await container.pid());
      await container.remove({ force: true, timeout: 0 });
      await expect(shell(runtime, 'true', { pidFile: '/no/such/pid' })).rejects.toThrow('/no/such/pid');
    }),
  );

  it(
    'give /proc its own options',
    withStore(async (runtime) => {
      const { stdout } = await shell(runtime, 'grep " /proc " /proc/self/mountinfo', {
        procOptions: ['hidepid=invisible'],
      });
      expect(stdout).toContain('hidepid=invisible');
    }),
  );

  it(
    'make the working directory beneath the root, wherever its links point',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const outside = store.makeDirectory('outside');
      symlinkSync(outside, path.join(rootfs, 'out'));
      symlinkSync('../../../../../..', path.join(rootfs, 'up'));
      const { stdout } = await shell(runtime, 'pwd', { rootfs, cwd: `/up${outside}/made` });
      expect(stdout).toBe(`${outside}/made\n`);
      // The root's own directory of that name, not the host's.
      await expect(shell(runtime, 'pwd', { rootfs, cwd: '/out/made' })).resolves.toMatchObject({
        exitCode: 0,
      });
      expect(readdirSync(outside)).toEqual([]);
    }),
  );

  it(
    'make nothing outside the root, wherever its links point',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const outside = store.makeDirectory('outside');
      // What the links mean in the root is a directory of its own.
      mkdirSync(path.join(rootfs, outside), { recursive: true });
      symlinkSync(outside, path.join(rootfs, 'out'));
      symlinkSync('../../../../../../..' + outside, path.join(rootfs, 'up'));
      const source = store.makeDirectory('source');
      const { stdout } = await shell(runtime, 'ls /out', {
        rootfs,
        hostDevices: [{ path: '/dev/null', containerPath: '/out/null' }],
        mounts: [
          { type: 'tmpfs', source: 'tmpfs', destination: '/out/tmpfs', options: ['tmpcopyup'] },
          { type: 'overlay', source, destination: '/up/overlay' },
          { type: 'bind', source, destination: '/up/bind', options: ['rbind'] },
        ],
      });
      expect(stdout).toBe('bind\nnull\noverlay\ntmpfs\n');
      expect(readdirSync(outside)).toEqual([]);
    }),
  );

  it(
    'let programs of 32 bits run under the filter',
    withStore(async (runtime, store) => {
      // The exit system call of i386, by a program without any library: exit(42).
      const rootfs = store.makeDirectory('rootfs32');
      writeFileSync(path.join(rootfs, 'exit42'), elf32(), { mode: 0o755 });
      expect(await run(runtime, ['/exit42'], { rootfs })).toMatchObject({ exitCode: 42 });
    }),
  );
});

/** A static program of i386 (elf(5)): `mov $1, %eax; mov $42, %ebx; int $0x80`. */
function elf32(): Buffer {
  const code = Buffer.from([0xb8, 1, 0, 0, 0, 0xbb, 42, 0, 0, 0, 0xcd, 0x80]);
  const [base, headers] = [0x08048000, 52 + 32];
  const file = Buffer.alloc(headers + code.length);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]).copy(file);
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(3, 18); // EM_386
  file.writeUInt32LE(1, 20);
  file.writeUInt32LE(base + headers, 24); // entry
  file.writeUInt32LE(52, 28); // program headers
  file.writeUInt16LE(52, 40);
  file.writeUInt16LE(32, 42);
  file.writeUInt16LE(1, 44);
  // PT_LOAD of the whole file, readable and executable.
  [1, 0, base, base, file.length, file.length, 5, 0x1000].forEach((word, at) =>
    file.writeUInt32LE(word, 52 + 4 * at),
  );
  code.copy(file, headers);
  return file;
}
