import { describe, expect, it } from 'vitest';
import { launchProgram, LIBPOD, withCommand, type TestCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

/** Runs a line of shell on a new terminal: script(1). */
function onTerminal(line: string, input: string) {
  return launchProgram(
    'script',
    ['--quiet', '--return', '--echo', 'never', '--command', line, '/dev/null'],
    input,
  ).ended;
}

function words(command: TestCommand, ...flags: string[]): string {
  return [LIBPOD, ...command.globals, 'run', '--rm', ...flags, ...command.overlay].join(' ');
}

describe.skipIf(!requires({ root: true, busybox: true, terminal: true }))('libpod run --tty', () => {
  it(
    'gives the container a terminal of the size of ours, and ours back afterwards',
    withCommand(async (command) => {
      const line = `stty rows 33 cols 77; ${words(command, '-t')} sh -c 'sleep 0.2; tty; stty size; exit 9'; echo status $?; stty -a`;
      const { stdout } = await onTerminal(line, '');
      expect(stdout).toContain('/dev/pts/0');
      expect(stdout).toContain('33 77');
      expect(stdout).toContain('status 9');
      expect(stdout).toMatch(/ icanon /);
    }),
  );

  it(
    'hands keys to the container, and gives our terminal back afterwards',
    withCommand(async (command) => {
      const line = `${words(command, '-i', '-t')} sh -c 'read word; echo got $word'; echo status $?; stty -a`;
      const { stdout } = await onTerminal(line, 'typed\n');
      expect(stdout).toContain('got typed');
      expect(stdout).toContain('status 0');
      expect(stdout).toMatch(/ icanon /);
    }),
  );

  it(
    'warns when stdin is no terminal',
    withCommand(async (command) => {
      const result = await command.libpod('run', '--rm', '-i', '-t', ...command.overlay, 'true');
      expect(result.status).toBe(0);
      expect(result.stderr).toContain('The input device is not a TTY');
    }),
  );
});
