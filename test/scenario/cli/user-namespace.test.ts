import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  launchProgram,
  LIBPOD,
  withCommand,
  type CommandResult,
  type TestCommand,
} from '../../support/cli.js';
import { requires } from '../../support/requires.js';

/** Subordinate IDs of the user `containers`, in /etc of a mount namespace of the command's own. */
const SUBORDINATE = 'containers:200000:5000\n';
const PRIVATE_ETC = 'mount --bind "$1" /etc/subuid && mount --bind "$1" /etc/subgid && shift && exec "$@"';

/** `libpod ARGS` where the user `containers` has these IDs. */
function withIds(command: TestCommand, ...args: readonly string[]): Promise<CommandResult> {
  const file = command.file('subordinate');
  writeFileSync(file, SUBORDINATE);
  const words = ['--mount', 'sh', '-c', PRIVATE_ETC, 'sh', file, LIBPOD, ...command.globals, ...args];
  return launchProgram('unshare', words, '').ended;
}

async function said(command: TestCommand, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await withIds(command, ...args);
  if (status !== 0) throw new Error(`libpod ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout.trim().replaceAll(/[ \t]+/g, ' ');
}

const MAP = ['cat', '/proc/self/uid_map'];

describe.runIf(requires({ root: true, busybox: true }))('libpod with user namespaces', () => {
  it(
    'gives each container IDs that no other has, of the size that is asked for',
    withCommand(async (command) => {
      const run = (...words: readonly string[]): Promise<string> =>
        said(
          command,
          'run',
          '--rm',
          ...words.slice(0, -1),
          ...command.overlay,
          ...(words.at(-1) ?? '').split(' '),
        );
      const map = MAP.join(' ');
      await said(
        command,
        'run',
        '-d',
        '--name',
        'one',
        '--userns',
        'auto',
        ...command.overlay,
        'sleep',
        '1000',
      );
      // The root knows the group 3000.
      expect(await run('--userns', 'container:one', map)).toBe('0 200000 3001');
      expect(await run('--userns', 'auto:size=1000', map)).toBe('0 203001 1000');
      expect(await run('--userns', 'auto:size=10,uidmapping=0:1000:1', map)).toBe('0 1000 1\n 1 203001 10');
      const many = await withIds(command, 'run', '--userns', 'auto:size=4000', ...command.overlay, 'true');
      expect([many.status, many.stderr]).toEqual([
        125,
        'Error: no 4000 subordinate IDs in one run are left of those of user "containers" in /etc/subuid and /etc/subgid; remove a container, ask for fewer, or add a range\n',
      ]);
      await said(command, 'rm', '--force', '--time', '0', 'one');
      expect(await run('--userns', 'auto:size=4000', map)).toBe('0 200000 4000');
    }),
  );

  it(
    'makes pods whose containers are all in one, and refuses what does not belong to it',
    withCommand(async (command) => {
      await said(command, 'pod', 'create', '--name', 'web', '--userns', 'auto:size=3000');
      const inside = ['sh', '-c', 'cat /proc/self/uid_map; ls /sys/class/net; touch /x; stat -c %u /x'];
      const run = ['run', '--rm', '--pod', 'web', ...command.overlay];
      expect(await said(command, ...run, ...inside)).toBe('0 200000 3000\nlo\n0');
      const refused = async (...args: readonly string[]): Promise<string> => {
        const { status, stderr } = await withIds(command, ...args);
        expect(status).toBe(125);
        return stderr.trim();
      };
      expect(await refused('run', '--pod', 'web', '--userns', 'auto', ...command.overlay, 'true')).toBe(
        'Error: the containers of pod web have its user namespace; leave namespaces.user and the mappings out',
      );
      const fresh = ['run', '--pod', 'new:fresh', '--userns', 'auto:size=1000', ...command.overlay, ...MAP];
      expect(await said(command, ...fresh)).toBe('0 203000 1000');
      expect(await refused('pod', 'create', '--uidmap', '0:1:1', '--userns', 'auto')).toContain(
        'leave one out',
      );
      await said(command, 'run', '-d', '--name', 'plain', ...command.overlay, 'sleep', '1000');
      for (const [flag, place] of [
        ['--pid', '/proc'],
        ['--ipc', '/dev/mqueue'],
      ] as const) {
        const joins = ['run', flag, 'container:plain', '--uidmap', '0:1000:10', ...command.overlay, 'true'];
        expect(await refused(...joins)).toContain(
          `another user namespace, in which alone ${place} can be mounted`,
        );
      }
      // The network of another is fine, and so are the host's PIDs.
      for (const shared of ['--network=container:plain', '--pid=host'])
        await said(
          command,
          'run',
          '--rm',
          shared,
          '--uidmap',
          '0:1000:10',
          ...command.overlay,
          'ls',
          '/sys/class/net',
        );
    }),
  );
});
