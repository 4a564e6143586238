import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../support/cli.js';
import { IMAGE, withContainerd } from '../../support/containerd.js';
import { LIBPOD_OCI } from '../../support/oci-command.js';
import { onTerminal } from '../../support/on-terminal.js';
import { requires } from '../../support/requires.js';

/** What ends with 3 when it is told to, and says when it can be. */
const WAITS = 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done';

const ended = ({ status, stdout }: CommandResult): unknown[] => [status, stdout];

describe.skipIf(!requires({ root: true, busybox: true, containerd: true }))(
  'containerd over libpod-oci',
  () => {
    it(
      'runs an image, and reads exit codes and what cannot be run',
      withContainerd(LIBPOD_OCI, async ({ ctr, flags }) => {
        const run = (id: string, ...words: string[]): Promise<CommandResult> =>
          ctr('run', '--rm', ...flags(id), IMAGE, id, ...words);
        expect(ended(await run('image'))).toEqual([0, 'image 1\n']);
        expect(ended(await run('status', 'sh', '-c', 'echo out; exit 7'))).toEqual([7, 'out\n']);
        const missing = await run('missing', 'nosuchcommand');
        expect([missing.status, missing.stderr.trim()]).toEqual([
          1,
          'ctr: failed to create shim task: OCI runtime create failed: command "nosuchcommand" was not found in the ' +
            "container's $PATH: no such file or directory (stat: ENOENT): unknown",
        ]);
        expect((await ctr('containers', 'ls', '--quiet')).stdout).toBe('');
      }),
    );

    it(
      'looks after one that runs: processes in it, pause, usage, signals, its end',
      withContainerd(LIBPOD_OCI, async ({ ctr, flags, file }) => {
        const output = file('output');
        const run = ['run', '--detach', '--log-uri', `file://${output}`, ...flags('one'), IMAGE, 'one'];
        expect((await ctr(...run, 'sh', '-c', WAITS)).stderr).toBe('');
        while (readFileSync(output, 'utf8') !== 'ready\n');
        const status = async (): Promise<string | undefined> =>
          (await ctr('tasks', 'ls')).stdout.trimEnd().split(/\s+/).at(-1);
        const exec = (id: string, ...words: string[]): Promise<CommandResult> =>
          ctr('tasks', 'exec', '--exec-id', id, '--user', '7:8', 'one', ...words);
        expect(await status()).toBe('RUNNING');
        expect(ended(await exec('a', 'sh', '-c', 'id -u; id -g; exit 5'))).toEqual([5, '7\n8\n']);
        expect((await exec('b', 'nosuchcommand')).stderr).toContain(
          'OCI runtime exec failed: command "nosuchcommand" was not found',
        );
        expect((await ctr('tasks', 'ps', 'one')).stdout).toMatch(/^PID +INFO\n(\d+ +-\n)+$/);
        expect((await ctr('tasks', 'pause', 'one')).status).toBe(0);
        expect(await status()).toBe('PAUSED');
        expect((await ctr('tasks', 'resume', 'one')).status).toBe(0);
        expect(await status()).toBe('RUNNING');
        expect((await ctr('tasks', 'metrics', 'one')).stdout).toMatch(/pids.current +\d/);
        expect((await ctr('tasks', 'kill', '--signal', 'SIGTERM', 'one')).status).toBe(0);
        while ((await status()) !== 'STOPPED');
        expect((await ctr('tasks', 'delete', 'one')).stderr).toContain('non-zero exit code 3');
        expect((await ctr('containers', 'delete', 'one')).status).toBe(0);
      }),
    );

    it(
      'has terminals from it',
      withContainerd(LIBPOD_OCI, async ({ words, flags }) => {
        const run = words('run', '--rm', '--tty', ...flags('tty'), IMAGE, 'tty', 'sh', '-c');
        const { status, output } = await onTerminal(
          [...run, 'tty; read line; echo said $line; exit 9'],
          ['expect', '/dev/pts/0'],
          ['send', 'go\r'],
        );
        // ctr may write before its own terminal is raw, which then adds returns.
        expect([status, output.replaceAll('\r', '')]).toEqual([9, '/dev/pts/0\ngo\nsaid go\n']);
      }),
    );
  },
);
