import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.runIf(requires({ root: true, busybox: true }))('a container whose configuration is damaged', () => {
  it(
    'is listed as unknown, refused by its ID, and removed by force; the others are used as before',
    withCommand(async (command) => {
      const { rootfs, store } = command;
      const make = (name: string) => command.ok('create', '--name', name, '--rootfs', rootfs, 'true');
      const bad = await make('bad');
      await make('good');
      writeFileSync(path.join(store.root, 'containers', bad, 'config.json'), '{');
      const list = await command.ok('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.State}}');
      expect(`${list}\n`).toContain(`${bad} unknown\n`);
      const refused = await command.libpod('inspect', bad);
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).toContain(bad);
      expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect((await command.libpod('rm', 'bad')).status).not.toBe(0);
      expect(readdirSync(path.join(store.root, 'damaged'))).toEqual([bad]);
      await command.ok('start', '--attach', 'good');
      expect(await command.ok('rm', '-f', 'bad')).toBe('bad');
      await command.ok('rm', '-fa');
      expect(await command.ok('ps', '-aq')).toBe('');
      rmSync(path.join(store.root, 'damaged'), { recursive: true });
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('a container whose lock file is a directory', () => {
  it(
    'is removed by force as the message says, also with all others',
    withCommand(async (command) => {
      const { rootfs, store } = command;
      for (const way of [['bad'], ['--all']]) {
        await command.ok('create', '--name', 'bad', '--rootfs', rootfs, 'true');
        const id = await command.ok('inspect', '--format', '{{.Id}}', 'bad');
        const [boot = ''] = readdirSync(store.runRoot).filter((name) => name !== 'store.json');
        const lock = path.join(store.runRoot, boot, 'containers', id, 'lock');
        rmSync(lock);
        mkdirSync(lock);
        const refused = await command.libpod('rm', 'bad');
        expect(refused.status).not.toBe(0);
        expect(refused.stderr).toContain('libpod rm --force');
        await command.ok('rm', '--force', ...way);
        expect(await command.ok('ps', '-aq')).toBe('');
      }
    }),
  );
});
