import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  launchProgram,
  LIBPOD,
  withCommand,
  type CommandResult,
  type TestCommand,
} from '../../support/cli.js';
import { requires } from '../../support/requires.js';

async function sleeper(command: TestCommand): Promise<string> {
  const { stdout, stderr, status } = await command.libpod(
    'run',
    '-d',
    '--name',
    'box',
    '--env',
    'FROM=run',
    ...command.overlay,
    'sleep',
    '100000',
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

describe.skipIf(!requires({ root: true, busybox: true }))('libpod exec', () => {
  it(
    'runs a command, with streams and exit code of its own',
    withCommand(async (command) => {
      await sleeper(command);
      const result = await command.libpod('exec', 'box', 'sh', '-c', 'echo out; echo err >&2; exit 42');
      expect(result).toMatchObject({ status: 42, stdout: 'out\n', stderr: 'err\n' });
      const flags = ['-e', 'ONE=1', '--env', 'FROM=exec', '-u', 'app', '-w', '/tmp'];
      const facts = await command.libpod('exec', ...flags, 'box', 'sh', '-c', 'id -un; pwd; echo $ONE $FROM');
      expect(facts.stdout).toBe('app\n/tmp\n1 exec\n');
      expect((await command.libpod('exec', '-l', 'echo', 'latest')).stdout).toBe('latest\n');
      const killed = await command.libpod('exec', 'box', 'sh', '-c', 'kill -9 $$');
      expect(killed.status).toBe(137);
      await command.libpod('rm', '-f', '-t', '0', 'box');
    }),
  );

  it(
    'reads stdin with -i alone',
    withCommand(async (command) => {
      await sleeper(command);
      const words = [...command.globals, 'exec'];
      const read = await launchProgram(LIBPOD, [...words, '-i', 'box', 'cat'], 'typed\n').ended;
      expect(read).toMatchObject({ status: 0, stdout: 'typed\n' });
      const deaf = await launchProgram(LIBPOD, [...words, 'box', 'cat'], 'typed\n').ended;
      expect(deaf).toMatchObject({ status: 0, stdout: '' });
      await command.libpod('rm', '-f', '-t', '0', 'box');
    }),
  );

  it(
    'passes descriptors on with --preserve-fds, and misses those that were not passed',
    withCommand(async (command) => {
      await sleeper(command);
      const exec = (count: string, opened: string): Promise<CommandResult> =>
        launchProgram(
          'sh',
          [
            '-c',
            `exec "$@" ${opened}`,
            'sh',
            LIBPOD,
            ...command.globals,
            'exec',
            '--preserve-fds',
            count,
            ...['box', 'sh', '-c', 'cat <&3; cat <&4'],
          ],
          '',
        ).ended;
      const source = path.join(command.rootfs, 'etc/passwd');
      const text = readFileSync(source, 'utf8');
      const both = await exec('2', `3<${source} 4<${source}`);
      expect(both).toMatchObject({ status: 0, stdout: text + text });
      for (const [count, opened] of [
        ['2', `3<${source}`],
        ['3', `3<${source} 5<${source}`],
      ] as const) {
        const missing = await exec(count, opened);
        expect(missing.status).toBe(125);
        expect(missing.stderr).toContain('file descriptor 4 is not available');
      }
      await command.libpod('rm', '-f', '-t', '0', 'box');
    }),
  );

  it(
    'passes descriptors on by their numbers with --preserve-fd, as run does',
    withCommand(async (command) => {
      await sleeper(command);
      const file = path.join(command.rootfs, 'etc/passwd');
      const text = readFileSync(file, 'utf8');
      const passed = (opened: string, ...words: string[]): Promise<CommandResult> =>
        launchProgram('bash', ['-c', `exec "$@" ${opened}`, 'bash', LIBPOD, ...command.globals, ...words], '')
          .ended;
      const script = 'echo $(ls /proc/self/fd); cat <&5; cat <&9';
      const run = ['run', '--rm', ...command.overlay];
      for (const words of [
        ['exec', '--preserve-fd', '5,9', 'box'],
        ['exec', '--preserve-fds', '1', '--preserve-fd', '5', '--preserve-fd=9', 'box'],
        ['run', '--rm', '--preserve-fd', '9,5', ...command.overlay],
      ]) {
        const { status, stdout, stderr } = await passed(`5<${file} 9<${file}`, ...words, 'sh', '-c', script);
        expect([words, status, stdout, stderr]).toEqual([words, 0, `0 1 2 3 5 9\n${text}${text}`, '']);
      }
      const counted = await passed(`3<${file}`, ...run, '--preserve-fds', '1', 'sh', '-c', 'cat <&3');
      expect(counted).toMatchObject({ status: 0, stdout: text });
      for (const [flags, sentence] of [
        [['--preserve-fd', '2'], 'the standard streams are passed anyway'],
        [['--preserve-fd', '67'], 'the highest number that a command can be given is 66'],
        [['--preserve-fd', 'x'], 'give a whole number'],
        [['--preserve-fd', '5,6'], 'file descriptor 6 is not available'],
        // Node's own.
        [['--preserve-fd', '5,4'], 'file descriptor 4 is not available'],
      ] as const) {
        const wrong = await passed(`5<${file}`, ...run, ...flags, 'true');
        expect([flags, wrong.status]).toEqual([flags, 125]);
        expect(wrong.stderr).toContain(sentence);
      }
      await command.libpod('rm', '-f', '-t', '0', 'box');
    }),
  );

  it(
    'detaches with -d, and prints the ID of the session',
    withCommand(async (command) => {
      await sleeper(command);
      const detached = await command.libpod('exec', '-d', 'box', 'sh', '-c', 'echo went >/tmp/went');
      expect(detached.status).toBe(0);
      expect(detached.stdout).toMatch(/^[0-9a-f]{64}\n$/);
      const waited = await command.libpod(
        'exec',
        'box',
        'sh',
        '-c',
        'while ! test -s /tmp/went; do sleep 0.05; done; cat /tmp/went',
      );
      expect(waited.stdout).toBe('went\n');
      await command.libpod('rm', '-f', '-t', '0', 'box');
    }),
  );

  it(
    'has the exit codes of podman for what cannot be run',
    withCommand(async (command) => {
      await sleeper(command);
      const cases = [
        [['box', 'no-such-command'], 127, 'no-such-command'],
        [['box', '/etc/passwd'], 126, '/etc/passwd'],
        [['-d', 'box', 'no-such-command'], 127, 'no-such-command'],
        [['-w', '/no/where', 'box', 'true'], 127, 'cannot enter the working directory /no/where'],
        [['-w', '/etc/passwd', 'box', 'true'], 125, 'cannot enter the working directory /etc/passwd'],
        [['box'], 125, 'must provide a non-empty command'],
        [[], 125, 'exec requires the name or ID of a container'],
        [['nobody', 'true'], 125, 'nobody'],
        [['-u', 'no-such-user', 'box', 'true'], 125, 'no-such-user'],
        [['--no-such-flag', 'box', 'true'], 125, 'unknown flag: --no-such-flag'],
      ] as const;
      for (const [words, status, text] of cases) {
        const result = await command.libpod('exec', ...words);
        expect([words, result.status]).toEqual([words, status]);
        expect(result.stderr).toContain(text);
      }
      await command.libpod('pause', 'box');
      const paused = await command.libpod('exec', 'box', 'true');
      expect([paused.status, paused.stderr]).toEqual([125, expect.stringContaining('paused') as string]);
      await command.libpod('rm', '-f', '-t', '0', 'box');
    }),
  );

  it.skipIf(!requires({ terminal: true }))(
    'gives the command a terminal of the size of ours, and ours back afterwards',
    withCommand(async (command) => {
      await sleeper(command);
      const exec = [LIBPOD, ...command.globals, 'exec', '-it', 'box'].join(' ');
      const line = `stty rows 33 cols 77; ${exec} sh -c 'read word; tty; stty size; echo got $word; exit 9'; echo status $?; stty -a`;
      const { stdout } = await launchProgram(
        'script',
        ['--quiet', '--return', '--echo', 'never', '--command', line, '/dev/null'],
        'typed\n',
      ).ended;
      for (const text of ['/dev/pts/', '33 77', 'got typed', 'status 9']) expect(stdout).toContain(text);
      expect(stdout).toMatch(/ icanon /);
      await command.libpod('rm', '-f', '-t', '0', 'box');
    }),
  );
});
