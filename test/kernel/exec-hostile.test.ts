import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

/** Waits until something is so. */
async function until(is: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await is())) await sleep(10);
}

/** Capabilities, filter and the like of a process, as it sees them itself. */
const FACTS = sh('grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status');

/**
 * Grabs at each process that appears: writes over what it executes (CVE-2019-5736), and looks through its root, its
 * working directory and its descriptors for a file of the host. Says what it got.
 */
const racer = (hostFile: string): string => `
import os, sys
host = ${JSON.stringify(hostFile)}
mine = os.getpid()
known = {int(p) for p in os.listdir('/proc') if p.isdigit()}
open('/tmp/ready', 'w').close()
got = set()
seen = 0
while not os.path.exists('/tmp/enough'):
    for name in os.listdir('/proc'):
        if not name.isdigit() or int(name) in known: continue
        seen += 1
        base = '/proc/' + name
        try:
            os.close(os.open(base + '/exe', os.O_WRONLY))
            if 'monitor' in os.readlink(base + '/exe'): got.add('exe')
        except OSError: pass
        for way in ('/root', '/cwd', '/cwd/../../../..'):
            try:
                os.stat(base + way + host); got.add(way)
            except OSError: pass
        try:
            for fd in os.listdir(base + '/fd'):
                try:
                    target = os.readlink(base + '/fd/' + fd)
                    if int(fd) > 2 and 'libpod' in target: got.add('fd ' + target)
                except OSError: pass
        except OSError: pass
print(sorted(got), 'seen' if seen else 'unseen')
`;

describe.skipIf(!requires({ root: true }))('exec into a container that is hostile', () => {
  it(
    'is not misled by a /proc that it has replaced, nor by links at its directories',
    withStore(async (runtime) => {
      await withSleeper(runtime, { capAdd: ['SYS_ADMIN'], seccomp: 'unconfined' }, async (container) => {
        const before = (await container.exec(FACTS)).stdout;
        expect(before).toMatch(/^CapBnd/m);
        await container.exec(
          sh(
            'ln -s /proc/1/root /tmp/out; ln -s ../../../../../.. /tmp/up; mkdir /tmp/proc; mount -t proc proc /tmp/proc; mount -t tmpfs none /proc; mkdir -p /proc/self/fd /proc/sys /proc/self/attr; ln -s / /proc/self/root; ln -s /tmp/proc/1/ns /proc/self/ns; ln -s / /proc/self/cwd; echo 0 >/proc/self/status',
          ),
        );
        const facts = sh('grep -E "^(Cap|NoNewPrivs|Seccomp)" /tmp/proc/self/status');
        expect((await container.exec(facts)).stdout).toBe(before);
        for (const cwd of ['/tmp/up', '/tmp/up/tmp']) {
          const { exitCode, stdout } = await container.exec(['/bin/pwd', '-P'], { cwd });
          expect([exitCode, stdout]).toEqual([0, cwd === '/tmp/up' ? '/\n' : '/tmp\n']);
        }
        // What /proc/1/root leads to is the container's root, in its namespaces or not at all.
        const out = await container.exec(['/bin/ls', '/'], { cwd: '/' });
        expect(out.exitCode).toBe(0);
        await expect(container.exec(['true'], { cwd: '/proc/self/fd/9' })).rejects.toThrow();
      });
    }),
  );

  it(
    'shows a process that has not been confined yet to nobody inside',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      const hostFile = path.join(store.directory, 'secret');
      writeFileSync(hostFile, 'of the host');
      const helper = new URL('../../build/Release/libpod-monitor', import.meta.url);
      const digest = (): string => createHash('sha256').update(readFileSync(helper)).digest('hex');
      const before = digest();
      await withSleeper(runtime, {}, async (container) => {
        const race = container.exec(['python3', '-c', racer(hostFile)]);
        await until(async () => (await container.exec(sh('test -e /tmp/ready'))).exitCode === 0);
        for (let round = 0; round < 60; round++)
          await container.exec(['true'], { privileged: round % 2 === 1, tty: round % 3 === 0 });
        await container.exec(['touch', '/tmp/enough']);
        expect(await race).toMatchObject({ exitCode: 0, stdout: '[] seen\n', stderr: '' });
      });
      expect(digest()).toBe(before);
    }),
  );

  it(
    'ends or goes on as it is told when the container stops or kills what is executed, and leaves nothing',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const stopped = container.exec(sh('kill -STOP $$; echo never'), { timeout: 0.5 });
        expect(await stopped).toMatchObject({ timedOut: true, signal: 9, stdout: '' });
        const victim = container.exec(['sleep', '1000']);
        const pid = await victim.started();
        expect(pid).toBeGreaterThan(0);
        await container.exec(
          sh('for p in /proc/[0-9]*; do grep -qa "^sleep.1000.$" $p/cmdline && kill -9 ${p#/proc/}; done; :'),
        );
        expect(await victim).toMatchObject({ signal: 9, exitCode: 137 });
        expect(await container.execSessions()).toEqual([]);
      });
    }),
  );

  it(
    'has a terminal of its own: what is typed into it by the container reaches no other',
    withStore(async (runtime) => {
      await withSleeper(runtime, { capAdd: ['all'], seccomp: 'unconfined' }, async (container) => {
        // TIOCSTI (0x5412) of ioctl_tty(2): a kernel may refuse it; if not, it comes back to the session itself.
        const script = `
import fcntl, os
for c in b'typed\\n':
    try: fcntl.ioctl(0, 0x5412, bytes([c]))
    except OSError: os.write(1, b'refused '); break
print(os.getsid(0) == os.getpid(), os.tcgetpgrp(0) == os.getpid())
`;
        const other = container.exec(['cat'], { tty: true, stdin: true, buffer: false });
        let heard = '';
        other.stdout.on('data', (piece: Buffer) => (heard += piece.toString()));
        other.stderr.resume();
        await other.started();
        const { stdout, exitCode } = await container.exec(['python3', '-c', script], { tty: true });
        expect([exitCode, stdout]).toEqual([0, expect.stringContaining('True True')]);
        other.stdin?.end('\x04');
        await other;
        expect(heard).not.toContain('typed');
      });
    }),
  );
});
