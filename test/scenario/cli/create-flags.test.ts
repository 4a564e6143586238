import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.skipIf(!requires({ root: true, busybox: true }))('flags of run and create', () => {
  it(
    'take the place of a container by its name, and never of one whose ID begins so',
    withCommand(async (command) => {
      const create = (...words: string[]) => command.libpod('create', ...words, ...command.overlay, 'true');
      const first = (await create('--name', 'same')).stdout.trim();
      expect((await create('--name', 'same')).status).toBe(125);
      const prefix = first.slice(0, 6);
      expect((await create('--replace', '--name', prefix)).status).toBe(0);
      const second = (await create('--replace', '--name', 'same')).stdout.trim();
      expect(
        await command.ok('ps', '-a', '--no-trunc', '--format', '{{.ID}}', '--filter', 'name=^same$'),
      ).toBe(second);
      expect(await create('--replace')).toMatchObject({
        status: 125,
        stderr: 'Error: --replace needs --name: it tells which to replace\n',
      });
      await command.ok('rm', '-f', 'same', prefix);
    }),
  );

  it(
    'mount what another container has, but for what is mounted there anyway',
    withCommand(async (command) => {
      const shared = path.join(command.store.root, '..', 'shared');
      mkdirSync(shared);
      writeFileSync(path.join(shared, 'file'), 'of the host');
      const volumes = ['-v', 'data:/data', '-v', `${shared}:/shared`];
      await command.ok('create', '--name', 'a', ...volumes, '--host-root', '--', 'true');
      const run = (...words: string[]) => command.libpod('run', '--rm', ...words);
      const script = 'echo x > /data/x && cat /shared/file; echo x > /shared/x; ls -d /usr/lib/os-release';
      const all = await run('--volumes-from', 'a', ...command.overlay, 'sh', '-c', script);
      expect(all.stdout).toBe('of the host');
      expect(all.stderr).toContain('/usr/lib/os-release');
      const read = await run('--volumes-from', 'a:ro', ...command.overlay, 'sh', '-c', script);
      expect([read.stdout, read.stderr.match(/read-only/gi)?.length]).toEqual(['', 2]);
      const kept = await run(
        ...['--volumes-from', 'a', '--tmpfs', '/shared:notmpcopyup', ...command.overlay],
        ...['sh', '-c', 'ls /shared /data'],
      );
      expect(kept.stdout).toBe('/data:\nx\n\n/shared:\n');
      for (const [name, sentence] of [
        ['a:rx', 'write NAME, NAME:ro or NAME:rw'],
        ['nobody', 'no such container'],
      ] as const) {
        const { status, stderr } = await run('--volumes-from', name, ...command.overlay, 'true');
        expect([status, stderr.includes(sentence)]).toEqual([125, true]);
      }
      await command.ok('rm', '-f', 'a');
      await command.ok('volume', 'rm', 'data');
    }),
  );

  it(
    'set the time zone, leave out variables, and attach one stream alone',
    withCommand(async (command) => {
      const run = (...words: string[]) => command.libpod('run', '--rm', ...words);
      const zone = ['--tz', 'Asia/Tokyo', ...command.overlay, 'date', '-d', '@0', '+%H'];
      expect((await run(...zone)).stdout).toBe('09\n');
      for (const name of ['Nowhere', '../../../etc/passwd', '/etc/passwd', 'Asia']) {
        const { status, stderr } = await run('--tz', name, ...command.overlay, 'true');
        expect([status, stderr.includes('is not known to the host')], name).toEqual([125, true]);
      }
      const env = await run('--unsetenv', 'PATH', '-e', 'A=1', ...command.overlay, '/bin/env');
      expect(env.stdout).toContain('A=1\n');
      expect(env.stdout).not.toContain('PATH=');
      const none = await run('--unsetenv-all', '-e', 'A=1', ...command.overlay, '/bin/env');
      expect(none.stdout).toBe('A=1\n');

      const both = [...command.overlay, 'sh', '-c', 'echo out; echo err >&2; exit 3'];
      expect(await run('-a', 'stderr', ...both)).toMatchObject({ status: 3, stdout: '', stderr: 'err\n' });
      expect(await run('-a', 'stdout', '-a', 'STDERR', ...both)).toMatchObject({ stdout: 'out\n' });
      for (const [words, sentence] of [
        [['-a', 'nothing'], 'write stdin, stdout or stderr'],
        [['-d', '-a', 'stdout'], '--detach cannot be used with --attach'],
        [['-d', '--rmi'], '--detach cannot be used with --rmi'],
      ] as const) {
        const { status, stderr } = await run(...words, ...both);
        expect([status, stderr.includes(sentence)]).toEqual([125, true]);
      }
    }),
  );
});
