import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { requires } from '../../support/requires.js';
import { launchProgram, withCommand } from '../../support/cli.js';
import { LIBPOD_OCI } from '../../support/oci-command.js';
import { podman, podmanWords, removeCgroups, type Speak } from '../../support/podman.js';

describe.skipIf(!requires({ root: true, busybox: true, podman: true, terminal: true }))(
  'podman over libpod-oci',
  () => {
    it(
      'reads the right exit codes, of containers and of further commands in them',
      withCommand(async (command) => {
        const speak = podman(podmanWords(command, LIBPOD_OCI));
        const parent = `${command.store.cgroupParent}-podman`;
        const make = (...words: string[]): string[] => [
          ...words,
          ...['--network', 'none', '--cgroup-parent', parent, '--rootfs', `${command.rootfs}:O`],
        ];
        const status = async (...words: string[]): Promise<number> => (await speak(...words)).status;
        try {
          for (const code of [0, 7, 255])
            expect(await status(...make('run', '--rm'), 'sh', '-c', `exit ${code}`)).toBe(code);
          expect(await status(...make('run', '--rm'), 'nosuchcommand')).toBe(127);
          expect(await status(...make('run', '--rm'), '/etc')).toBe(126);
          const said = await speak(
            ...make('run', '--rm', '-e', 'A=1', '-u', '7:8'),
            'sh',
            '-c',
            'echo $A; id -u; id -g',
          );
          expect(said.stdout).toBe('1\n7\n8\n');

          const waits = 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done';
          expect(await status(...make('run', '-d', '--name', 'one'), 'sh', '-c', waits)).toBe(0);
          while (!(await speak('logs', 'one')).stdout.includes('ready'));
          expect(await status('exec', 'one', 'sh', '-c', 'exit 5')).toBe(5);
          expect(await status('exec', 'one', 'nosuchcommand')).toBe(127);
          const inside = await speak(
            'exec',
            '-e',
            'B=2',
            '-w',
            '/tmp',
            'one',
            'sh',
            '-c',
            'echo $B; pwd; grep -h CapEff /proc/self/status /proc/1/status | uniq -c',
          );
          expect(inside.stdout).toMatch(/^2\n\/tmp\n +2 CapEff:\t[0-9a-f]{16}\n$/);
          await pausedAndBack(speak);
          expect(await status('stop', '-t', '10', 'one')).toBe(0);
          expect((await speak('wait', 'one')).stdout).toBe('3\n');
          expect(await status('start', 'one')).toBe(0);
          expect(await status('kill', 'one')).toBe(0);
          expect((await speak('wait', 'one')).stdout).toBe('137\n');
          expect(await status('rm', 'one')).toBe(0);
          expect((await speak('ps', '-aq')).stdout).toBe('');
        } finally {
          await speak('rm', '-fa', '-t', '0');
          await removeCgroups(parent);
        }
      }),
    );

    it(
      'has terminals from it',
      withCommand(async (command) => {
        const parent = `${command.store.cgroupParent}-podman`;
        const engine = podmanWords(command, LIBPOD_OCI);
        const speak = podman(engine);
        try {
          const flags = ['run', '--rm', '-it', '--network', 'none', '--cgroup-parent', parent];
          const inside = ['--rootfs', `${command.rootfs}:O`, 'sh', '-c', "'tty; stty size; exit 9'"];
          const script = path.join(command.store.directory, 'line.sh');
          writeFileSync(script, `stty rows 33 cols 44; ${[...engine.words, ...flags, ...inside].join(' ')}`);
          const onTerminal = ['-qec', `sh ${script}`, '/dev/null'];
          // Its stdin stays open: at the end of it script types a character, which the terminal may echo.
          const { status, stdout } = await launchProgram('script', onTerminal, undefined, engine.env).ended;
          expect([status, stdout]).toEqual([9, '/dev/pts/0\r\n33 44\r\n']);
        } finally {
          await speak('rm', '-fa', '-t', '0');
          await removeCgroups(parent);
        }
      }),
    );
  },
);

async function pausedAndBack(speak: Speak): Promise<void> {
  const state = async (): Promise<string> =>
    (await speak('inspect', '--format', '{{.State.Status}}', 'one')).stdout.trim();
  expect((await speak('pause', 'one')).status).toBe(0);
  expect(await state()).toBe('paused');
  expect((await speak('unpause', 'one')).status).toBe(0);
  expect(await state()).toBe('running');
}
