import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIBPOD_OCI, withOci, type OciCommand } from '../../support/oci-command.js';
import { requires } from '../../support/requires.js';

/** Takes the first descriptor that comes to a socket, prints what it says, and answers with a line (SCM_RIGHTS of unix(7)). */
const TAKE_TERMINAL = `
import array, os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
print('ready', flush=True)
taken, _ = listener.accept()
_, fds, _, _ = socket.recv_fds(taken, 4096, 1)
os.write(fds[0], b'typed\\n')
said = b''
try:
    while piece := os.read(fds[0], 4096):
        said += piece
except OSError:
    pass
print(said.decode(), end='')
`;

/** Runs a container that stays, and does something with it. */
async function whileRunning(
  command: OciCommand,
  body: (id: string) => Promise<void>,
  change?: Parameters<OciCommand['bundle']>[1],
): Promise<void> {
  const bundle = command.bundle(['sleep', '1000'], change);
  expect((await command.oci('run', '-d', '-b', bundle, 'one')).status).toBe(0);
  await body('one');
  await command.ok('delete', '--force', 'one');
}

describe.skipIf(!requires({ root: true, busybox: true }))('libpod-oci', () => {
  it(
    'executes a further process, as confined as the container',
    withOci((command) =>
      whileRunning(command, async (id) => {
        const said = await command.ok(
          ...['exec', '-u', '7:8', '-e', 'A=1', '--cwd', '/tmp', id],
          ...['sh', '-c', 'echo $A $(pwd) $(id -u) $(id -g); grep -E "CapBnd|NoNew" /proc/self/status'],
        );
        expect(said).toBe('1 /tmp 7 8\nCapBnd:\t0000000020000420\nNoNewPrivs:\t1');
        const home = ['exec', '-u', '1000', id, 'sh', '-c', 'echo $HOME'];
        expect(await command.ok(...home)).toBe('/home/app');
        expect(await command.ok(...home.with(2, '7'))).toBe('/');
        expect(await command.oci('exec', id, 'sh', '-c', 'exit 5')).toMatchObject({ status: 5 });
        expect(await command.oci('exec', id, 'sh', '-c', 'kill -9 $$')).toMatchObject({ status: 137 });
        expect(await command.fails('exec', id, 'nosuch')).toMatch(/^255: command "nosuch" was not found/);
        const process = command.file('process.json');
        writeFileSync(process, JSON.stringify({ args: ['hostname'], cwd: '/', user: { uid: 0, gid: 0 } }));
        expect(await command.ok('exec', '--process', process, id)).toBe('runc');
        const pidFile = command.file('pid');
        await command.ok('exec', '-d', '--pid-file', pidFile, id, 'sleep', '1001');
        const pid = readFileSync(pidFile, 'utf8');
        expect(JSON.parse(await command.ok('ps', '-f', 'json', id))).toContain(Number(pid));
        expect(await command.ok('ps', id)).toMatch(/PID[^]*sleep 1000[^]*sleep 1001/);
        expect(await command.fails('exec', id)).toMatch(/^255: /);
        expect(await command.fails('exec', 'nobody', 'true')).toBe('255: container does not exist: nobody');
      }),
    ),
  );

  it(
    'changes limits, and tells what is used',
    withOci((command) =>
      whileRunning(command, async (id) => {
        const limit = (): string =>
          readFileSync(`/sys/fs/cgroup/pids${command.store.cgroupParent}/bundle0/pids.max`, 'utf8').trim();
        await command.ok('update', '--pids-limit', '77', id);
        if (requires({ cgroup1: true })) expect(limit()).toBe('77');
        const file = command.file('limits.json');
        writeFileSync(file, JSON.stringify({ pids: { limit: 78 } }));
        await command.ok('update', '-r', file, id);
        if (requires({ cgroup1: true })) expect(limit()).toBe('78');
        expect(await command.fails('update', '--memory', 'much', id)).toContain('much');
        const event = JSON.parse(await command.ok('events', '--stats', id)) as object;
        expect(event).toMatchObject({ type: 'stats', id, data: { pids: { current: 1, limit: 78 } } });
      }),
    ),
  );

  it(
    'tells what it can do, and writes a specification that it runs',
    withOci(async (command) => {
      const features = JSON.parse(await command.ok('features')) as Record<string, unknown>;
      expect(features).toMatchObject({
        ociVersionMin: '1.0.0',
        hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
        mountOptions: expect.arrayContaining(['rro', 'idmap', 'tmpcopyup']) as unknown,
        linux: {
          namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
          cgroup: { systemd: true },
          seccomp: { enabled: true, archs: expect.arrayContaining(['SCMP_ARCH_X86_64']) as unknown },
          intelRdt: { enabled: false },
          netDevices: { enabled: true },
          mountExtensions: { idmap: { enabled: true } },
        },
      });
      const { actions } = (features as { linux: { seccomp: { actions: string[] } } }).linux.seccomp;
      expect(actions).toContain('SCMP_ACT_ERRNO');
      expect(actions).toContain('SCMP_ACT_NOTIFY');

      const bundle = command.store.makeDirectory('fresh');
      await command.ok('spec', '-b', bundle);
      expect(await command.fails('spec', '-b', bundle)).toContain('File config.json exists');
      const config = path.join(bundle, 'config.json');
      const spec = JSON.parse(readFileSync(config, 'utf8')) as {
        process: { args: string[]; terminal?: boolean };
        root: { path: string };
        linux: { cgroupsPath?: string };
      };
      spec.process.args = ['echo', 'from the written one'];
      spec.process.terminal = false;
      spec.root.path = command.rootfs;
      spec.linux.cgroupsPath = `${command.store.cgroupParent}/fresh`;
      writeFileSync(config, JSON.stringify(spec));
      expect(await command.ok('run', '-b', bundle, 'one')).toBe('from the written one');
    }),
  );

  it(
    'sends the master of a terminal to a socket, and passes descriptors on',
    withOci(async (command) => {
      const socket = command.file('console.sock');
      const taker = spawn('python3', ['-c', TAKE_TERMINAL, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
      // From now on: the container may have ended before the command that starts it has.
      const closed = once(taker, 'close');
      let said = '';
      taker.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
      while (!said.includes('ready')) await once(taker.stdout, 'data');
      const bundle = command.bundle(['sh', '-c', 'stty size; read line; echo "<$line>"; tty'], (spec) => {
        spec.process.terminal = true;
        spec.process.consoleSize = { height: 33, width: 44 };
      });
      expect(await command.fails('create', '-b', bundle, 'one')).toContain('--console-socket');
      await command.ok('create', '-b', bundle, '--console-socket', socket, 'one');
      await command.ok('start', 'one');
      await closed;
      expect(said.replaceAll('\r', '')).toMatch(/33 44\n[^]*<typed>\n\/dev\/pts\/0\n$/);
      await command.became('one', 'stopped');
      await command.ok('delete', 'one');

      const given = command.file('given');
      writeFileSync(given, 'through descriptor 3');
      const reads = command.bundle(['sh', '-c', 'cat <&3; ls /proc/self/fd | wc -l']);
      const shell = spawn(
        'sh',
        [
          '-c',
          `exec "$@" 3<${given} 4</dev/null`,
          'sh',
          LIBPOD_OCI,
          '--root',
          command.root,
          'run',
          '-b',
          reads,
        ].concat(['--preserve-fds', '1', 'two']),
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let out = '';
      shell.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
      await once(shell, 'close');
      // 0, 1, 2, the one that was given, and that of ls itself.
      expect(out).toMatch(/^through descriptor 3 *5\n$/);
    }),
  );

  it(
    'refuses what is no specification in one sentence, with nothing left',
    withOci(async (command) => {
      const bundle = command.bundle(['true']);
      const config = path.join(bundle, 'config.json');
      const good = JSON.parse(readFileSync(config, 'utf8')) as Record<string, Record<string, unknown>>;
      const mount = { destination: '/m', type: 'tmpfs', source: 'tmpfs' };
      const long = 'x'.repeat(1_000_000);
      const linux = good['linux'] as { namespaces: { type: string; path?: string }[] };
      for (const [spec, names] of [
        ['{ "ociVersion"', /config\.json/],
        ['[]', /config\.json/],
        [{ ...good, ociVersion: '9.9.9' }, /ociVersion/],
        [{ ...good, ociVersion: 7 }, /ociVersion/],
        [{ ...good, root: { path: '../../etc' } }, /root\.path/],
        [{ ...good, root: { path: 'nosuch' } }, /nosuch/],
        [{ ...good, mounts: Array.from({ length: 1_000_000 }, () => mount) }, /mounts/],
        [{ ...good, hostname: long }, /hostname/],
        [{ ...good, process: { ...good['process'], cwd: long } }, /cwd/],
        [{ ...good, process: { ...good['process'], capabilities: { bounding: ['CAP_FLY'] } } }, /CAP_FLY/],
        [{ ...good, linux: { ...linux, namespaces: [...linux.namespaces, { type: 'pid' }] } }, /namespaces/],
        [{ ...good, linux: { ...linux, namespaces: [{ type: 'moon' }] } }, /namespaces/],
        [
          {
            ...good,
            linux: {
              ...linux,
              seccomp: {
                defaultAction: 'SCMP_ACT_ALLOW',
                syscalls: [{ names: ['fly'], action: 'SCMP_ACT_ERRNO' }],
              },
            },
          },
          /fly/,
        ],
      ] as const) {
        writeFileSync(config, typeof spec === 'string' ? spec : JSON.stringify(spec));
        const said = await command.fails('run', '-b', bundle, 'one');
        expect(said).toMatch(names);
        expect(said.split('\n')).toHaveLength(1);
        expect(said.length).toBeLessThan(600);
      }
      expect(await command.fails('run', '-b', command.file('nowhere'), 'one')).toContain('nowhere');
      for (const id of ['..', 'a/b', '', 'a b'])
        expect((await command.oci('run', '-b', bundle, id)).status).toBe(1);
      expect(await command.ok('list', '-q')).toBe('');
      expect(existsSync(path.join(command.root, 'one'))).toBe(false);
    }),
  );
});
