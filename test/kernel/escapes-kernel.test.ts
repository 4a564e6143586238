import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CreateOptions, Runtime } from '../../src/index.js';
import { bundleOf } from '../support/bundles.js';
import { requires } from '../support/requires.js';
import { busyboxRoot, compileC } from '../support/rootfs.js';
import { run, shell } from '../support/run.js';
import { withStore, type TestStore } from '../support/store.js';

/**
 * System calls by other doors than confinement.test.ts tries: those of i386 by its interrupt, those of x32, and
 * arguments whose upper half the kernel ignores. Prints a name and an errno, or 0, on each line.
 */
const DOORS = `
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static int i386(int number, unsigned a, unsigned b, unsigned c) {
  int answer;
  __asm__ volatile("int $0x80" : "=a"(answer) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0), "D"(0) : "memory", "r8", "r9", "r10", "r11");
  return answer;
}
static void say(const char *what, long answer) { printf("%s %ld\\n", what, answer < 0 ? -answer : 0); }
static long own(long answer) { return answer < 0 ? -errno : answer; }
/* A call that makes a namespace is made by a child. */
static long in_child(long (*call)(void)) {
  int status;
  pid_t child = fork();
  if (child == 0) _exit(-call() & 127);
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? -WEXITSTATUS(status) : -127;
}
static long unshare_user(void) { return own(unshare(CLONE_NEWUSER)); }
static long unshare_user_32(void) { long answer = i386(310, CLONE_NEWUSER, 0, 0); return answer < 0 ? answer : 0; }
static long clone_user(void) {
  long answer = own(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  if (answer == 0) _exit(0);
  return answer < 0 ? answer : 0;
}
int main(void) {
  unsigned *words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  words[0] = 38; words[1] = 5; words[2] = 0;
  setvbuf(stdout, 0, _IONBF, 0);
  say("alg_upper_half", own(syscall(SYS_socket, (1L << 32) + 38, 5, 0)));
  say("vsock_upper_half", own(syscall(SYS_socket, (1L << 32) + 40, 1, 0)));
  say("alg_x32", own(syscall(0x40000000 | SYS_socket, 38, 5, 0)));
  say("alg_32", i386(359, 38, 5, 0));
  say("alg_socketcall", i386(102, 1, (unsigned)(unsigned long)words, 0));
  say("bpf_32", i386(357, 0, 0, 0));
  say("perf_32", i386(336, 0, 0, 0));
  say("userfaultfd_32", i386(374, 0, 0, 0));
  say("keyctl_32", i386(288, 0, -3, 0));
  say("io_uring_32", i386(425, 0, 0, 0));
  say("fsopen_32", i386(430, (unsigned)(unsigned long)words, 0, 0));
  say("clone3_32", i386(435, 0, 0, 0));
  say("userns", in_child(unshare_user));
  say("userns_32", in_child(unshare_user_32));
  say("userns_clone", in_child(clone_user));
  return 0;
}
`;

const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];

/** What a container of these options can call. */
async function doors(
  runtime: Runtime,
  store: TestStore,
  options: CreateOptions,
): Promise<Record<string, number>> {
  const bin = store.makeDirectory('bin');
  const source = compileC(bin, 'doors', DOORS);
  const mounts = [{ destination: '/doors', type: 'bind', source, options: ['bind', 'ro'] }];
  const { stdout } = await run(runtime, ['/doors'], { mounts, ...options });
  const lines = stdout.trim().split('\n');
  const answers: Record<string, number> = {};
  for (const [name = '', errno] of lines.map((line) => line.split(' '))) answers[name] = Number(errno);
  return answers;
}

