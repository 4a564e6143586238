import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { LIBPOD, withCommand, type TestCommand } from '../../support/cli.js';
import { onTerminal } from '../../support/on-terminal.js';
import { requires } from '../../support/requires.js';

const words = (command: TestCommand, ...args: string[]): string[] => [LIBPOD, ...command.globals, ...args];

/** What runs on the terminal: says that it does, and stays. */
const STAYS = ['sh', '-c', 'echo here; exec sleep 1000'];

describe.skipIf(!requires({ root: true, busybox: true, terminal: true }))(
  'a terminal gets its modes back',
  () => {
    it(
      'from an exec that is ended by a signal, and goes on',
      withCommand(async (command) => {
        await command.ok('run', '-d', '--name', 'on', ...command.overlay, 'sleep', '1000');
        for (const signal of [constants.signals.SIGHUP, constants.signals.SIGTERM]) {
          const exec = words(command, 'exec', '-it', 'on', ...STAYS);
          const { status, modes } = await onTerminal(exec, ['raw'], ['expect', 'here'], ['signal', signal]);
          expect([status, modes]).toEqual([-signal, true]);
        }
        await command.ok('rm', '--force', '--time', '0', 'on');
      }),
    );

    it(
      'from a command that crashes: an error that nobody catches, in exec, attach and run',
      withCommand(async (command) => {
        const crash = command.file('crash.cjs');
        writeFileSync(crash, `process.once('SIGUSR2', () => { throw new Error('it crashes'); });\n`);
        const crashing = (...args: string[]): string[] => [
          'env',
          `NODE_OPTIONS=--require ${crash}`,
          ...words(command, ...args),
        ];
        await command.ok('run', '-dit', '--name', 'on', ...command.overlay, 'sh');
        const each = [
          [crashing('exec', '-it', 'on', ...STAYS), 'here'],
          [
            crashing('run', '-it', '--sig-proxy=false', '--name', 'other', ...command.overlay, ...STAYS),
            'here',
          ],
          [crashing('attach', '--sig-proxy=false', 'on'), ''],
        ] as const;
        for (const [argv, said] of each) {
          const steps = said === '' ? [] : ([['expect', said]] as const);
          const { status, modes, output } = await onTerminal(argv, ['raw'], ...steps, [
            'signal',
            constants.signals.SIGUSR2,
          ]);
          expect([status, modes]).toEqual([1, true]);
          expect(output).toContain('it crashes');
        }
        expect(await command.ok('ps', '--format', '{{.Names}}', '--sort', 'names')).toBe('on\nother');
        await command.ok('rm', '--force', '--time', '0', 'on', 'other');
      }),
    );

    it(
      'from a run whose container ends by the signal that it passes on',
      withCommand(async (command) => {
        const run = words(
          command,
          ...['run', '-it', '--rm', ...command.overlay, 'sh', '-c'],
          'trap "exit 9" HUP; echo here; while :; do sleep 0.02; done',
        );
        const { status, modes } = await onTerminal(
          run,
          ['raw'],
          ['expect', 'here'],
          ['signal', constants.signals.SIGHUP],
        );
        expect([status, modes]).toEqual([9, true]);
      }),
    );
  },
);
