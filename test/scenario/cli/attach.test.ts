import { describe, expect, it } from 'vitest';
import { LIBPOD, withCommand, type TestCommand } from '../../support/cli.js';
import { onTerminal } from '../../support/on-terminal.js';
import { requires } from '../../support/requires.js';

const DETACH = '\u0010\u0011';

function words(command: TestCommand, ...args: string[]): string[] {
  return [LIBPOD, ...command.globals, ...args];
}

const loop = 'while read line; do echo "got $line"; done; exit 7';

describe.skipIf(!requires({ root: true, busybox: true }))('a terminal of ours', () => {
  it(
    'has exactly what the container wrote to its own, and its modes back afterwards',
    withCommand(async (command) => {
      const run = words(command, 'run', '--rm', '-it', ...command.overlay, 'sh', '-c', 'echo one; echo two');
      const { status, output, modes } = await onTerminal(run);
      expect(status).toBe(0);
      expect(output).toContain('one\r\ntwo\r\n');
      expect(output).not.toContain('\r\r');
      expect(modes).toBe(true);
    }),
  );

  it(
    'tells the container its size, and a new one',
    withCommand(async (command) => {
      const script = 'trap "stty size; exit 3" WINCH; stty size; while :; do sleep 0.05; done';
      const run = words(command, 'run', '--rm', '-it', ...command.overlay, 'sh', '-c', script);
      const { status, output } = await onTerminal(run, ['expect', '24 80'], ['size', 33, 77]);
      expect(output).toContain('33 77');
      expect(status).toBe(3);
    }),
  );

  it(
    'passes ctrl-c on as a key',
    withCommand(async (command) => {
      const script = 'trap "echo stopped; exit 4" INT; echo ready; while :; do sleep 0.05; done';
      const run = words(command, 'run', '--rm', '-it', ...command.overlay, 'sh', '-c', script);
      const { status, output, modes } = await onTerminal(
        run,
        ['expect', 'ready'],
        ['raw'],
        ['send', '\u0003'],
      );
      expect(output).toContain('stopped');
      expect([status, modes]).toEqual([4, true]);
    }),
  );

  it(
    'leaves the container by the detach keys, and finds it again',
    withCommand(async (command) => {
      const run = words(command, 'run', '-it', '--name', 'kept', ...command.overlay, 'sh', '-c', loop);
      const left = await onTerminal(run, ['raw'], ['send', 'a\n'], ['expect', 'got a'], ['send', DETACH]);
      expect([left.status, left.modes]).toEqual([0, true]);
      expect(await command.ok('ps', '--format', '{{.Names}}')).toBe('kept');
      const attach = words(command, 'attach', '--detach-keys', 'x,ctrl-a', 'kept');
      const again = await onTerminal(
        attach,
        ['raw'],
        ['send', 'bxb\n'],
        ['expect', 'got bxb'],
        ['send', 'x\u0001'],
      );
      expect([again.status, again.modes]).toEqual([0, true]);
      const last = await onTerminal(
        words(command, 'attach', '--detach-keys', '', 'kept'),
        ['raw'],
        ['send', `${DETACH}\n`],
        ['expect', 'got '],
        ['send', '\u0004'],
      );
      expect([last.status, last.modes]).toEqual([0, true]);
      expect(await command.ok('wait', 'kept')).toBe('7');
    }),
  );

  it(
    'leaves an exec session by the detach keys',
    withCommand(async (command) => {
      await command.ok('run', '-d', '--name', 'on', ...command.overlay, 'sleep', '1000');
      const exec = ['exec', '-it', '--detach-keys', 'x,ctrl-a', 'on', 'sh', '-c', loop];
      const left = await onTerminal(
        words(command, ...exec),
        ['raw'],
        ['send', 'bxb\n'],
        ['expect', 'got bxb'],
        ['send', 'x\u0001'],
      );
      expect([left.status, left.modes]).toEqual([0, true]);
      expect(await command.ok('top', 'on', 'comm')).toContain('sh');
      expect((await command.libpod('exec', '--detach-keys', 'ctrl-1', 'on', 'true')).stderr).toContain(
        'invalid detach keys',
      );
    }),
  );

  it(
    'gets its modes back from a client that is ended by a signal',
    withCommand(async (command) => {
      const run = words(
        command,
        ...['run', '-it', '--sig-proxy=false', '--name', 'on', ...command.overlay, 'sh', '-c', loop],
      );
      const { status, modes } = await onTerminal(run, ['raw'], ['signal', 15]);
      expect([status, modes]).toEqual([-15, true]);
      expect(await command.ok('ps', '--format', '{{.Names}}')).toBe('on');
    }),
  );

  it(
    'starts a container again with start -a -i',
    withCommand(async (command) => {
      await command.ok('create', '-it', '--name', 'later', ...command.overlay, 'sh', '-c', loop);
      const { status, modes } = await onTerminal(
        words(command, 'start', '-a', '-i', 'later'),
        ['raw'],
        ['send', 'x\n'],
        ['expect', 'got x'],
        ['send', '\u0004'],
      );
      expect([status, modes]).toEqual([7, true]);
    }),
  );
});

