import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../support/archives.js';
import { LIBPOD, withCommand, type TestCommand } from '../../support/cli.js';
import { makeLayout, skopeoCopy } from '../../support/images.js';
import { onTerminal } from '../../support/on-terminal.js';
import { TestRegistry } from '../../support/registry.js';
import { requires } from '../../support/requires.js';

const can = requires({
  root: true,
  registry: true,
  skopeo: true,
  openssl: true,
  htpasswd: true,
  busybox: true,
});

/** What the image says of how it is run. */
const CONFIG = {
  Entrypoint: ['/bin/sh', '-c'],
  Cmd: ['echo $GREETING from $(id -un) in $(pwd)'],
  Env: ['GREETING=hello=there', 'PATH=/bin'],
  User: 'app',
  WorkingDir: '/home/app',
  Labels: { who: 'image', kept: 'yes' },
  StopSignal: 'SIGINT',
  Volumes: { '/data': {} },
};

/** An image of busybox and `more` small layers above it, in a registry. */
async function withImage(
  command: TestCommand,
  body: (name: string, registry: TestRegistry) => Promise<void>,
  more = 1,
): Promise<void> {
  await using registry = await TestRegistry.start(command.store.makeDirectory('registry'));
  const bottom = execFileSync('tar', ['-C', command.rootfs, '-c', '.'], { maxBuffer: 1 << 28 });
  const small = Array.from({ length: more }, (_, at) => ({
    bytes: archiveOf({ name: `layers/${at}`, data: String(at) }, { name: 'last', data: String(at) }),
  }));
  const layout = command.store.makeDirectory('layout');
  makeLayout(layout, [{ bytes: bottom }, ...small], { config: CONFIG });
  skopeoCopy(`oci:${layout}:test`, `docker://${registry.host}/team/box:1`);
  await body(`${registry.host}/team/box:1`, registry);
  await command.ok('rm', '--all', '--force', '--volumes', '--time', '0');
  await command.ok('image', 'prune', '--all', '--force');
}

const insecure = '--tls-verify=false';

