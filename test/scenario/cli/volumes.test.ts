import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.runIf(requires({ root: true, busybox: true }))('libpod volume', () => {
  it(
    'creates, lists, inspects and removes, with the columns and the exit codes of podman',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      expect(await ok('volume', 'create', '--label', 'a=b', 'one')).toBe('one');
      expect(
        await ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'o=size=1m', '-o', 'o=nodev', 'two'),
      ).toBe('two');
      expect(await ok('volume', 'ls')).toBe('DRIVER      VOLUME NAME\nlocal       one\nlocal       two');
      expect(await ok('volume', 'ls', '-q', '--filter', 'label=a')).toBe('one');
      expect(await ok('volume', 'ls', '--filter', 'label=a', '--format', '{{.Name}} {{.Anonymous}}')).toBe(
        'one false',
      );
      expect(await ok('volume', 'ls', '-q', '--filter', 'opt=type=tmpfs')).toBe('two');
      const [two] = JSON.parse(await ok('volume', 'inspect', 'two')) as [Record<string, unknown>];
      expect(two).toMatchObject({
        ...{ Name: 'two', Driver: 'local', Scope: 'local', MountCount: 0, NeedsCopyUp: true },
        ...{ Mountpoint: path.join(command.store.root, 'volumes/two/_data'), Labels: {} },
        Options: { type: 'tmpfs', o: 'size=1m,nodev' },
      });
      expect(await ok('volume', 'mount', 'two')).toBe(two['Mountpoint']);
      expect(await ok('volume', 'unmount', 'two')).toBe('two');
      for (const [words, status, sentence] of [
        [['volume', 'create', 'one'], 125, 'volume with name one already exists'],
        [['volume', 'rm', 'none'], 1, 'no such volume'],
        [['volume', 'exists', 'none'], 1, ''],
        [['volume', 'ls', '--filter', 'x=y'], 125, '"x" is an invalid volume filter'],
        [['volume', 'import', 'one', '/none.tar'], 125, '/none.tar'],
      ] as const) {
        const result = await command.libpod(...words);
        expect([result.status, result.stderr.includes(sentence)], words.join(' ')).toEqual([status, true]);
      }
      expect(await ok('volume', 'rm', '--all')).toBe('one\ntwo');
    }),
  );

  it(
    'gives containers their data, by name or without one, and keeps what is in use',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      mkdirSync(path.join(command.rootfs, 'srv'));
      writeFileSync(path.join(command.rootfs, 'srv/file'), 'filled');
      const run = (...words: string[]) => ok('run', '--rm', ...words);
      expect(await run('-v', 'data:/srv', ...command.overlay, 'cat', '/srv/file')).toBe('filled');
      const mount = 'type=volume,src=data,dst=/srv,ro';
      expect(await run('--mount', mount, ...command.overlay, 'sh', '-c', 'echo x > /srv/x || echo no')).toBe(
        'no',
      );

      await ok('create', '--name', 'c', '-v', 'data:/srv', '-v', '/anonymous', ...command.overlay, 'true');
      expect(await ok('ps', '-a', '--filter', 'volume=data', '--format', '{{.Names}}')).toBe('c');
      expect((await ok('volume', 'ls', '-q')).split('\n')).toHaveLength(2);
      const used = await command.libpod('volume', 'rm', 'data');
      expect([used.status, used.stderr]).toEqual([2, expect.stringContaining('volume is being used')]);
      await ok('rm', '-v', 'c');
      expect(await ok('volume', 'ls', '-q')).toBe('data');

      const file = command.file('data.tar');
      await ok('volume', 'export', 'data', '--output', file);
      await ok('volume', 'create', 'copy');
      await ok('volume', 'import', 'copy', file);
      expect((await command.start(['volume', 'import', 'copy', '-'], readFileSync(file)).ended).status).toBe(
        0,
      );
      expect(await run('-v', 'copy:/x:nocopy', ...command.overlay, 'cat', '/x/file')).toBe('filled');
      expect(await ok('volume', 'prune', '--force', '--filter', 'name=copy')).toBe('copy');

      await ok('create', '--name', 'c', '-v', 'data:/srv', ...command.overlay, 'true');
      expect(await ok('volume', 'rm', '--force', 'data')).toBe('data');
      expect(await ok('ps', '-a', '-q')).toBe('');
    }),
  );
});
