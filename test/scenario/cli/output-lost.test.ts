import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { launchProgram, LIBPOD, withCommand, type TestCommand } from '../../support/cli.js';
import { onTerminal } from '../../support/on-terminal.js';
import { requires } from '../../support/requires.js';

const words = (command: TestCommand, ...args: string[]): string[] => [LIBPOD, ...command.globals, ...args];

/** Runs `libpod ARGS` in a shell that sends its output somewhere; answers the status of libpod. */
async function sentTo(command: TestCommand, where: string, ...args: string[]) {
  const script = `"$@" ${where}; exit "\${PIPESTATUS[0]}"`;
  return launchProgram('bash', ['-c', script, 'bash', ...words(command, ...args)], '').ended;
}

describe.runIf(requires({ root: true, busybox: true }))('output that cannot be written', () => {
  it(
    'is told in one sentence, and ends the command',
    withCommand(async (command) => {
      await command.ok(
        'run',
        '-d',
        '--name',
        'on',
        ...command.overlay,
        'sh',
        '-c',
        'echo one; exec sleep 1000',
      );
      await command.start(['logs', '-f', 'on']).saw('one');
      for (const args of [
        ['logs', 'on'],
        ['top', 'on'],
        ['cp', 'on:/etc', '-'],
        ['exec', 'on', 'echo', 'x'],
        ['run', '--rm', ...command.overlay, 'yes'],
      ]) {
        const { status, stderr } = await sentTo(command, '>/dev/full', ...args);
        expect([args, status, stderr]).toEqual([
          args,
          125,
          'Error: cannot write to stdout: no space left on device\n',
        ]);
      }
      // The container of `run` was not left unread.
      expect(await command.ok('ps', '-a', '--format', '{{.Names}}')).toBe('on');
    }),
  );

  it(
    'has no reader any more: what waits for more to come ends at once, behind a pipe as behind a socket',
    withCommand(async (command) => {
      await command.ok('run', '-d', '--name', 'on', ...command.overlay, 'sh', '-c', 'echo one; sleep 1000');
      await command.start(['logs', '-f', 'on']).saw('one');
      const waiting = [
        ['logs', '-f', 'on'],
        ['events', '--since', '1h'],
        ['stats', '--interval', '1000', '--format', '{{.Name}}', 'on'],
      ];
      for (const args of waiting) {
        const { status, stdout, stderr } = await sentTo(command, '| head -1', ...args);
        expect([args, status, stdout.length > 0, stderr]).toEqual([args, 141, true, '']);
        const child = spawn(process.execPath, words(command, ...args), {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = once(child, 'exit');
        await once(child.stdout, 'data');
        child.stdout.destroy();
        expect([args, await ended]).toEqual([args, [141, null]]);
      }
      // Nothing comes at all.
      expect((await sentTo(command, '| true', 'attach', 'on')).status).toBe(141);
      expect(await command.ok('ps', '--format', '{{.Names}}')).toBe('on');
    }),
  );

  it(
    'has no reader any more: the command ends without a word, by the status of SIGPIPE',
    withCommand(async (command) => {
      await command.ok('run', '-d', '--name', 'on', ...command.overlay, 'sleep', '1000');
      for (const args of [
        ['exec', 'on', 'yes'],
        ['run', '--rm', ...command.overlay, 'yes'],
        ['stats', '--interval', '1', '--format', '{{.Name}}', 'on'],
      ]) {
        const { status, stdout, stderr } = await sentTo(command, '| head -1', ...args);
        expect([args, status, stdout.length > 0, stderr]).toEqual([args, 141, true, '']);
      }
      // Nobody would ever read what they write.
      while ((await command.ok('top', 'on', 'comm')) !== 'COMMAND\nsleep') await sleep(20);
      expect(await command.ok('ps', '-a', '--format', '{{.Names}}')).toBe('on');
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true, terminal: true }))('a terminal that goes away', () => {
  // Its first process hears nothing of a hangup, as the init of a PID namespace it has no default for signals.
  const deaf = ['sh', '-c', 'echo here; exec sleep 1000'];
  const hangup = [['raw'], ['expect', 'here'], ['hangup']] as const;

  it(
    'ends run, which takes a throwaway container along; any other goes on, and can be attached to again',
    withCommand(async (command) => {
      const gone = await onTerminal(
        words(command, 'run', '--rm', '-it', ...command.overlay, ...deaf),
        ...hangup,
      );
      expect(gone.status).toBe(-1);
      expect(await command.ok('ps', '-a', '-q')).toBe('');
      const loop = ['sh', '-c', 'trap "" HUP; echo here; while read x; do echo got $x; done'];
      const kept = words(command, 'run', '-it', '--name', 'kept', ...command.overlay, ...loop);
      expect((await onTerminal(kept, ...hangup)).status).toBe(-1);
      expect(await command.ok('ps', '--format', '{{.Names}}')).toBe('kept');
      const attach = words(command, 'attach', 'kept');
      const left = await onTerminal(attach, ['raw'], ['send', 'a\n'], ['expect', 'got a'], ['hangup']);
      expect(left.status).toBe(-1);
      const again = await onTerminal(
        attach,
        ['raw'],
        ['send', 'b\n'],
        ['expect', 'got b'],
        ['send', '\u0004'],
      );
      expect(again).toMatchObject({ status: 0, modes: true });
    }),
  );

  it(
    'ends exec, and not its command, which writes to nobody; and logs and stats',
    withCommand(async (command) => {
      await command.ok(
        'run',
        '-d',
        '--name',
        'on',
        ...command.overlay,
        'sh',
        '-c',
        'echo here; exec sleep 1000',
      );
      const exec = words(command, 'exec', '-it', 'on', 'sh', '-c', 'echo here; while :; do echo x; done');
      expect((await onTerminal(exec, ...hangup)).status).toBe(-1);
      expect(await command.ok('top', 'on', 'comm')).toBe('COMMAND\nsleep\nsh');
      for (const args of [
        ['logs', '-f', 'on'],
        ['stats', '--format', 'here {{.Name}}'],
      ])
        expect((await onTerminal(words(command, ...args), ['expect', 'here'], ['hangup'])).status).toBe(-1);
    }),
  );
});
