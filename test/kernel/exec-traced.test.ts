import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, ExecOptions } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

/**
 * Takes each new process over before anybody can see it in /proc: PIDs are handed out in order, so it seizes the next one
 * again and again (ptrace(2), PTRACE_SEIZE), holds it, and looks at what it has that a process of this container has not.
 * Says what it found, and whether it seized any.
 */
const tracer = (hostFile: string): string => `
import ctypes, os
host = ${JSON.stringify(hostFile)}
libc = ctypes.CDLL(None, use_errno=True)
ptrace = libc.ptrace
ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
SETS = ('CapPrm', 'CapEff', 'CapBnd', 'CapInh', 'CapAmb')
def status(pid):
    return {line.split(':')[0]: line.split(':')[1].strip() for line in open(f'/proc/{pid}/status')}
def namespaces(pid):
    base = f'/proc/{pid}/ns/'
    return {name: os.readlink(base + name) for name in os.listdir(base) if name != 'user'}
mine, ours = status('self'), namespaces('self')
got, seized = set(), 0
def look(pid):
    theirs = status(pid)
    for name in SETS:
        if int(theirs[name], 16) & ~int(mine['CapBnd'], 16): got.add(name)
    for name in ('Seccomp', 'NoNewPrivs'):
        if theirs[name] != mine[name]: got.add(name)
    for name, there in namespaces(pid).items():
        if ours[name] != there: got.add('ns/' + name)
    for way in ('/root', '/cwd'):
        try: os.stat(f'/proc/{pid}{way}{host}'); got.add(way)
        except OSError: pass
    for fd in os.listdir(f'/proc/{pid}/fd'):
        # A directory would be a way out, wherever it is.
        if os.path.isdir(f'/proc/{pid}/fd/{fd}'): got.add('fd')
next_pid = max(int(p) for p in os.listdir('/proc') if p.isdigit()) + 1
open('/tmp/ready', 'w').close()
misses = 0
while True:
    if ptrace(SEIZE, next_pid, None, None) == 0:
        seized += 1
        ptrace(INTERRUPT, next_pid, None, None)
        try:
            _, how = os.waitpid(next_pid, 0x40000000)
            if os.WIFSTOPPED(how): look(next_pid)
        except (OSError, KeyError): pass
        ptrace(DETACH, next_pid, None, None)
        next_pid += 1
        continue
    misses += 1
    if misses % 256 == 0:
        if os.path.exists('/tmp/enough'): break
        # One that came and went between two looks.
        last = int(open('/proc/loadavg').read().split()[-1])
        if last >= next_pid: next_pid = last + 1
print(sorted(got), 'seized' if seized else 'none')
`;

async function trace(
  container: Container,
  victim: Container,
  hostFile: string,
  rounds: number,
  options: ExecOptions = {},
): Promise<string> {
  const race = container.exec(['python3', '-c', tracer(hostFile)], options);
  let ended = false;
  void race.finally(() => (ended = true)).catch(() => undefined);
  while (!ended && (await container.exec(sh('test -e /tmp/ready'))).exitCode !== 0) await sleep(10);
  for (let round = 0; round < rounds; round++) {
    const { exitCode } = await victim.exec(['true'], { tty: round % 3 === 0 });
    expect(exitCode).toBe(0);
  }
  await container.exec(['touch', '/tmp/enough']);
  const { stdout, stderr } = await race;
  return stdout + stderr;
}