describe.skipIf(!requires({ root: true, busybox: true }))('libpod attach', () => {
  it(
    'refuses what does not run, and keys that are none',
    withCommand(async (command) => {
      await command.ok('create', '--name', 'idle', ...command.overlay, 'true');
      const idle = await command.libpod('attach', 'idle');
      expect([idle.status, idle.stderr]).toEqual([125, 'Error: you can only attach to running containers\n']);
      const none = await command.libpod('run', '--rm', '--detach-keys', 'ctrl-1', ...command.overlay, 'true');
      expect(none.status).toBe(125);
      expect(none.stderr).toContain('invalid detach keys');
    }),
  );

  it(
    'has every client hear all, and the end of the first stdin end it',
    withCommand(async (command) => {
      await command.ok('run', '-d', '-i', '--name', 'cat', ...command.overlay, 'cat');
      const one = command.start(['attach', 'cat']);
      one.child.stdin?.write('first\n');
      await one.saw('first');
      const two = command.start(['attach', 'cat']);
      two.child.stdin?.write('second\n');
      await Promise.all([one.saw('second'), two.saw('second')]);
      two.child.stdin?.end();
      expect((await two.ended).status).toBe(0);
      expect((await one.ended).stdout).toBe('first\nsecond\n');
      one.child.stdin?.end();
      expect(await command.ok('wait', 'cat')).toBe('0');
    }),
  );

  it(
    'ends the stdin of a container with the client that is killed',
    withCommand(async (command) => {
      await command.ok('run', '-d', '-i', '--name', 'cat', ...command.overlay, 'cat');
      const client = command.start(['attach', 'cat']);
      client.child.stdin?.write('x\n');
      await client.saw('x');
      client.child.kill('SIGKILL');
      await client.ended;
      expect(await command.ok('wait', 'cat')).toBe('0');
    }),
  );
});

describe.skipIf(!requires({ root: true, busybox: true }))('the log driver passthrough', () => {
  it(
    'gives the container our own streams, stdin if asked for, and keeps nothing',
    withCommand(async (command) => {
      const run = ['run', '-i', '--name', 'straight', '--log-driver', 'passthrough', ...command.overlay];
      // It reads late: what this command itself read meanwhile would be missing.
      const { status, stdout, stderr } = await command.start(
        [...run, 'sh', '-c', 'sleep 0.5; cat; echo err >&2; exit 5'],
        'typed\n',
      ).ended;
      expect([status, stdout, stderr]).toEqual([5, 'typed\n', 'err\n']);
      const logs = await command.libpod('logs', 'straight');
      expect(logs.status).toBe(125);
      expect(logs.stderr).toContain("this container is using the 'passthrough' log driver, cannot read logs");
    }),
  );
});
