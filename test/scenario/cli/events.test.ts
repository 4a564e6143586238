import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.skipIf(!requires({ root: true, busybox: true }))('libpod events', () => {
  it(
    "follows what other commands do, in podman's lines",
    withCommand(async (command) => {
      const following = command.start(['events', '--filter', 'label=shop', '--until', '600s']);
      // It follows from the moment at which it has opened the journal: ask until it is there.
      for (let heard = false; !heard;) {
        await command.ok('run', '--rm', '--label', 'shop=probe', ...command.overlay, 'true');
        heard = await Promise.race([
          following.saw('remove').then(() => true),
          command.ok('ps').then(() => false),
        ]);
      }
      const id = await command.ok(
        'run',
        '-d',
        '--name',
        'web',
        '--label',
        'shop=toys',
        ...command.overlay,
        'sh',
        '-c',
        'exit 3',
      );
      await command.ok('wait', 'web');
      await command.ok('rm', 'web');
      await following.saw(`remove ${id}`);
      following.child.kill('SIGINT');
      const { stdout } = await following.ended;
      const lines = stdout.split('\n').filter((line) => line.includes(id));
      for (const line of lines)
        expect(line).toMatch(
          /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})? \+0000 UTC container \w+ [0-9a-f]{64} \(image=.+, name=web, shop=toys\)$/,
        );
      expect(lines.map((line) => line.split(' ')[5])).toEqual(['create', 'init', 'start', 'died', 'remove']);
    }),
  );

  it(
    'lists what has happened: as JSON, by a template, shortened, of a time',
    withCommand(async (command) => {
      const list = ['events', '--stream=false'];
      const id = await command.ok('run', '-d', '--name', 'web', ...command.overlay, 'sh', '-c', 'exit 3');
      await command.ok('wait', 'web');
      const died = await command.ok(...list, '--filter', 'event=died', '--format', 'json');
      expect(JSON.parse(died)).toEqual({
        ContainerExitCode: 3,
        ID: id,
        Image: command.rootfs,
        Name: 'web',
        Status: 'died',
        Time: expect.stringMatching(/Z$/) as string,
        Type: 'container',
      });
      expect(
        await command.ok(...list, '--filter', 'container=web', '--format', '{{.Status}} {{.Name}}'),
      ).toBe('create web\ninit web\nstart web\ndied web');
      expect(await command.ok(...list, '--no-trunc=false', '-f', 'event=died')).toContain(
        ` ${id.slice(0, 12)} (`,
      );
      expect(await command.ok(...list, '--until', '2000-01-01T00:00:00Z')).toBe('');
      expect(await command.ok(...list, '--since', '1h', '--filter', 'event=create')).toContain(id);
      expect(
        await command.ok('events', '--since', '1h', '--until', '0s', '--filter', 'event=create'),
      ).toContain(id);
    }),
  );

  it(
    'refuses what it does not know',
    withCommand(async (command) => {
      for (const [args, message] of [
        [['--filter', 'colour=red'], 'is no filter of events'],
        [['--filter', 'event=bored'], 'event=bored filters nothing'],
        [['--filter', 'event'], 'write NAME=VALUE'],
        [['--since', 'soon'], 'unable to interpret time value'],
        [['--stream=false', '--format', '{{.Nothing}}', '--filter', 'event=prune'], ''],
      ] as const) {
        const { status, stderr } = await command.libpod('events', ...args);
        expect(stderr).toContain(message);
        expect(status).toBe(message === '' ? 0 : 125);
      }
    }),
  );
});
