import { describe, expect, it } from 'vitest';
import { launchProgram } from '../../support/cli.js';
import { LIBPOD_OCI, withOci, type OciCommand } from '../../support/oci-command.js';
import { requires } from '../../support/requires.js';

describe.skipIf(!requires({ root: true, busybox: true }))('the command line of libpod-oci', () => {
  it(
    'says that there are no checkpoints, also to podman, which asks for the help of the command',
    withOci(async (command) => {
      const said = 'is not supported: containers are not saved to disk and brought back (CRIU)';
      expect(await command.fails('checkpoint', '--help')).toBe(`checkpoint ${said}`);
      expect(await command.fails('restore', 'one')).toBe(`restore ${said}`);
    }),
  );

  it(
    'reads linux.cgroupsPath as the cgroup manager has it that is chosen',
    withOci(async (command) => {
      const create = (cgroupsPath: string, ...globals: string[]): Promise<string> => {
        const bundle = command.bundle(['true'], ({ linux }) => Object.assign(linux, { cgroupsPath }));
        return command.fails(...globals, 'create', '-b', bundle, 'one');
      };
      expect(await create('machine.slice:libpod:one')).toMatch(
        /is meant for the systemd cgroup manager: give/,
      );
      for (const wrong of ['/one', 'machine.slice:one', 'machine.slice:libpod:', 'a:b:c:d', 'a.slice:b:../c'])
        expect(await create(wrong, '--systemd-cgroup')).toBe(
          `linux.cgroupsPath is ${JSON.stringify(wrong)}, but with --systemd-cgroup it must be slice:prefix:name, such as machine.slice:libpod:one`,
        );
      expect(await create('machine:libpod:one', '--cgroup-manager', 'systemd')).toBe(
        `the parent of systemd's cgroups must be a slice, such as machine.slice, not "machine"`,
      );
      if (requires({ noSystemd: true }))
        expect(await create('machine.slice:libpod:one', '--systemd-cgroup')).toBe(
          'the systemd cgroup manager needs systemd as PID 1, which it is not here; use cgroupfs',
        );
      // It says how a container is made, and is nothing to those that are there.
      expect(await command.ok('--systemd-cgroup', 'list', '-q')).toBe('');
    }),
  );

  it(
    'says what ended a launch: the system call filter, the limit of memory',
    withOci(async (command) => {
      const run = (change: Parameters<OciCommand['bundle']>[1]): Promise<string> =>
        command.fails('run', '-b', command.bundle(['true'], change), 'one');
      expect(
        await run(({ linux }) => Object.assign(linux, { seccomp: { defaultAction: 'SCMP_ACT_KILL' } })),
      ).toBe(
        "the launch did not finish: the container's first process was killed by the system call filter (SIGSYS); allow in linux.seccomp what it needs to start",
      );
      if (requires({ memoryLimits: true }))
        expect(await run(({ linux }) => Object.assign(linux, { resources: { memory: { limit: 1 } } }))).toBe(
          "the launch did not finish: the container's first process was killed for want of memory; give it a higher limit of memory",
        );
      expect(await command.ok('list', '-q')).toBe('');
    }),
  );

  it(
    'says what cannot be written: the output, the log, the root',
    withOci(async (command) => {
      const script = ['-c', 'exec "$@" >/dev/full', 'sh', LIBPOD_OCI, 'features'];
      const { status, stderr } = await launchProgram('sh', script, '').ended;
      expect([status, stderr]).toEqual([1, 'libpod-oci: ENOSPC: no space left on device, write\n']);
      expect(await command.fails('--log', '/nowhere/log', 'list')).toBe(
        'cannot write the log /nowhere/log: no such file or directory (open: ENOENT)',
      );
      const bundle = command.bundle(['true']);
      expect(await command.fails('--root', '/proc/1/nowhere/root', 'run', '-b', bundle, 'one')).toBe(
        'cannot make /proc/1/nowhere/root/one: no such file or directory (mkdir: ENOENT)',
      );
    }),
  );

  it(
    'takes values that begin with a dash',
    withOci(async (command) => {
      const bundle = command.bundle(['sleep', '1000']);
      await command.ok('create', '-b', bundle, 'one');
      await command.ok('update', '--pids-limit', '-1', 'one');
      expect(await command.fails('kill', 'one', '-5')).toBe("Unknown option '-5'");
      await command.ok('delete', 'one');
    }),
  );
});
