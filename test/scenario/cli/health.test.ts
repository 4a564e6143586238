import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.skipIf(!requires({ root: true, busybox: true }))('libpod healthcheck', () => {
  it(
    'is asked for, waited for, listed and told of',
    withCommand(async (command) => {
      const flags = [
        '--health-cmd',
        '[ -e /tmp/well ]',
        '--health-interval',
        '20ms',
        '--health-retries',
        '1',
      ];
      await command.ok('run', '-d', '--name', 'box', ...flags, ...command.overlay, 'sleep', '100000');
      await command.ok('wait', '--condition', 'unhealthy', '--interval', '5ms', 'box');
      expect(await command.ok('ps', '--filter', 'health=unhealthy', '--format', '{{.Status}}')).toMatch(
        /^Up .* \(unhealthy\)$/,
      );
      const failed = await command.libpod('healthcheck', 'run', 'box');
      expect(failed).toMatchObject({ status: 1, stdout: 'unhealthy\n', stderr: '' });
      await command.ok('exec', 'box', 'touch', '/tmp/well');
      await command.ok('wait', '--condition', 'healthy', '--interval', '5ms', 'box');
      expect(await command.libpod('healthcheck', 'run', 'box')).toMatchObject({ status: 0, stdout: '' });
      expect(await command.ok('inspect', '--format', '{{.State.Health.Status}}', 'box')).toBe('healthy');
      expect(await command.ok('ps', '-q', '--filter', 'health=none')).toBe('');
      const told = await command.ok('events', '--stream=false', '--filter', 'event=health_status');
      expect(told.match(/health_status=\w+/g)).toEqual(['health_status=unhealthy', 'health_status=healthy']);
    }),
  );

  it(
    'is refused in one sentence where it makes no sense',
    withCommand(async (command) => {
      const refusals: [string[], RegExp][] = [
        [['--no-healthcheck', '--health-cmd', 'true'], /--no-healthcheck and --health-\* cannot both/],
        [['--health-interval', '1s'], /needs a command/],
        [['--health-cmd', 'true', '--health-on-failure', 'pray'], /supported actions are none, kill/],
      ];
      for (const [flags, said] of refusals) {
        const refused = await command.libpod('create', ...flags, ...command.overlay, 'true');
        expect([refused.status, refused.stdout]).toEqual([125, '']);
        expect(refused.stderr).toMatch(said);
      }
      await command.ok('create', '--name', 'plain', ...command.overlay, 'true');
      const none = await command.libpod('healthcheck', 'run', 'plain');
      expect(none.status).toBe(125);
      expect(none.stderr).toMatch(/container plain has no defined healthcheck/);
    }),
  );
});
