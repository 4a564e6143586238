import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../support/archives.js';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.runIf(requires({ root: true }))('image mount and unmount on the command line', () => {
  it(
    'print, list and count as podman',
    withCommand(async (command) => {
      const archive = path.join(command.store.makeDirectory('tree'), 'tree.tar');
      writeFileSync(archive, archiveOf({ name: 'etc/motd', data: 'hello' }));
      const id = (await command.ok('import', '-q', archive, 'app:1')).replace('sha256:', '');
      writeFileSync(archive, archiveOf({ name: 'etc/motd', data: 'other' }));
      await command.ok('import', '-q', archive, 'other:1');
      const mount = (...words: string[]) => command.libpod('image', 'mount', ...words);
      const place = await command.ok('image', 'mount', 'app:1');
      expect(readFileSync(path.join(place, 'etc/motd'), 'utf8')).toBe('hello');
      expect((await mount()).stdout).toBe(`localhost/app:1  ${place}\n`);
      const json = await command.ok('image', 'mount', '--format', 'json');
      expect(JSON.parse(json)).toEqual([
        {
          id,
          Names: [expect.stringMatching(/^sha256:/)],
          Repositories: ['localhost/app:1'],
          mountpoint: place,
        },
      ]);
      expect((await mount('--all')).stdout.split('\n').sort().slice(1)).toEqual([
        `localhost/app:1    ${place}`,
        expect.stringMatching(/^localhost\/other:1 {2}\//),
      ]);
      const rmi = await command.libpod('rmi', 'app:1');
      expect(rmi.status).toBe(2);
      expect(rmi.stderr).toBe(
        `Error: image ${id} is mounted at ${place}: unmount it first, or force its removal\n`,
      );
      expect(await mount('app:1', 'nix')).toMatchObject({ status: 125, stdout: '' });
      expect((await mount('--all', 'app:1')).stderr).toContain('you may not pass any image names or IDs');
      const unmount = (...words: string[]) => command.libpod('image', 'unmount', ...words);
      expect((await unmount('app:1')).stdout).toBe(`${id}\n`);
      expect((await command.libpod('image', 'umount', '--all')).stdout).toContain(id);
      expect(await unmount('app:1')).toMatchObject({ status: 0, stdout: '' });
      expect((await mount('--format', 'json')).stdout).toBe('[]\n');
      await command.ok('rmi', 'app:1', 'other:1');
    }),
  );
});
