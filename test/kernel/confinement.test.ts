import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseMountinfo } from '../../src/linux/mounts/mountinfo.js';
import { MASKED_PATHS, READONLY_PATHS } from '../../src/spec/paths.js';
import type { CreateOptions } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { compileC } from '../support/rootfs.js';
import { run, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

/** podman's eleven default capabilities, by their numbers in capabilities(7). */
const DEFAULT_CAPABILITIES = [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31];

/** Prints each call's errno, or 0. The numbers are those of x86-64 and arm64 alike where they are written out. */
const PROBE = `
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <fcntl.h>
#include <unistd.h>
static void say(const char *what, long answer) { printf("%s %d\\n", what, answer < 0 ? errno : 0); }
int main(void) {
  say("userns", unshare(CLONE_NEWUSER));
  say("mountns", unshare(CLONE_NEWNS));
  say("af_alg", socket(38, SOCK_SEQPACKET, 0));
  say("af_vsock", socket(40, SOCK_STREAM, 0));
  say("af_inet", socket(AF_INET, SOCK_STREAM, 0));
  say("fsopen", syscall(430, "tmpfs", 0));
  say("open_tree", syscall(428, AT_FDCWD, "/", 1));
  say("mount", mount("none", "/tmp", "tmpfs", 0, ""));
  say("bpf", syscall(SYS_bpf, 0, 0, 0));
  say("perf", syscall(SYS_perf_event_open, 0, 0, 0, 0, 0));
  say("io_uring", syscall(425, 1, 0));
  say("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  say("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
  say("userfaultfd", syscall(SYS_userfaultfd, 0));
  say("clone3", syscall(435, 0, 0));
  say("mknod_block", mknod("/tmp/sda", S_IFBLK | 0600, makedev(8, 0)));
  say("mknod_null", mknod("/tmp/null", S_IFCHR | 0600, makedev(1, 3)));
  say("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  say("sethostname", sethostname("x", 1));
  return 0;
}
`;

const ERRNO = { ok: 0, EPERM: 1, EACCES: 13, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

function parseNumbers(text: string): Record<string, number> {
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name = '', value]) => [name, Number(value)]),
  );
}

