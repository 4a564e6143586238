import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { minimalSpec } from '../../unit/oci/minimal-spec.js';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

const MB = 1_000_000;

describe.skipIf(!requires({ root: true, busybox: true }))('libpod run', () => {
  it(
    'runs a command in the composed host root',
    withCommand(async (command) => {
      const { status, stdout, stderr } = await command.libpod(
        'run',
        '--rm',
        '--host-root',
        '--',
        'sh',
        '-c',
        'echo hello from $(hostname); id -u',
      );
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^hello from [0-9a-f]{12}\n0\n$/);
      expect(status).toBe(0);
    }),
  );

  it(
    "keeps the streams apart and ends with the container's exit code",
    withCommand(async (command) => {
      const result = await command.libpod(
        'run',
        '--rm',
        ...command.overlay,
        'sh',
        '-c',
        'echo out; echo err >&2; exit 7',
      );
      expect(result).toMatchObject({ status: 7, stdout: 'out\n', stderr: 'err\n' });
    }),
  );

  it(
    'tells a command that a signal ended by 128 and the signal',
    withCommand(async (command) => {
      const running = command.start(
        ['run', '--name', 'long', ...command.overlay, 'sh', '-c', 'echo ready; exec sleep 100'],
        '',
      );
      await running.saw('ready');
      await command.ok('kill', '--signal', 'KILL', 'long');
      expect((await running.ended).status).toBe(137);
    }),
  );

  it(
    'ends with 127 and 126 for a command that is not there or cannot be executed, and leaves nothing with --rm',
    withCommand(async (command) => {
      const missing = await command.libpod('run', '--rm', ...command.overlay, 'nosuchcommand');
      expect(missing.status).toBe(127);
      expect(missing.stderr).toMatch(/^Error: .*nosuchcommand.*\n$/);
      const plain = await command.libpod('run', '--rm', ...command.overlay, '/etc/passwd');
      expect(plain.status).toBe(126);
      expect(plain.stderr).toMatch(/^Error: .*\/etc\/passwd.*\n$/);
      expect(await command.ok('ps', '--all', '--quiet')).toBe('');
    }),
  );

  it(
    'hands bytes through unchanged, both ways, and the end of stdin',
    withCommand(async (command) => {
      const bytes = randomBytes(4 * MB);
      const through = await command.start(['run', '--rm', '-i', ...command.overlay, 'cat'], bytes).ended;
      expect(through.bytes.equals(bytes)).toBe(true);
      expect(through.status).toBe(0);
    }),
  );

  it(
    'does not wait for stdin when the container has ended',
    withCommand(async (command) => {
      const running = command.start(['run', '--rm', '-i', ...command.overlay, 'echo', 'done']);
      expect(await running.ended).toMatchObject({ status: 0, stdout: 'done\n' });
    }),
  );

  it(
    'gives a container without -i no stdin',
    withCommand(async (command) => {
      const { stdout } = await command.start(['run', '--rm', ...command.overlay, 'cat'], 'not for it').ended;
      expect(stdout).toBe('');
    }),
  );

  it(
    'ends quietly when nobody reads any more, and takes a throwaway container along',
    withCommand(async (command) => {
      const running = command.start(['run', '--rm', ...command.overlay, 'yes'], '');
      await running.saw('y\n');
      running.child.stdout?.destroy();
      expect(await running.ended).toMatchObject({ status: 141, stderr: '' });
      expect(await command.ok('ps', '--all', '--quiet')).toBe('');
    }),
  );

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
    it(
      `passes ${signal} on to the container`,
      withCommand(async (command) => {
        const script = `trap 'echo got; exit 42' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
        const running = command.start(['run', '--rm', ...command.overlay, 'sh', '-c', script], '');
        await running.saw('ready');
        running.child.kill(signal);
        expect(await running.ended).toMatchObject({ status: 42, stdout: 'ready\ngot\n' });
      }),
    );
  }

  it(
    'keeps signals to itself with --sig-proxy=false, and the container goes on',
    withCommand(async (command) => {
      const running = command.start(
        ['run', '--name', 'on', '--sig-proxy=false', ...command.overlay, 'sh', '-c', 'echo ready; sleep 100'],
        '',
      );
      await running.saw('ready');
      running.child.kill('SIGTERM');
      expect((await running.ended).status).toBe(143);
      expect(await command.ok('ps', '--format', '{{.Names}} {{.State}}')).toBe('on running');
    }),
  );

  it(
    'leaves a directory alone under :O, and writes into it without',
    withCommand(async (command) => {
      await command.ok('run', '--rm', '--rootfs', `${command.rootfs}:O`, 'touch', '/mark');
      expect(existsSync(path.join(command.rootfs, 'mark'))).toBe(false);
      await command.ok('run', '--rm', `--rootfs=${command.rootfs}`, 'touch', '/mark');
      expect(existsSync(path.join(command.rootfs, 'mark'))).toBe(true);
    }),
  );

  it(
    "takes podman's order, where --rootfs stands alone and the directory is the first word",
    withCommand(async (command) => {
      expect(await command.ok('run', '--rootfs', '--rm', `${command.rootfs}:O`, 'echo', 'here')).toBe('here');
    }),
  );

  it(
    "leaves the flags behind the command's name to the command",
    withCommand(async (command) => {
      expect(
        await command.ok('run', '--rm', ...command.overlay, 'echo', '--rm', '-d', '--nosuch=false'),
      ).toBe('--rm -d --nosuch=false');
    }),
  );

  it(
    'sets the environment, the directory, the user and the host name',
    withCommand(async (command) => {
      writeFileSync(command.file('env'), '# a comment\nFILE=1\nBOTH=file\n\nLIBPOD_NOT_SET\n');
      const flags = [
        '--env-file',
        command.file('env'),
        '-e',
        'BOTH=flag',
        '-e',
        'PATH',
        '-e',
        'A=b=c',
        '-w',
        '/tmp',
        '-u',
        'app',
        '-h',
        'boxy',
      ];
      const output = await command.ok(
        'run',
        '--rm',
        ...flags,
        ...command.overlay,
        '/bin/sh',
        '-c',
        'echo $FILE $BOTH $A $PATH; pwd; id; hostname; env',
      );
      expect(output.split('\n').slice(0, 4)).toEqual([
        `1 flag b=c ${process.env['PATH']}`,
        '/tmp',
        'uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)',
        'boxy',
      ]);
      expect(output).not.toContain('LIBPOD_NOT_SET');
    }),
  );

  it(
    'reads --env-file itself: what is in it reaches the container and not this process',
    withCommand(async (command) => {
      const spy = command.file('spy.cjs');
      writeFileSync(spy, 'console.log("the file was obeyed")');
      writeFileSync(command.file('env'), `NODE_OPTIONS=--require=${spy}\n`);
      const output = await command.ok(
        'run',
        '--rm',
        '--env-file',
        command.file('env'),
        ...command.overlay,
        'sh',
        '-c',
        'echo $NODE_OPTIONS',
      );
      expect(output).toBe(`--require=${spy}`);
    }),
  );

  it(
    'binds volumes and mounts tmpfs',
    withCommand(async (command) => {
      const shared = command.store.makeDirectory('shared');
      const flags = [
        '-v',
        `${shared}:/rw:z`,
        '-v',
        `${shared}:/ro:ro`,
        '--mount',
        `type=bind,src=${shared},dst=/m,ro`,
        '--tmpfs',
        '/t:size=1m',
      ];
      const script =
        'echo hi > /rw/file; cat /ro/file /m/file; touch /ro/x || echo refused; touch /m/x || echo refused; df /t | tail -1';
      const { stdout } = await command.libpod(
        'run',
        '--rm',
        ...flags,
        ...command.overlay,
        'sh',
        '-c',
        script,
      );
      expect(stdout).toMatch(/^hi\nhi\nrefused\nrefused\ntmpfs +1024 /);
      expect(readFileSync(path.join(shared, 'file'), 'utf8')).toBe('hi\n');
    }),
  );

  it(
    'confines as the flags say',
    withCommand(async (command) => {
      const status = async (...flags: string[]): Promise<string> =>
        command.ok(
          'run',
          '--rm',
          ...flags,
          ...command.overlay,
          'sh',
          '-c',
          "grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t\\n' ' '",
        );
      expect(await status('--cap-drop', 'ALL')).toContain('CapBnd: 0000000000000000');
      expect(await status('--cap-drop', 'ALL', '--cap-add', 'CHOWN,cap_kill')).toContain(
        'CapBnd: 0000000000000021',
      );
      expect(await status()).toContain('NoNewPrivs: 0 Seccomp: 2');
      expect(
        await status('--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined'),
      ).toContain('NoNewPrivs: 1 Seccomp: 0');
    }),
  );

  it(
    'sets limits of the process and of its files',
    withCommand(async (command) => {
      const flags = [
        '--ulimit',
        'nofile=100:200',
        '--oom-score-adj',
        '500',
        '--umask',
        '0077',
        '--shm-size',
        '8m',
        '--sysctl',
        'net.ipv4.ip_forward=1',
      ];
      const script =
        'ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj; umask; df /dev/shm | tail -1 | tr -s " " | cut -d " " -f 2; cat /proc/sys/net/ipv4/ip_forward';
      const output = await command.ok('run', '--rm', ...flags, ...command.overlay, 'sh', '-c', script);
      expect(output.split('\n')).toEqual(['100', '200', '500', '0077', '8192', '1']);
    }),
  );

  it(
    'shares namespaces with the host when asked',
    withCommand(async (command) => {
      const names = ['pid', 'net', 'ipc', 'uts', 'cgroup'];
      const script = names.map((name) => `readlink /proc/self/ns/${name}`).join('; ');
      const own = (await command.ok('run', '--rm', ...command.overlay, 'sh', '-c', script)).split('\n');
      const flags = [
        '--pid',
        'host',
        '--network',
        'host',
        '--ipc',
        'host',
        '--uts',
        'host',
        '--cgroupns',
        'host',
      ];
      const shared = (
        await command.ok('run', '--rm', ...flags, ...command.overlay, 'sh', '-c', script)
      ).split('\n');
      const host = names.map((name) => readlinkSync(`/proc/self/ns/${name}`));
      expect(shared).toEqual(host);
      expect(own.filter((link) => host.includes(link))).toEqual([]);
    }),
  );

  it(
    'puts the entrypoint in front, as a word or a list',
    withCommand(async (command) => {
      expect(await command.ok('run', '--rm', '--entrypoint', 'echo', ...command.overlay, 'b')).toBe('b');
      expect(await command.ok('run', '--rm', '--entrypoint', '["echo","a"]', ...command.overlay, 'b')).toBe(
        'a b',
      );
    }),
  );

  it(
    'writes --cidfile, and refuses one that is there',
    withCommand(async (command) => {
      const file = command.file('cid');
      const id = await command.ok('create', '--cidfile', file, ...command.overlay, 'true');
      expect(readFileSync(file, 'utf8')).toBe(id);
      const again = await command.libpod('run', '--rm', '--cidfile', file, ...command.overlay, 'true');
      expect(again.status).toBe(125);
      expect(again.stderr).toContain(file);
    }),
  );

  it(
    'prints a plan for --dry-run and makes no container',
    withCommand(async (command) => {
      const plan = await command.ok(
        'run',
        '--dry-run',
        '--name',
        'planned',
        ...command.overlay,
        'echo',
        'never',
      );
      expect(plan).toMatch(/^prepare: /);
      expect(plan).toMatch(/^exec:/m);
      expect(plan).toContain('echo');
      expect(await command.ok('ps', '--all', '--quiet')).toBe('');
    }),
  );

  it(
    'runs a bundle, with a command of its own or another, and refuses flags that it would ignore',
    withCommand(async (command) => {
      const bundle = command.store.makeDirectory('bundle');
      const spec = minimalSpec();
      spec.root.path = command.rootfs;
      spec.process.args = ['echo', 'from the bundle'];
      spec.process.env = ['PATH=/bin'];
      spec.mounts = [{ destination: '/proc', type: 'proc', source: 'proc' }];
      spec.linux = { namespaces: [{ type: 'pid' }, { type: 'mount' }] };
      writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(spec));
      expect(await command.ok('run', '--rm', '--bundle', bundle)).toBe('from the bundle');
      expect(await command.ok('run', '--rm', '--bundle', bundle, 'echo', 'other')).toBe('other');
      const refused = await command.libpod('run', '--rm', '--bundle', bundle, '--memory', '64m');
      expect(refused).toMatchObject({
        status: 125,
        stderr: "Error: --memory cannot be used with --bundle: the bundle's config.json says it\n",
      });
    }),
  );

  it(
    'keeps no log with the driver none, and puts it where path= says',
    withCommand(async (command) => {
      await command.ok('run', '--name', 'silent', '--log-driver', 'none', ...command.overlay, 'echo', 'x');
      expect((await command.libpod('logs', 'silent')).status).toBe(125);
      const file = command.file('own.log');
      await command.ok(
        'run',
        '--name',
        'own',
        '--log-opt',
        `path=${file}`,
        ...command.overlay,
        'echo',
        'logged',
      );
      expect(readFileSync(file, 'utf8')).toMatch(/ stdout F logged\n$/);
      expect(await command.ok('logs', 'own')).toBe('logged');
    }),
  );
});
