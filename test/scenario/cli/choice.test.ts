import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withCommand, type TestCommand } from '../../support/cli.js';
import { makeLayout } from '../../support/images.js';
import { requires } from '../../support/requires.js';

/** The names of the containers that fit, in the order of their creation. */
async function named(command: TestCommand, ...filters: string[]): Promise<string[]> {
  const words = filters.flatMap((filter) => ['--filter', filter]);
  return (await command.ok('ps', '-a', '--format', '{{.Names}}', ...words)).split('\n').filter(Boolean);
}

describe.skipIf(!requires({ root: true, busybox: true }))('containers, as commands choose them', () => {
  it(
    'are those that filters fit, by their networks and mounts too; and so are pods',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      await ok('network', 'create', 'home');
      await ok(
        'create',
        '--name',
        'one',
        '--network',
        'home',
        '-v',
        'named:/srv',
        ...command.overlay,
        'true',
      );
      expect(await named(command, 'network=home', 'volume=named', 'volume=/srv', 'label!=a')).toEqual([
        'one',
      ]);
      const [json] = JSON.parse(await ok('ps', '-a', '--format', 'json')) as object[];
      expect(json).toMatchObject({ Networks: ['home'], Mounts: ['/srv'] });
      await ok('pod', 'create', '--network', 'home', '-l', 'p=q', '--name', 'inside');
      const pods = (...filters: string[]): Promise<string> =>
        ok('pod', 'ps', '--format', '{{.Name}}', ...filters.flatMap((filter) => ['--filter', filter]));
      expect(await pods('network=home', 'ctr-names=infra$')).toBe('inside');
      expect(await pods('label!=p')).toBe('');
      await ok('pod', 'rm', '-a');
      await ok('rm', '-a', '-v');
      await ok('volume', 'rm', 'named');
      await ok('network', 'rm', 'home');
    }),
  );

  it(
    'are the last one, those in files, or those that fit',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      const [first, second] = [command.file('first'), command.file('second')];
      const create = (name: string, file: string): Promise<string> =>
        ok(
          'create',
          '--name',
          name,
          '--cidfile',
          file,
          '--stop-timeout',
          '0',
          ...command.overlay,
          'sleep',
          '99',
        );
      const ids = [await create('a', first), await create('b', second)];
      expect(await ok('init', '--latest')).toBe(ids[1]);
      expect(await ok('start', '--latest')).toBe(ids[1]);
      expect(await ok('start', '--filter', 'name=a')).toBe(ids[0]);
      const numbers = (await ok('ps', '--ns', '--noheading')).split('\n').map((row) => row.split(/ +/));
      expect(numbers.map(([, name]) => name)).toEqual(['a', 'b']);
      expect(numbers.every((row) => row.slice(3).every((one) => /^\d+$/.test(one)))).toBe(true);
      expect(await ok('pause', '--cidfile', first, '--cidfile', second)).toBe(ids.join('\n'));
      expect(await ok('unpause', '--filter', 'status=paused')).toBe(ids.join('\n'));
      expect(await ok('inspect', '--latest', '--format', '{{.Name}}')).toBe('b');
      expect(await ok('kill', '--cidfile', first)).toBe(ids[0]);
      expect(await ok('restart', '--latest')).toBe(ids[1]);
      expect(await ok('stop', '--filter', 'name=b')).toBe(ids[1]);
      expect(await ok('wait', '--latest')).toBe('137');
      expect(await ok('ps', '-a', '--sort', 'size', '-q').then((text) => text.split('\n').length)).toBe(2);
      for (const [words, sentence] of [
        [['stop', '-a', '-l'], '--all and --latest cannot be used together'],
        [['stop', '-l', 'a'], 'no arguments are needed with --latest'],
        [['ps', '--ns', '--quiet'], '--ns cannot be used together with'],
        [['kill'], 'you must provide at least one name or id'],
        [['rm', '--cidfile', '/nonexistent/file'], 'cannot read container id file /nonexistent/file'],
      ] as const) {
        const { status, stderr } = await command.libpod(...words);
        expect([status, stderr]).toEqual([125, expect.stringContaining(sentence)]);
      }
      expect(await ok('rm', '--cidfile', first)).toBe(ids[0]);
      expect(await ok('rm', '--filter', 'name=b')).toBe(ids[1]);
    }),
  );

  it(
    'are those of an image and of what was made of it; and an image brings its healthcheck',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      const [layer, layout, archive] = ['layer.tar', 'layout', 'layout.tar'].map(command.file) as [
        string,
        string,
        string,
      ];
      execFileSync('tar', ['-C', command.rootfs, '-cf', layer, '.']);
      const hour = 3_600_000_000_000;
      const Healthcheck = { Test: ['CMD', 'test', '-e', '/etc'], Interval: hour, Retries: 2 };
      makeLayout(layout, [{ bytes: readFileSync(layer) }], { name: 'base', config: { Healthcheck } });
      execFileSync('tar', ['-C', layout, '-cf', archive, '.']);
      await ok('load', '-i', archive);
      await ok('create', '--name', 'first', 'base', 'true');
      await ok('commit', 'first', 'derived');
      await ok('run', '-d', '--name', 'second', '--network', 'none', 'derived', 'sleep', '100');
      expect(await named(command, 'ancestor=base')).toEqual(['first', 'second']);
      expect(await named(command, 'ancestor=derived')).toEqual(['second']);
      expect(await named(command, 'ancestor=nobody')).toEqual([]);
      await ok('wait', '--condition', 'healthy', 'second');
      expect(
        await ok('inspect', '--format', '{{.State.Health.Status}} {{.Config.Healthcheck.Retries}}', 'second'),
      ).toBe('healthy 2');
      await ok('rm', '-f', '-t', '0', 'first', 'second');
      await ok('rmi', 'derived', 'base');
    }),
  );
});
