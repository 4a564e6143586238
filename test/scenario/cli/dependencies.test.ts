import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.runIf(requires({ root: true, busybox: true }))('containers that depend on others', () => {
  it(
    'bring them up, keep them, and go with them',
    withCommand(async (command) => {
      await command.ok('create', '--name', 'db', ...command.overlay, 'sleep', '1000');
      await command.ok(
        'create',
        '--name',
        'web',
        '--requires',
        'db',
        '--userns',
        'container:db',
        ...command.overlay,
        'sleep',
        '1000',
      );
      await command.ok('start', 'web');
      expect(await command.ok('ps', '--format', '{{.Names}} {{.State}}')).toBe('db running\nweb running');
      const refused = await command.libpod('rm', '-f', '-t', '0', 'db');
      expect(refused).toMatchObject({ status: 125, stdout: '' });
      expect(refused.stderr).toMatch(/^Error: cannot remove container db: web depends on it; .*\n$/);
      await command.ok('rm', '-f', '-t', '0', '--depend', 'db');
      expect(await command.ok('ps', '-a', '-q')).toBe('');
    }),
  );

  it(
    'are removed in order when they are named at once, or all',
    withCommand(async (command) => {
      for (const words of [['a', 'b'], ['--all']]) {
        await command.ok('create', '--name', 'a', ...command.overlay, 'true');
        await command.ok('create', '--name', 'b', '--network', 'container:a', ...command.overlay, 'true');
        await command.ok('rm', ...words);
        expect(await command.ok('ps', '-a', '-q')).toBe('');
      }
    }),
  );

  it(
    'are refused one that is not there',
    withCommand(async (command) => {
      const { status, stderr } = await command.libpod(
        'create',
        '--requires',
        'nosuch',
        ...command.overlay,
        'true',
      );
      expect([status, stderr]).toEqual([
        125,
        'Error: no container with name or ID "nosuch": no such container\n',
      ]);
    }),
  );
});
