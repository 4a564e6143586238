import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { compileC } from '../support/rootfs.js';
import { withSleeper } from '../support/sleeper.js';
import { run } from '../support/run.js';
import { withStore } from '../support/store.js';

/** ptrace(PTRACE_TRACEME) makes its parent the tracer; a stop follows, and then the rest. */
const TRACED = `
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  signal(SIGUSR1, SIG_IGN);
  for (int round = 0; round < 3; round++) {
    long answer = ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGUSR1);
    printf("lives %ld\\n", answer);
    fflush(stdout);
  }
  return 7;
}
`;

/**
 * A container whose monitor and init were killed, and a process of somebody else's that has the PID of its init now. The
 * PID namespace is this process's own, with
 * few PIDs, so that they come round at once; its PID 1 is a shell, which reaps.
 */
const REUSED = `
  import { spawn, spawnSync } from 'node:child_process';
  import { readFileSync, writeFileSync } from 'node:fs';
  writeFileSync('/proc/sys/kernel/pid_max', '400');
  // After the last one the kernel goes on at 300, so nobody is to have a lower one.
  const burn = (many) => spawnSync('sh', ['-c', 'i=0; while [ $i -lt ' + many + ' ]; do (:); i=$((i+1)); done']);
  burn(310);
  const runtime = await Runtime.open(options);
  const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '100000'], name: 'left' });
  await container.start();
  const pid = await container.pid();
  const stat = (at) => { try { return readFileSync('/proc/' + at + '/stat', 'utf8'); } catch { return ''; } };
  process.kill(Number(/\\) \\S (\\d+)/.exec(stat(pid))[1]), 'SIGKILL');
  while (stat(pid) !== '') await sleep(5);
  let innocent = spawn('sleep', ['1000'], { stdio: 'ignore' });
  while (innocent.pid !== pid) {
    const gone = new Promise((resolve) => innocent.once('exit', resolve));
    innocent.kill('SIGKILL');
    await gone;
    if (innocent.pid < pid && pid - innocent.pid > 10) burn(pid - innocent.pid - 8);
    else if (innocent.pid > pid) burn(400 - innocent.pid);
    innocent = spawn('sleep', ['1000'], { stdio: 'ignore' });
  }
  let ended = false;
  innocent.once('exit', () => (ended = true));
  const later = await Runtime.open(options);
  const same = later.lookupContainer('left');
  const states = [(await same.sync()).status];
  await same.kill('KILL').catch((error) => states.push(error.code));
  await same.stop({ timeout: 0 }).catch((error) => states.push(error.code));
  await same.remove({ force: true, timeout: 0 });
  await sleep(50);
  // The control: whoever signals the number that was recorded hits the other one.
  const survived = !ended;
  process.kill(pid, 'SIGKILL');
  await new Promise((resolve) => (ended ? resolve() : innocent.once('exit', resolve)));
  await later.close();
  await runtime.close();
  say({ survived, hit: ended, states });
`;

describe.runIf(requires({ root: true }))('a process', () => {
  it.runIf(requires({ root: true, ownPidMax: true }))(
    'that has the PID of a container’s init which is gone is signalled by nobody',
    { timeout: 60_000 },
    withStore(async (_runtime, store) => {
      const before = readFileSync('/proc/sys/kernel/pid_max', 'utf8');
      const through = [
        'unshare',
        '--pid',
        '--fork',
        '--mount-proc',
        '--kill-child',
        'sh',
        '-c',
        '"$@"; exit $?',
        'sh',
      ];
      await using engine = new EngineProcess(store, REUSED, 'shared', { through });
      expect(await engine.next()).toMatchObject({ survived: true, hit: true });
      expect(await engine.ended).toMatchObject({ code: 0, stderr: '' });
      expect(readFileSync('/proc/sys/kernel/pid_max', 'utf8')).toBe(before);
    }),
  );

  it(
    'that makes its monitor its tracer is not taken for one that ended',
    withStore(async (runtime, store) => {
      // waitid(2) tells a tracer of stops, whatever it asked for. While that was taken for an end, such a container was
      // reported as ended, and ran on without a supervisor.
      const source = compileC(store.makeDirectory('bin'), 'traced', TRACED);
      const mounts = [{ destination: '/traced', type: 'bind', source, options: ['bind', 'ro'] }];
      for (const init of [false, true]) {
        const result = await run(runtime, ['/traced'], { mounts, init });
        expect(result).toMatchObject({ exitCode: 7, stdout: 'lives 0\nlives 0\nlives 0\n' });
      }
      await withSleeper(runtime, { mounts }, async (container) => {
        expect(await container.exec(['/traced'])).toMatchObject({
          exitCode: 7,
          stdout: 'lives 0\nlives 0\nlives 0\n',
        });
      });
    }),
  );
});
