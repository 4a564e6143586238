import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { run, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true }))('the user of a container', () => {
  it(
    'is given by name or number, with the groups of the container’s own files',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const id = async (user?: string): Promise<string> =>
        (await shell(runtime, 'echo $(id -u) $(id -g) $(id -G) $HOME', { rootfs, user })).stdout.trim();
      expect(await id()).toBe('0 0 0 /root');
      expect(await id('app')).toBe('1000 1000 1000 2000 /home/app');
      expect(await id('1000')).toBe('1000 1000 1000 2000 /home/app');
      expect(await id('app:other')).toBe('1000 3000 3000 /home/app');
      expect(await id('1000:7')).toBe('1000 7 7 /home/app');
      // One that is not listed has group 0, as podman's.
      expect(await id('4242')).toBe('4242 0 0 /');
      expect(await id('4242:4343')).toBe('4242 4343 4343 /');
    }),
  );

  it(
    'owns its standard streams, also a terminal',
    withStore(async (runtime) => {
      expect(
        (await shell(runtime, 'echo again > /dev/stdout; echo more > /proc/self/fd/2', { user: '1000:1000' }))
          .stdout,
      ).toBe('again\n');
      const { stdout, exitCode } = await shell(runtime, 'echo x > $(tty); stat -c %u $(tty)', {
        user: '1000',
        terminal: true,
      });
      expect(stdout).toContain('1000');
      expect(exitCode).toBe(0);
    }),
  );
});

describe.runIf(requires({ root: true }))('the process of a container', () => {
  it(
    'has the environment, directory, host name and umask that were asked for',
    withStore(async (runtime) => {
      const script =
        'echo "$A|$B"; pwd; stat -c "%a %u" .; hostname; cat /etc/hostname; umask; grep box /etc/hosts; sed -n 2p /run/.containerenv';
      const { stdout } = await shell(runtime, script, {
        env: { A: 'a b', B: '$HOME "é\n"' },
        cwd: '/made/for/it',
        hostname: 'box',
        umask: 0o077,
        name: 'boxed',
      });
      expect(stdout).toBe(
        'a b|$HOME "é\n"\n/made/for/it\n755 0\nbox\nbox\n0077\n127.0.0.1\tbox boxed\nname="boxed"\n',
      );
    }),
  );

  it(
    'is found in the PATH of its own environment, with arguments of any bytes',
    withStore(async (runtime) => {
      const { stdout } = await run(
        runtime,
        ['printf', '%s|', '', 'a b', "'", '"', '\\', '\n', 'é', '*', '$HOME'],
        { env: { PATH: '/nowhere:/usr/bin' } },
      );
      expect(stdout).toBe('|a b|\'|"|\\|\n|é|*|$HOME|');
      await expect(run(runtime, ['printf', 'x'], { env: { PATH: '/nowhere' } })).rejects.toMatchObject({
        code: 'ERR_COMMAND_NOT_FOUND',
      });
    }),
  );

  it(
    'begins with no signal ignored or blocked, in a session of its own',
    withStore(async (runtime) => {
      const { stdout } = await run(runtime, ['grep', '-E', '^Sig(Blk|Ign):', '/proc/self/status']);
      expect(stdout).toBe(`SigBlk:\t${'0'.repeat(16)}\nSigIgn:\t${'0'.repeat(16)}\n`);
      expect((await shell(runtime, 'cut -d" " -f1,5,6 /proc/1/stat')).stdout).toBe('1 1 1\n');
    }),
  );

  it(
    'has the limits that were asked for',
    withStore(async (runtime) => {
      const { stdout } = await shell(
        runtime,
        'ulimit -n; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj',
        {
          ulimits: [
            { name: 'nofile', soft: 100, hard: 200 },
            { name: 'core', soft: 0, hard: 0 },
          ],
          oomScoreAdj: 500,
        },
      );
      expect(stdout).toBe('100\n200\n0\n500\n');
      // Lower than what the launch itself holds open.
      const few = { ulimits: [{ name: 'nofile', soft: 5, hard: 5 }], init: true };
      expect((await shell(runtime, 'ulimit -n', few)).stdout).toBe('5\n');
      const own = await shell(runtime, 'ulimit -Hn', { ulimits: 'host' });
      expect(own.stdout.trim()).toBe(
        /Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1],
      );
    }),
  );

  it(
    'sets kernel parameters of its namespaces',
    withStore(async (runtime) => {
      const { stdout } = await shell(
        runtime,
        'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced',
        {
          sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.shm_rmid_forced': '1' },
        },
      );
      expect(stdout).toBe('1\n1\n');
    }),
  );
});