describe.runIf(requires({ root: true }))('namespaces', () => {
  it(
    'are all of the container’s own, but for the user and time namespaces',
    withStore(async (runtime) => {
      const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts', 'user', 'time'];
      const { stdout } = await shell(
        runtime,
        kinds.map((kind) => `readlink /proc/self/ns/${kind}`).join('; '),
      );
      const inside = stdout.trim().split('\n');
      const shared = kinds.filter((kind, at) => readlinkSync(`/proc/self/ns/${kind}`) === inside[at]);
      expect(inside).toHaveLength(kinds.length);
      expect(shared).toEqual(['user', 'time']);
    }),
  );

  it(
    'are the host’s where that is asked for',
    withStore(async (runtime) => {
      for (const [option, kind] of [
        ['ipc', 'ipc'],
        ['uts', 'uts'],
        ['network', 'net'],
        ['pid', 'pid'],
        ['cgroup', 'cgroup'],
      ] as const) {
        const { stdout } = await shell(runtime, `readlink /proc/self/ns/${kind}`, {
          namespaces: { [option]: 'host' },
        });
        expect(stdout.trim()).toBe(readlinkSync(`/proc/self/ns/${kind}`));
      }
    }),
  );

  it(
    'of another container are joined by path',
    withStore(async (runtime) => {
      const first = await runtime.createContainer({ hostRoot: true, command: ['sleep', '60'] });
      await first.start();
      const pid = await first.pid();
      const at = (kind: string): { path: string } => ({ path: `/proc/${pid}/ns/${kind}` });
      const { stdout } = await shell(
        runtime,
        'readlink /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/pid; cat /proc/1/cmdline',
        {
          namespaces: { network: at('net'), ipc: at('ipc'), pid: at('pid') },
        },
      );
      expect(stdout).toBe(
        `${['net', 'ipc', 'pid'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)).join('\n')}\nsleep\x0060\0`,
      );
      await first.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'hold one process tree, one interface that is up, and a host name',
    withStore(async (runtime) => {
      const { stdout } = await shell(
        runtime,
        'echo $$; cat /proc/net/dev | tail -n +3 | cut -d: -f1; cat /sys/class/net/lo/operstate; hostname; ls /proc | grep -c "^[0-9]"',
        { hostname: 'box' },
      );
      expect(stdout.split('\n').map((line) => line.trim())).toEqual([
        '1',
        'lo',
        'unknown',
        'box',
        expect.stringMatching(/^[1-4]$/),
        '',
      ]);
      const { exitCode } = await run(runtime, [
        'python3',
        '-c',
        'import socket; s=socket.create_server(("127.0.0.1",0)); socket.create_connection(s.getsockname()); s=socket.create_server(("::1",0),family=socket.AF_INET6)',
      ]);
      expect(exitCode).toBe(0);
    }),
  );

  it(
    'of this process’s threads are untouched by all of it',
    withStore(async (runtime) => {
      const before = readlinkSync('/proc/self/ns/mnt');
      await shell(runtime, 'mount');
      expect(readlinkSync('/proc/self/ns/mnt')).toBe(before);
      expect(process.cwd()).toBe(readlinkSync('/proc/self/cwd'));
    }),
  );
});

describe.runIf(requires({ root: true }))('privileges', () => {
  it(
    'are podman’s eleven capabilities, none inheritable or ambient',
    withStore(async (runtime) => {
      const { stdout } = await shell(
        runtime,
        'grep Cap /proc/self/status; grep NoNewPrivs /proc/self/status',
      );
      const sets = Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/:\s+/)),
      );
      const eleven = DEFAULT_CAPABILITIES.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n)
        .toString(16)
        .padStart(16, '0');
      expect(sets).toEqual({
        CapInh: '0'.repeat(16),
        CapPrm: eleven,
        CapEff: eleven,
        CapBnd: eleven,
        CapAmb: '0'.repeat(16),
        NoNewPrivs: '0',
      });
    }),
  );

  it(
    'are added, dropped, and none for a user who is not root',
    withStore(async (runtime) => {
      const effective = async (options: object): Promise<string> =>
        (await shell(runtime, 'grep CapEff /proc/self/status | cut -f2', options)).stdout.trim();
      expect(await effective({ capDrop: ['ALL'] })).toBe('0000000000000000');
      expect(await effective({ capDrop: ['ALL'], capAdd: ['NET_ADMIN'] })).toBe('0000000000001000');
      expect(await effective({ user: '1000' })).toBe('0000000000000000');
      const all = BigInt(
        `0x${/CapBnd:\s+(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`,
      );
      expect(BigInt(`0x${await effective({ privileged: true })}`) & all).toBe(all);
    }),
  );

  it(
    'cannot be gained with no_new_privs',
    withStore(async (runtime) => {
      const { stdout } = await shell(runtime, 'grep -E "NoNewPrivs|Seccomp:" /proc/self/status', {
        noNewPrivileges: true,
        user: '1000',
      });
      expect(stdout).toBe('NoNewPrivs:\t1\nSeccomp:\t2\n');
    }),
  );

  it(
    'are limited by the system call filter',
    withStore(async (runtime, store) => {
      compileC(store.makeDirectory('bin'), 'probe', PROBE);
      const mounts = [
        {
          destination: '/probe',
          type: 'bind',
          source: path.join(store.directory, 'bin/probe'),
          options: ['bind', 'ro'],
        },
      ];
      const { stdout } = await run(runtime, ['/probe'], { mounts });
      expect(parseNumbers(stdout)).toEqual({
        userns: ERRNO.EPERM,
        mountns: ERRNO.EPERM,
        af_alg: ERRNO.EAFNOSUPPORT,
        af_vsock: ERRNO.EAFNOSUPPORT,
        af_inet: ERRNO.ok,
        fsopen: ERRNO.EPERM,
        open_tree: ERRNO.EPERM,
        mount: ERRNO.EPERM,
        bpf: ERRNO.EPERM,
        perf: ERRNO.EPERM,
        io_uring: ERRNO.ENOSYS,
        keyctl: ERRNO.ENOSYS,
        add_key: ERRNO.ENOSYS,
        userfaultfd: ERRNO.EPERM,
        clone3: ERRNO.ENOSYS,
        mknod_block: ERRNO.EPERM,
        mknod_null: ERRNO.EPERM,
        reboot: ERRNO.EPERM,
        sethostname: ERRNO.EPERM,
      });
      // The same program without the filter proves that it was the filter: the kernel knows these calls.
      const open = parseNumbers((await run(runtime, ['/probe'], { mounts, seccomp: 'unconfined' })).stdout);
      expect(open).toMatchObject({ userns: ERRNO.ok, add_key: ERRNO.ok });
      expect(open['clone3']).not.toBe(ERRNO.ENOSYS);
    }),
  );

  it(
    'are limited by a filter of its own, also one in podman’s form',
    withStore(async (runtime) => {
      const script = 'mkdir /tmp/x 2>/dev/null && echo made; rmdir /tmp/x 2>/dev/null && echo removed; true';
      const tried = async (seccomp: CreateOptions['seccomp']): Promise<string> =>
        (await shell(runtime, script, { seccomp })).stdout;
      const refuse = (name: string, more: object = {}) => ({
        names: [name],
        action: 'SCMP_ACT_ERRNO' as const,
        ...more,
      });
      expect(await tried({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refuse('mkdir')] })).toBe('');
      const conditional = {
        defaultAction: 'SCMP_ACT_ALLOW',
        archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] }],
        syscalls: [
          refuse('mkdir', { includes: { caps: ['CAP_SYS_ADMIN'] } }),
          refuse('rmdir', { excludes: { caps: ['CAP_SYS_ADMIN'] } }),
          { names: ['a_call_of_tomorrow'], action: 'SCMP_ACT_ALLOW', comment: 'passed over' },
        ],
      };
      expect(await tried(conditional)).toBe('made\n');
    }),
  );

  it(
    'to open a device are those of the list, whatever node there is',
    withStore(async (runtime) => {
      // CAP_MKNOD makes the node; the device list of the cgroup still refuses it (OCI config-linux, "Allowed Device list").
      const script =
        'mknod /tmp/mem c 1 1 && mknod /tmp/z c 1 5; for d in mem z; do (: < /tmp/$d) 2>/dev/null; echo $?; done; head -c 4 /dev/zero | wc -c; echo x > /dev/null';
      const { stdout } = await shell(runtime, script, { capAdd: ['MKNOD', 'SYS_RAWIO'] });
      expect(stdout).toMatch(/^[12]\n0\n4\n$/);
    }),
  );
});

