import { rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.runIf(requires({ root: true, busybox: true }))('libpod system', () => {
  it(
    'tells what takes space, and that nothing is damaged, as podman does',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      await ok('volume', 'create', 'data');
      writeFileSync(path.join(command.store.root, 'volumes/data/_data/file'), Buffer.alloc(2500));
      await ok('create', '--name', 'c', '-v', 'data:/d', '--rootfs', command.rootfs, 'true');
      const table = (await ok('system', 'df')).split('\n');
      expect(table).toEqual([
        'TYPE           TOTAL       ACTIVE      SIZE        RECLAIMABLE',
        'Images         0           0           0B          0B (0%)',
        'Containers     1           0           0B          0B (0%)',
        'Local Volumes  1           1           2.5kB       0B (0%)',
      ]);
      const verbose = await ok('system', 'df', '-v');
      expect(verbose).toContain('VOLUME NAME  LINKS       SIZE\ndata         1           2.5kB');
      expect(await ok('system', 'df', '--format', '{{.Type}} {{.Total}}')).toBe(
        'Images 0\nContainers 1\nLocal Volumes 1',
      );
      expect(await ok('system', 'check')).toBe('');

      const config = path.join(
        command.store.root,
        'containers',
        await ok('inspect', '-f', '{{.Id}}', 'c'),
        'config.json',
      );
      writeFileSync(config, '{');
      const damaged = await command.libpod('system', 'check', '--quick');
      expect([damaged.status, damaged.stderr]).toEqual([125, 'Error: damage detected in local storage\n']);
      expect(damaged.stdout).toMatch(/^Damaged container [0-9a-f]{64}:\n\t.*damaged/);
      expect(await ok('system', 'check', '--force')).toContain('Deleted damaged container: ');
      await ok('volume', 'rm', 'data');
      // The directory in which records are set aside stays, empty.
      rmdirSync(path.join(command.store.root, 'damaged'));
    }),
  );

  it(
    'takes away what nobody uses, and volumes only if asked',
    withCommand(async (command) => {
      await command.ok('volume', 'create', 'data');
      writeFileSync(path.join(command.store.root, 'volumes/data/_data/file'), Buffer.alloc(2500));
      const kept = await command.ok('create', '--label', 'keep', '--rootfs', command.rootfs, 'true');
      const gone = await command.ok('create', '--rootfs', command.rootfs, 'true');
      const both = await command.libpod('system', 'prune', '-f', '--volumes', '--filter', 'until=1h');
      expect([both.status, both.stderr]).toEqual([125, expect.stringContaining('together with --volumes')]);
      const none = command.start(['system', 'prune'], 'n\n');
      expect((await none.ended).stdout).toContain('all stopped containers');
      const some = await command.ok('system', 'prune', '-f', '--filter', 'label!=keep');
      expect(some).toBe(`Deleted Containers\n${gone}\nTotal reclaimed space: 0B`);
      expect(await command.ok('system', 'prune', '--force', '--volumes')).toBe(
        `Deleted Containers\n${kept}\nDeleted Volumes\ndata\nTotal reclaimed space: 2.5kB`,
      );
    }),
  );
});