describe.runIf(requires({ root: true }))('the kernel', () => {
  it.runIf(process.arch === 'x64')(
    'is closed to a container by every door of x86: 32 bits, x32, the upper halves of arguments',
    withStore(async (runtime, store) => {
      const closed = await doors(runtime, store, {});
      expect(closed).toMatchObject({
        alg_upper_half: EAFNOSUPPORT,
        vsock_upper_half: EAFNOSUPPORT,
        alg_32: EAFNOSUPPORT,
        bpf_32: EPERM,
        perf_32: EPERM,
        userfaultfd_32: EPERM,
        keyctl_32: ENOSYS,
        io_uring_32: ENOSYS,
        fsopen_32: EPERM,
        clone3_32: ENOSYS,
        userns: EPERM,
        userns_32: EPERM,
        userns_clone: EPERM,
      });
      expect(closed['alg_x32']).not.toBe(0);
      // The control: without the filter the kernel takes these calls.
      const open = await doors(runtime, store, { seccomp: 'unconfined' });
      expect(open).toMatchObject({ userns: 0, userns_32: 0, userns_clone: 0, keyctl_32: 0 });
      for (const name of ['io_uring_32', 'clone3_32']) expect([name, open[name]]).not.toEqual([name, ENOSYS]);
    }),
  );

  it.runIf(process.arch === 'x64')(
    'has AF_ALG closed to socketcall of 32 bits by a filter that gives up that call',
    withStore(async (runtime, store) => {
      // Its arguments lie in memory, where no filter looks; who needs it closed closes all of it.
      const refused = { names: ['socketcall'], action: 'SCMP_ACT_ERRNO' as const, errnoRet: EAFNOSUPPORT };
      const seccomp: CreateOptions['seccomp'] = {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
        syscalls: [refused],
      };
      expect((await doors(runtime, store, { seccomp }))['alg_socketcall']).toBe(EAFNOSUPPORT);
    }),
  );

  it.runIf(requires({ hybrid: true }))(
    'runs no release agent of a container',
    withStore(async (runtime) => {
      // CVE-2022-0492: a hierarchy of version 1, mounted in namespaces of one's own, has a file that names a program of the host.
      const attack = [
        'mkdir -p /tmp/c',
        'mount -t cgroup -o memory none /tmp/c 2>/dev/null && echo mounted',
        'unshare -UrmC sh -c "mount -t cgroup -o memory none /tmp/c && echo mounted" 2>/dev/null',
        'for f in $(find /tmp/c /sys/fs/cgroup -name release_agent -o -name notify_on_release 2>/dev/null); do test -w $f && echo ${f##*/}; done',
        'for d in /sys/fs/cgroup/*; do mkdir $d/x 2>/dev/null && echo made; done',
        'true',
      ].join('; ');
      const { stdout } = await shell(runtime, attack);
      expect(stdout).toBe('');
      // The control: with the capability, without the filter, with the host's cgroup namespace. Nothing is written to it.
      const weak = { capAdd: ['SYS_ADMIN'], seccomp: 'unconfined', namespaces: { cgroup: 'host' } } as const;
      expect((await shell(runtime, attack, weak)).stdout).toMatch(/mounted[^]*release_agent/);
    }),
  );

  it(
    'puts no container into a cgroup outside the engine’s',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const command = ['cat', '/proc/self/cgroup'];
      const at = async (cgroupsPath: string): Promise<string> => {
        const bundle = await bundleOf(
          runtime,
          path.join(store.directory, 'bundle'),
          { rootfs, command },
          ({ linux }) => {
            if (linux === undefined) return;
            linux.cgroupsPath = cgroupsPath;
            // The host's view tells where it is.
            linux.namespaces = (linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
          },
        );
        return (await run(runtime, command, { bundle })).stdout;
      };
      for (const cgroupsPath of ['../..', `${store.cgroupParent}/../..`, 'a/../../b', '/..'])
        await expect(at(cgroupsPath), cgroupsPath).rejects.toThrow('cgroupsPath');
      // The control: another path is taken, and the container is in a cgroup of its own beneath it.
      expect(await at(store.cgroupParent)).toMatch(
        new RegExp(`^\\d+:memory:${store.cgroupParent}/.*[0-9a-f]{64}$`, 'm'),
      );
    }),
  );
});