describe.runIf(requires({ root: true }))('what a container sees', () => {
  it(
    'has masked and read-only paths in /proc and /sys',
    withStore(async (runtime) => {
      const masked = MASKED_PATHS.filter((file) => existsSync(file));
      const readOnly = READONLY_PATHS.filter((file) => existsSync(file));
      expect(masked.length).toBeGreaterThan(2);
      const script = [
        // A masked file is the null device, a masked directory empty (OCI config-linux, "Masked Paths").
        ...masked.map(
          (file) => `if [ -d ${file} ]; then ls -A ${file} | wc -l; else stat -c %t:%T ${file}; fi`,
        ),
        ...readOnly.map((file) => `grep -c " ${file} ro," /proc/self/mountinfo`),
        '(echo 1 > /proc/sys/kernel/panic) 2>/dev/null || echo refused',
        '(echo h > /proc/sysrq-trigger) 2>/dev/null || echo refused',
        '(echo 0 > /sys/kernel/profiling) 2>/dev/null || echo refused',
        'mkdir /sys/fs/cgroup/x 2>/dev/null || echo refused',
      ].join('; ');
      const { stdout } = await shell(runtime, script);
      expect(stdout.trim().split('\n')).toEqual([
        ...masked.map((file) => (statSync(file).isDirectory() ? '0' : '1:3')),
        ...readOnly.map(() => '1'),
        ...Array<string>(4).fill('refused'),
      ]);
    }),
  );

  it(
    'is, under the composed host root, nothing of the host’s own',
    withStore(async (runtime) => {
      const { stdout } = await shell(
        runtime,
        'cat /etc/shadow 2>&1; ls -A /root /home /var/log /var/lib /srv /opt /boot /mnt 2>&1; cat /etc/passwd; ls -A /etc',
      );
      expect(stdout).toContain('cat: /etc/shadow: No such file or directory');
      expect(stdout).toContain("ls: cannot access '/boot': No such file or directory");
      for (const directory of ['/root', '/home', '/var/log', '/var/lib', '/srv', '/opt', '/mnt'])
        expect(stdout).toMatch(new RegExp(`^${directory}:\n(\n|[^/]*$|root:)`, 'm'));
      const etc = stdout
        .slice(stdout.lastIndexOf('nologin') + 8)
        .trim()
        .split('\n')
        .sort();
      expect(etc).toEqual([
        'alternatives',
        'group',
        'hostname',
        'hosts',
        'ld.so.cache',
        'nsswitch.conf',
        'passwd',
        'resolv.conf',
        'shells',
        'ssl',
      ]);
      const write = await shell(
        runtime,
        'touch /usr/x 2>/dev/null; echo $?; touch /usr/bin/x 2>/dev/null; echo $?; touch /etc/own; echo $?',
      );
      expect(write.stdout).toBe('1\n1\n0\n');
    }),
  );

  it(
    'is a session keyring of its own',
    withStore(async (runtime, store) => {
      const bin = store.makeDirectory('bin');
      // KEYCTL_DESCRIBE and KEYCTL_GET_KEYRING_ID of KEY_SPEC_SESSION_KEYRING: keyctl(2).
      compileC(
        bin,
        'keyring',
        `#include <stdio.h>
         #include <sys/syscall.h>
         #include <unistd.h>
         int main(void) {
           char text[200] = "";
           syscall(SYS_keyctl, 6, -3, text, sizeof text);
           printf("%s %ld\\n", text, syscall(SYS_keyctl, 0, -3, 0));
         }`,
      );
      const mounts = [{ destination: '/b', type: 'bind', source: bin, options: ['rbind', 'ro'] }];
      const keyring = async (): Promise<string> =>
        (await run(runtime, ['/b/keyring'], { mounts, seccomp: 'unconfined' })).stdout;
      const first = await keyring();
      expect(first).toMatch(/^keyring;0;0;[0-9a-f]+;libpod \d+\n$/);
      expect(await keyring()).not.toBe(first);
      expect((await run(runtime, ['cat', '/proc/keys'])).stdout).toBe('');
    }),
  );

  it(
    'has no descriptor of the engine, nor any of its environment',
    withStore(async (runtime) => {
      process.env['LIBPOD_TEST_SECRET'] = 'secret';
      const env = await run(runtime, ['env'], { env: { A: 'b' } });
      delete process.env['LIBPOD_TEST_SECRET'];
      expect(
        env.stdout
          .trim()
          .split('\n')
          .map((entry) => entry.split('=')[0])
          .sort(),
      ).toEqual(['A', 'HOME', 'HOSTNAME', 'PATH', 'container']);
      const { stdout } = await run(runtime, ['ls', '/proc/self/fd']);
      expect(stdout).toBe('0\n1\n2\n3\n');
    }),
  );

  it(
    'has no mount of the host but those that were asked for',
    withStore(async (runtime) => {
      const { stdout } = await run(runtime, ['cat', '/proc/self/mountinfo']);
      const places = parseMountinfo(stdout).map(({ mountpoint }) => mountpoint);
      const allowed = [
        /^\/$/,
        /^\/(proc|sys|dev)(\/.*)?$/,
        /^\/usr(\/.*)?$/,
        /^\/etc\/(alternatives|ld\.so\.cache|ssl\/certs|hosts|hostname|resolv\.conf)$/,
        /^\/run\/\.containerenv$/,
      ];
      expect(places.filter((place) => !allowed.some((pattern) => pattern.test(place)))).toEqual([]);
      expect(places.filter((place) => place === '/')).toHaveLength(1);
    }),
  );

  it(
    'is its own cgroup as the root of the hierarchy, with its limits',
    withStore(async (runtime) => {
      const { stdout } = await shell(runtime, 'cut -d: -f3 /proc/self/cgroup | sort -u');
      expect(stdout).toBe('/\n');
    }),
  );

  it(
    'is a working /dev',
    withStore(async (runtime) => {
      const { stdout } = await shell(
        runtime,
        'for d in null zero full random urandom tty ptmx; do test -c /dev/$d || echo no $d; done; ls -A /dev | sort | tr "\\n" " "; stat -c %a /dev/shm; df -k --output=size /dev/shm | tail -1; python3 -c "import multiprocessing; multiprocessing.Lock()"; echo $?',
      );
      expect(stdout.split('\n').map((line) => line.trim())).toEqual([
        'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero 1777',
        '65536',
        '0',
        '',
      ]);
    }),
  );
});