describe.skipIf(!can)('images on the command line', () => {
  it(
    'are pulled by run, and say how they are run',
    withCommand((command) =>
      withImage(command, async (name) => {
        const first = await command.libpod('run', '--rm', insecure, name);
        expect(first.stderr).toContain(`Trying to pull ${name}...`);
        expect(first.stderr.match(/^Copying blob [0-9a-f]{12} done$/gm)).toHaveLength(2);
        expect([first.status, first.stdout]).toEqual([0, 'hello=there from app in /home/app\n']);
        const ok = (...words: string[]) => command.libpod('run', '--rm', ...words);
        expect(await ok('--pull', 'never', '-e', 'GREETING=x', '-u', '0', '-w', '/tmp', name)).toMatchObject({
          stdout: 'x from root in /tmp\n',
          stderr: '',
        });
        expect((await ok(name, 'echo $0 $1', 'a', 'b')).stdout).toBe('a b\n');
        expect((await ok('--entrypoint', '/bin/echo', name, 'words')).stdout).toBe('words\n');
        expect((await ok('--entrypoint', '[]', name, '/bin/cat', '/last')).stdout).toBe('0');
        expect((await ok('--image-volume', 'tmpfs', name, 'mount | grep -c " /data "')).stdout).toBe('1\n');
        expect((await ok('team/box:1', 'echo short')).stdout).toBe('short\n');
        const plain = await command.libpod('run', '--unsetenv', 'GREETING', '--rmi', name, 'echo $GREETING.');
        expect([plain.stdout, plain.stderr]).toEqual(['.\n', '']);
        expect((await command.libpod('image', 'exists', name)).status).toBe(1);
        expect(await command.libpod('run', '--rm', '-q', insecure, name)).toMatchObject({ stderr: '' });
      }),
    ),
  );

  it(
    'are listed, named, and kept as long as containers use them',
    withCommand((command) =>
      withImage(command, async (name) => {
        const id = await command.ok('pull', '-q', insecure, name);
        expect(id).toMatch(/^[0-9a-f]{64}$/);
        const table = (await command.ok('images')).split('\n').map((line) => line.split(/\s{2,}/));
        expect(table[0]).toEqual(['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE']);
        expect(table[1]?.slice(0, 3)).toEqual([name.replace(/:1$/, ''), '1', id.slice(0, 12)]);
        await command.ok('tag', id.slice(0, 8), 'mine:2');
        expect(await command.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain(
          'localhost/mine:2',
        );
        const [inspected] = JSON.parse(await command.ok('image', 'inspect', 'mine:2'));
        expect(inspected).toMatchObject({ Id: id, Os: 'linux', Config: { User: 'app' } });
        expect(inspected).toMatchObject({ RepoTags: expect.arrayContaining([name, 'localhost/mine:2']) });

        const ctr = await command.ok('create', '--label', 'who=me', 'mine:2');
        expect(await command.ok('ps', '-a', '--format', '{{.Image}}')).toBe('localhost/mine:2');
        const [container] = JSON.parse(await command.ok('inspect', ctr));
        expect(container).toMatchObject({ Config: { Labels: { who: 'me', kept: 'yes' } } });
        expect(await command.libpod('rmi', id)).toMatchObject({ status: 2 });
        expect(await command.ok('rmi', 'mine:2')).toBe('Untagged: localhost/mine:2');
        const used = await command.libpod('rmi', name);
        expect([used.status, used.stderr]).toEqual([
          2,
          expect.stringContaining('image is in use by a container'),
        ]);
        await command.ok('image', 'prune', '--all', '--force');
        expect((await command.libpod('image', 'exists', name)).status).toBe(0);
        await command.ok('rm', '-v', ctr);
        expect(await command.ok('rmi', name)).toBe(`Untagged: ${name}\nDeleted: ${id}`);
        expect((await command.libpod('image', 'exists', name)).status).toBe(1);
        expect(await command.libpod('rmi', name)).toMatchObject({ status: 1 });
        expect(await command.libpod('run', '--pull', 'never', name)).toMatchObject({ status: 125 });
      }),
    ),
  );

  it(
    'are pushed, with the credentials of a login',
    withCommand((command) =>
      withImage(command, async (name) => {
        const user = { name: 'ann', password: 'secret' };
        await using guarded = await TestRegistry.start(command.store.makeDirectory('guarded'), { user });
        const { host } = guarded;
        const authfile = ['--authfile', command.file('auth.json')];
        await command.ok('pull', '-q', insecure, name);
        const refused = await command.libpod('push', insecure, ...authfile, name, `${host}/app`);
        expect([refused.status, refused.stderr]).toEqual([
          125,
          expect.stringMatching(/the registry answered 401.*; log in with `libpod login`/),
        ]);
        const login = command.start(
          ['login', insecure, ...authfile, '-u', user.name, '--password-stdin', host],
          `${user.password}\n`,
        );
        expect(await login.ended).toMatchObject({ status: 0, stdout: 'Login Succeeded!\n' });
        expect(await command.ok('login', ...authfile, '--get-login', host)).toBe('ann');
        const digestfile = command.file('digest');
        const pushed = await command.libpod(
          ...['push', insecure, ...authfile, '--digestfile', digestfile, name, `docker://${host}/app`],
        );
        expect(pushed.status).toBe(0);
        expect(pushed.stderr).toMatch(/^(Copying blob [0-9a-f]{12} done\n){3}Writing manifest/);
        const digest = readFileSync(digestfile, 'utf8');
        expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
        const creds = ['--creds', `${user.name}:${user.password}`];
        await command.ok('pull', '-q', insecure, ...creds, `${host}/app@${digest}`);
        expect(await command.ok('logout', ...authfile, host)).toBe(`Removed login credentials for ${host}`);
        expect(await command.libpod('logout', ...authfile, host)).toMatchObject({
          status: 125,
          stderr: `Error: not logged into ${host}\n`,
        });
        expect((await command.libpod('login', ...authfile, host)).stderr).toContain('no terminal to ask on');
        const asked = await onTerminal(
          [LIBPOD, ...command.globals, 'login', insecure, ...authfile, host],
          ['expect', 'Username: '],
          ['send', `${user.name}\r`],
          ['expect', 'Password: '],
          ['send', `${user.password}\r`],
          ['expect', 'Login Succeeded!'],
        );
        expect(asked).toMatchObject({ status: 0, modes: true });
        expect(asked.output).not.toContain(user.password);
        expect(await command.ok('login', ...authfile, '--get-login', host)).toBe(user.name);
        expect((await command.libpod('push', '--format', 'v1', name)).stderr).toContain('choose oci or v2s2');
      }),
    ),
  );

  it(
    'are made of a tree, saved and loaded',
    withCommand(async (command) => {
      const tree = execFileSync('tar', ['-C', command.rootfs, '-c', '.'], { maxBuffer: 1 << 28 });
      const made = await command.start(['import', '-c', 'CMD ["echo", "hi"]', '-', 'made'], tree).ended;
      expect(made.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      const file = command.file('made.tar');
      await command.ok('save', '-o', file, 'made', 'more:2');
      await command.ok('rmi', 'made');
      expect(await command.ok('load', '-q', '-i', file)).toBe(
        'Loaded image: localhost/made:latest,localhost/more:2',
      );
      expect(await command.ok('run', '--rm', 'more:2')).toBe('hi');
      const piped = await command.libpod('save', '--format', 'oci-archive', 'made');
      const loaded = await command.start(['image', 'load'], piped.bytes).ended;
      expect(loaded.stdout).toBe('Loaded image: localhost/made:latest,localhost/more:2\n');
      expect((await command.libpod('save', '--format', 'zip', 'made')).stderr).toContain('choose one of');
      await command.ok('image', 'prune', '--all', '--force');
    }),
  );

  it(
    'may have 127 layers',
    withCommand((command) =>
      withImage(
        command,
        async (name) => {
          await command.ok('pull', '-q', insecure, name);
          expect(await command.ok('run', '--rm', name, 'cat /last; echo; ls /layers | wc -l')).toBe(
            '125\n126',
          );
        },
        126,
      ),
    ),
  );

  it(
    'are refused in one sentence when they cannot be had',
    withCommand((command) =>
      withImage(command, async (name, registry) => {
        const missing = await command.libpod('pull', insecure, `${registry.host}/no/such`);
        expect([missing.status, missing.stdout]).toEqual([125, '']);
        expect(missing.stderr).toMatch(
          /Error: cannot read the manifest latest of \S+\/no\/such: the registry answered 404/,
        );
        const secure = await command.libpod('pull', name);
        expect([secure.status, secure.stderr]).toEqual([125, expect.stringContaining('it speaks no TLS')]);
        expect((await command.libpod('pull', 'a//b')).stderr).toContain('is not valid');
        expect((await command.libpod('run', '--pull', 'sometimes', name)).stderr).toContain('--pull');
      }),
    ),
  );
});