describe.skipIf(!requires({ root: true }))('exec where somebody may trace', () => {
  const each: [string, Partial<CreateOptions>][] = [
    ['has CAP_SYS_PTRACE', { capAdd: ['SYS_PTRACE'] }],
    ['is privileged', { privileged: true }],
  ];
  it.each(each)(
    'shows no process that is not confined yet to a container that %s',
    { timeout: 60_000 },
    (_, options) =>
      withStore(async (runtime, store) => {
        const hostFile = path.join(store.directory, 'secret');
        writeFileSync(hostFile, 'of the host');
        await withSleeper(runtime, options, async (container) => {
          expect(await trace(container, container, hostFile, 60)).toBe('[] seized\n');
        });
      })(),
  );

  it(
    'shows none to a neighbour in the same PID namespace that may',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      const hostFile = path.join(store.directory, 'secret');
      writeFileSync(hostFile, 'of the host');
      await withSleeper(runtime, {}, async (victim) => {
        const pid = { container: victim.id };
        const options = { namespaces: { pid }, capAdd: ['SYS_PTRACE'] };
        await withSleeper(runtime, options, async (container) => {
          expect(await trace(container, victim, hostFile, 40)).toMatch(/^(?!.*(Cap|root|cwd|fd)).* seized$/m);
        });
      });
    }),
  );

  it(
    'shows none to a privileged session in a container that has no such capability',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      const hostFile = path.join(store.directory, 'secret');
      writeFileSync(hostFile, 'of the host');
      await withSleeper(runtime, {}, async (container) => {
        const found = await trace(container, container, hostFile, 40, { privileged: true });
        // Less than what the privileged one has: no_new_privs and the like are the container's.
        expect(found).toBe('[] seized\n');
      });
    }),
  );

  it(
    'is a session as anywhere else: its own terminal, group, limits, end and cgroup, and it dies with its monitor',
    withStore(async (runtime) => {
      await withSleeper(
        runtime,
        { capAdd: ['SYS_PTRACE'], resources: { pidsLimit: 20 } },
        async (container) => {
          const facts = `
import ctypes, os
signal = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(signal), 0, 0, 0)
print(signal.value, os.getsid(0) == os.getpid() == os.getpgrp(), os.getppid(), os.isatty(0), os.isatty(0) and os.tcgetpgrp(0) == os.getpid())
`;
          const plain = await container.exec(['python3', '-c', facts]);
          expect([plain.stderr, plain.stdout]).toEqual(['', '9 True 0 False False\n']);
          const terminal = await container.exec(['python3', '-c', facts], { tty: true });
          expect(terminal.stdout).toBe('9 True 0 True True\r\n');
          for (const code of [0, 1, 255])
            expect((await container.exec(sh(`exit ${code}`))).exitCode).toBe(code);
          expect(await container.exec(sh('kill -SEGV $$'))).toMatchObject({ signal: 11, exitCode: 139 });
          expect((await container.exec(['cat'], { input: 'through' })).stdout).toBe('through');
          const late = await container.exec(sh('sleep 1000 & sleep 1000'), { timeout: 0.2 });
          expect(late).toMatchObject({ timedOut: true, signal: 9 });
          await expect(container.exec(['no-such-command'])).rejects.toMatchObject({
            code: 'ERR_COMMAND_NOT_FOUND',
          });
          await expect(container.exec(['/etc'])).rejects.toMatchObject({
            code: 'ERR_COMMAND_NOT_EXECUTABLE',
          });
          const many = await Promise.all(
            Array.from({ length: 8 }, (_, i) => container.exec(['echo', `${i}`])),
          );
          expect(many.map(({ stdout }) => stdout.trim())).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
          expect(await container.execSessions()).toEqual([]);
        },
      );
    }),
  );

  it(
    'says what it needs when the filter of the container, or its limit of processes, is against it',
    withStore(async (runtime) => {
      const filter = (name: string, action: string) => ({
        defaultAction: 'SCMP_ACT_ALLOW' as const,
        syscalls: [{ names: [name], action }],
      });
      const capAdd = ['SYS_PTRACE'];
      for (const name of ['clone', 'setsid']) {
        for (const action of ['SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS']) {
          await withSleeper(runtime, { capAdd, seccomp: filter(name, action) }, async (container) => {
            await expect(container.exec(['true'])).rejects.toThrow(/CAP_SYS_PTRACE.*seccomp filter/);
            expect(await container.execSessions()).toEqual([]);
          });
        }
        // Who has not given the capability away is not asked for it.
        await withSleeper(runtime, { seccomp: filter(name, 'SCMP_ACT_ERRNO') }, async (container) => {
          expect((await container.exec(['true'])).exitCode).toBe(0);
        });
      }
      await withSleeper(runtime, { capAdd, resources: { pidsLimit: 1 } }, async (container) => {
        await expect(container.exec(['true'])).rejects.toThrow(/as many processes as it may/);
      });
    }),
  );

  it(
    'checks the health of one that has the capability',
    withStore(async (runtime) => {
      const healthcheck = { test: ['CMD', 'true'], interval: 0 };
      await withSleeper(runtime, { privileged: true, healthcheck }, async (container) => {
        expect(await container.healthcheck()).toMatchObject({ passed: true });
      });
    }),
  );
});
