import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withCommand, type TestCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

function ask(command: TestCommand, format: string, name: string): Promise<string> {
  return command.ok('inspect', '--format', format, name);
}

describe.runIf(requires({ root: true, busybox: true }))('--restart', () => {
  it(
    'runs a container again, with no command alive, and tells how often',
    withCommand(async (command) => {
      const words = ['--name', 'web', '--restart', 'on-failure:2', ...command.overlay];
      await command.ok('run', '-d', ...words, 'sh', '-c', 'echo run; exit 3');
      while ((await ask(command, '{{.State.Status}}', 'web')) !== 'exited') await sleep(50);
      expect(await ask(command, '{{.RestartCount}} {{.State.ExitCode}}', 'web')).toBe('2 3');
      expect(await ask(command, '{{.HostConfig.RestartPolicy.Name}}', 'web')).toBe('on-failure');
      expect(await command.ok('logs', 'web')).toBe('run\nrun\nrun');
      expect(
        await command.ok('ps', '-a', '--filter', 'restart-policy=on-failure', '--format', '{{.Names}}'),
      ).toBe('web');
    }),
  );

  it(
    'is what start --all goes by after a reboot',
    withCommand(async (command) => {
      const make = (name: string, ...more: string[]) =>
        command.ok('create', '--name', name, ...more, ...command.overlay, 'sleep', '1000');
      await make('never');
      await make('ever', '--restart', 'always');
      await make('stopped', '--restart', 'unless-stopped');
      await make('unless', '--restart', 'unless-stopped');
      await command.ok('start', 'stopped');
      await command.ok('stop', '-t', '0', 'stopped');
      await command.ok('start', '--all', '--filter', 'should-start-on-boot=true');
      expect(await command.ok('ps', '--sort', 'names', '--format', '{{.Names}}')).toBe('ever\nunless');
      await command.ok('update', '--restart', 'no', 'ever');
      await command.ok('kill', 'ever');
      await command.ok('wait', 'ever');
      expect(await ask(command, '{{.State.Status}}', 'ever')).toBe('exited');
    }),
  );

  it(
    'is refused where it contradicts another flag, or is none',
    withCommand(async (command) => {
      for (const [words, sentence] of [
        [['--restart', 'sometimes'], /^Error: "sometimes" is no restart policy: give no, always, /],
        [['--rm', '--restart', 'always'], /^Error: the restart policy always contradicts the removal /],
        [
          ['--log-driver', 'passthrough', '--restart', 'always'],
          /^Error: .* contradicts the log driver passthrough/,
        ],
      ] as const) {
        const { status, stderr } = await command.libpod('run', ...words, ...command.overlay, 'true');
        expect(status).toBe(125);
        expect(stderr).toMatch(sentence);
        expect(stderr.trim().split('\n')).toHaveLength(1);
      }
      const both = await command.libpod('start', '--all', 'web');
      expect([both.status, both.stderr]).toEqual([
        125,
        expect.stringContaining('either start all containers'),
      ]);
      expect(await command.ok('ps', '-a', '-q')).toBe('');
    }),
  );
});
