import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { requires } from '../support/requires.js';
import { run } from '../support/run.js';
import { withStore } from '../support/store.js';

/** One value of /proc/self/status. */
const status = (text: string, name: string): string =>
  new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';

describe.runIf(requires({ root: true, busybox: true }))('fields of a specification', () => {
  it(
    'of its process are what the process finds',
    withStore(async (runtime, store) => {
      const script = [
        'cat /proc/self/status /proc/self/limits; echo "oom $(cat /proc/self/oom_score_adj)"',
        'echo "mask $(umask)"; echo "cwd $(pwd)"; echo "env $(env | sort | tr "\\n" ,)"; echo "args $0 $1"',
        'echo "names $(hostname) $(cat /proc/sys/kernel/domainname)"; echo "sysctl $(cat /proc/sys/kernel/shmmax)"',
        'echo "annotated"',
      ].join('; ');
      const [all, two] = [
        ['CAP_CHOWN', 'CAP_KILL', 'CAP_SETUID'],
        ['CAP_CHOWN', 'CAP_KILL'],
      ];
      const bundle = makeBundle(store, {
        hostname: 'box',
        domainname: 'realm',
        process: {
          user: { uid: 1000, gid: 1001, umask: 0o27, additionalGids: [7, 8], username: 'nobody-looks' },
          args: ['sh', '-c', script, 'name', 'a b'],
          env: ['PATH=/bin', 'A=b=c'],
          cwd: '/made/here',
          capabilities: {
            bounding: all,
            effective: ['CAP_KILL'],
            permitted: two,
            inheritable: two,
            ambient: ['CAP_KILL'],
          },
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }],
          noNewPrivileges: true,
          oomScoreAdj: 321,
        },
        linux: {
          namespaces: [{ type: 'pid' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }],
          sysctl: { 'kernel.shmmax': '123456' },
        },
      });
      const { stdout } = await run(runtime, [], { bundle });
      const [chown, kill, setuid] = [1n << 0n, 1n << 5n, 1n << 7n];
      const hex = (bits: bigint): string => bits.toString(16).padStart(16, '0');
      expect(status(stdout, 'Uid').split('\t')).toEqual(['1000', '1000', '1000', '1000']);
      expect(status(stdout, 'Gid').split('\t')).toEqual(['1001', '1001', '1001', '1001']);
      expect(status(stdout, 'Groups').split(' ')).toEqual(['7', '8']);
      expect(status(stdout, 'CapBnd')).toBe(hex(chown | kill | setuid));
      expect(status(stdout, 'CapInh')).toBe(hex(chown | kill));
      // What execve leaves a user that is not root: capabilities(7).
      expect(status(stdout, 'CapAmb')).toBe(hex(kill));
      expect(status(stdout, 'CapEff')).toBe(hex(kill));
      expect(status(stdout, 'CapPrm')).toBe(hex(kill));
      expect(status(stdout, 'NoNewPrivs')).toBe('1');
      expect(stdout).toMatch(/^Max open files +100 +200 /m);
      expect(stdout).toContain('oom 321\n');
      expect(stdout).toContain('mask 0027\n');
      expect(stdout).toContain('cwd /made/here\n');
      // What a shell sets for itself stands beside what it was given.
      const env = /^env (.*),$/m
        .exec(stdout)?.[1]
        ?.split(',')
        .filter((one) => !/^(PWD|SHLVL|OLDPWD|_)=/.test(one));
      expect(env).toEqual(['A=b=c', 'PATH=/bin']);
      expect(stdout).toContain('args name a b\n');
      expect(stdout).toContain('names box realm\n');
      expect(stdout).toContain('sysctl 123456\n');
    }),
  );

  it(
    'of its files are what the process finds',
    withStore(async (runtime, store) => {
      const bundle = makeBundle(store, {
        root: { path: 'rootfs', readonly: true },
        mounts: [
          { destination: '/proc', type: 'proc', source: 'proc' },
          {
            destination: '/dev',
            type: 'tmpfs',
            source: 'tmpfs',
            options: ['nosuid', 'strictatime', 'mode=755'],
          },
          {
            destination: '/dev/pts',
            type: 'devpts',
            source: 'devpts',
            options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
          },
          {
            destination: '/dev/mqueue',
            type: 'mqueue',
            source: 'mqueue',
            options: ['nosuid', 'noexec', 'nodev'],
          },
          { destination: '/etc', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', 'nosymfollow'] },
          {
            destination: '/sys/fs/cgroup',
            type: 'cgroup',
            source: 'cgroup',
            options: ['ro', 'nosuid', 'noexec', 'nodev', 'relatime'],
          },
          {
            destination: '/tmp',
            type: 'bind',
            source: 'data',
            options: ['rbind', 'rro', 'rnosuid', 'noatime'],
          },
          { destination: '/root/file', type: 'bind', source: 'data/file', options: ['bind', 'ro', 'rrw'] },
        ],
        linux: {
          namespaces: [{ type: 'pid' }, { type: 'ipc' }, { type: 'mount' }, { type: 'cgroup' }],
          devices: [
            { path: '/dev/char', type: 'c', major: 1, minor: 7, fileMode: 0o640, uid: 3, gid: 4 },
            { path: '/dev/unbuffered', type: 'u', major: 1, minor: 3 },
            { path: '/dev/block', type: 'b', major: 7, minor: 9, fileMode: 0o600 },
            { path: '/dev/fifo', type: 'p', fileMode: 0o622, uid: 5 },
          ],
          maskedPaths: ['/proc/uptime', '/home', '/no/such'],
          readonlyPaths: ['/dev/mqueue', '/no/such'],
        },
        process: {
          args: [
            'sh',
            '-c',
            [
              'for d in char unbuffered block fifo; do stat -c "%n %F %t:%T %a %u:%g" /dev/$d; done',
              'cat /proc/self/mountinfo; ls /etc; wc -c < /proc/uptime; ls /home | wc -l; cat /root/file',
              'ls -d /sys/fs/cgroup/*',
            ].join('; '),
          ],
        },
      });
      store.makeDirectory('bundle/data');
      for (const directory of ['dev/pts', 'sys/fs/cgroup', 'root'])
        store.makeDirectory(`bundle/rootfs/${directory}`);
      for (const file of ['bundle/data/file', 'bundle/rootfs/root/file'])
        writeFileSync(path.join(store.directory, file), 'shown\n');
      const { stdout } = await run(runtime, [], { bundle });
      expect(stdout).toContain('/dev/char character special file 1:7 640 3:4\n');
      expect(stdout).toContain('/dev/unbuffered character special file 1:3 666 0:0\n');
      expect(stdout).toContain('/dev/block block special file 7:9 600 0:0\n');
      expect(stdout).toContain('/dev/fifo fifo 0:0 622 5:0\n');
      const options = (at: string): string[] =>
        stdout
          .split('\n')
          .filter((line) => line.split(' ')[4] === at)
          .at(-1)
          ?.split(' ')[5]
          ?.split(',') ?? [];
      expect(options('/')).toContain('ro');
      expect(options('/dev')).toEqual(['rw', 'nosuid']);
      expect(options('/dev/pts')).toEqual(expect.arrayContaining(['nosuid', 'noexec']));
      expect(options('/dev/mqueue')).toEqual(expect.arrayContaining(['ro', 'nosuid', 'noexec', 'nodev']));
      expect(options('/etc')).toContain('nosymfollow');
      expect(options('/tmp')).toEqual(expect.arrayContaining(['ro', 'nosuid', 'noatime']));
      // The recursive option is applied last: mount_setattr(2) with AT_RECURSIVE.
      expect(options('/root/file')).toContain('rw');
      expect(options('/sys/fs/cgroup')).toEqual(expect.arrayContaining(['ro', 'nosuid', 'noexec', 'nodev']));
      expect(stdout).toContain('\ngroup\npasswd\n0\n0\nshown\n');
      expect(stdout).toMatch(/\/sys\/fs\/cgroup\/\w/);
    }),
  );

  it(
    'of its terminal are what the process finds',
    withStore(async (runtime, store) => {
      const bundle = makeBundle(store, {
        mounts: [
          { destination: '/proc', type: 'proc', source: 'proc' },
          { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
          {
            destination: '/dev/pts',
            type: 'devpts',
            source: 'devpts',
            options: ['newinstance', 'ptmxmode=0666'],
          },
        ],
        process: {
          terminal: true,
          consoleSize: { height: 33, width: 77 },
          args: ['sh', '-c', 'stty size; tty'],
        },
      });
      const { stdout } = await run(runtime, [], { bundle });
      expect(stdout.replaceAll('\r', '')).toMatch(/^33 77\n\/dev\/(console|pts\/0)\n/);
    }),
  );

  it(
    'of its seccomp filter reach the kernel with its flags',
    withStore(async (runtime, store) => {
      for (const flag of [
        'SECCOMP_FILTER_FLAG_LOG',
        'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
        'SECCOMP_FILTER_FLAG_TSYNC',
      ] as const) {
        const bundle = makeBundle(store, {
          process: { args: ['sh', '-c', 'cat /proc/self/status; mkdir /tmp/no; echo $?'] },
          linux: {
            namespaces: [{ type: 'pid' }, { type: 'mount' }],
            seccomp: {
              defaultAction: 'SCMP_ACT_ALLOW',
              flags: [flag],
              syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }],
            },
          },
        });
        const { stdout, stderr } = await run(runtime, [], { bundle });
        expect(status(stdout, 'Seccomp'), flag).toBe('2');
        expect(stderr).toMatch(/not supported/i);
        expect(stdout).toMatch(/1\n$/);
      }
      expect(readFileSync('/proc/self/status', 'utf8')).toMatch(/Seccomp:\t0/);
    }),
  );
});
