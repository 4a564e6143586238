import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONTAINER_LOCKS, FileLock } from '../../src/linux/files/file-lock.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

/** The fields of /proc/PID/stat from the third on (proc_pid_stat(5)). */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
const parentOf = (pid: number): number => Number(statOf(pid)[1]);
const startTicksOf = (pid: number): string => statOf(pid)[19] as string;

/** An engine that starts a container, says its ID and its PID, and waits to be killed. */
function starting(command: readonly string[], more: Readonly<Record<string, unknown>> = {}): string {
  return `
    const runtime = await Runtime.open(options);
    const container = await runtime.createContainer({ hostRoot: true, name: 'left', command: ${JSON.stringify(command)}, ...${JSON.stringify(more)} });
    await container.start();
    say([container.id, await container.pid()]);
    await never;`;
}

describe.runIf(requires({ root: true }))('what happened while no engine ran', () => {
  it(
    'is seen by the next one: an exit',
    withStore(async (runtime, store) => {
      const flag = path.join(store.makeDirectory('flags'), 'go');
      const mounts = [
        { type: 'bind', source: path.dirname(flag), destination: '/flags', options: ['rbind', 'ro'] },
      ];
      const script = 'until [ -e /flags/go ]; do sleep 0.02; done; exit 6';
      await using engine = new EngineProcess(store, starting(['sh', '-c', script], { mounts }));
      const [id, pid] = await engine.next<[string, number]>();
      await engine.kill();
      writeFileSync(flag, '');
      await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
      const container = runtime.getContainer(id);
      await container.wait();
      expect(await container.sync()).toMatchObject({
        state: 'exited',
        exitCode: 6,
        pid: 0,
        oomKilled: false,
      });
      expect(await runtime.containers()).toMatchObject([{ id, state: 'exited', exitCode: 6 }]);
      await container.remove();
    }),
  );

  it(
    'is seen by the next one: a monitor that was killed with its engine',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(store, starting(['sleep', '1000']));
      const [id, pid] = await engine.next<[string, number]>();
      const monitor = parentOf(pid);
      expect(readFileSync(`/proc/${monitor}/cmdline`, 'utf8')).toContain('libpod-monitor');
      await engine.kill();
      process.kill(monitor, 'SIGKILL');
      const container = runtime.getContainer(id);
      // A process that dies gives up its memory first, and its locks later.
      await expect.poll(async () => (await container.sync()).state, { timeout: 10_000 }).toBe('exited');
      // Nobody knows how it ended.
      expect(await container.stateRecord()).toMatchObject({ exitCode: -1, pid: 0 });
      await expect.poll(() => existsSync(`/proc/${pid}/exe`)).toBe(false);
      await container.start();
      expect(await container.state()).toBe('running');
      await container.remove({ force: true, timeout: 0 });
    }),
  );
});

describe.runIf(requires({ root: true, memoryLimits: true }))('an end for want of memory', () => {
  it(
    'while no engine ran is told by the next one',
    withStore(async (runtime, store) => {
      const eats = starting(['tail', '/dev/zero'], { resources: { memory: 16 << 20 } });
      await using engine = new EngineProcess(store, eats.replace('await container.pid()', '0'));
      const [id] = await engine.next<[string, number]>();
      await engine.kill();
      const container = runtime.getContainer(id);
      await container.wait();
      expect(await container.sync()).toMatchObject({ state: 'exited', exitCode: 137, oomKilled: true });
      expect(await container.oomKilled()).toBe(true);
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a reboot', () => {
  it(
    'leaves containers as they were configured, whatever their records of before say',
    withStore(async (_runtime, store) => {
      // Places of their own: the other engine of this test would lose its run directory.
      const places = {
        ...store.options,
        root: path.join(store.directory, 'rebooted'),
        runRoot: path.join(store.directory, 'rebooted-run'),
      };
      await using before = new EngineProcess({ options: places }, starting(['sleep', '1000']));
      const [id, pid] = await before.next<[string, number]>();
      const monitor = parentOf(pid);
      await before.kill();
      // The power goes: nothing that ran is there any more.
      process.kill(monitor, 'SIGKILL');
      await expect.poll(() => existsSync(`/proc/${pid}/exe`), { timeout: 10_000 }).toBe(false);

      // Another boot ID, in a mount namespace of the next engine's own.
      const bootId = path.join(store.directory, 'boot-id');
      const other = randomUUID();
      writeFileSync(bootId, `${other}\n`);
      const bind = `mount --bind ${bootId} /proc/sys/kernel/random/boot_id && exec "$@"`;
      await using after = new EngineProcess(
        { options: places },
        `const runtime = await Runtime.open(options);
         say(await runtime.containers());
         const container = runtime.lookupContainer('left');
         const state = await container.sync();
         await container.start();
         say([state, await container.state(), (await container.inspect()).RunDir]);
         await container.remove({ force: true, timeout: 0 });
         say(await runtime.containers());
         await runtime.close();`,
        'shared',
        { through: ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', bind, 'sh'] },
      );
      expect(await after.next()).toMatchObject([{ id, name: 'left', state: 'configured', pid: 0 }]);
      const [state, running, runDirectory] = await after.next<[object, string, string]>();
      expect(state).toMatchObject({ state: 'configured', pid: 0, exitCode: 0 });
      expect(running).toBe('running');
      expect(runDirectory).toContain(`/${other}/`);
      expect(await after.next()).toEqual([]);
      expect(await after.ended).toMatchObject({ code: 0, stderr: '' });
    }),
  );
});

describe.runIf(requires({ root: true }))('a PID that belongs to somebody else by now', () => {
  for (const [what, ticks] of [
    ['has another start time', (pid: number) => String(BigInt(startTicksOf(pid)) - 1n)],
    ['was forged with its start time', startTicksOf],
  ] as const) {
    it(
      `is not signalled by any verb, if it ${what}`,
      withStore(async (runtime) => {
        const bystander = spawn('sleep', ['1000'], { stdio: 'ignore' });
        try {
          const pid = bystander.pid as number;
          for (const recorded of ['created', 'running', 'stopping', 'paused'] as const) {
            const container = await runtime.createContainer({ hostRoot: true, command: ['true'] });
            await container.start();
            await container.wait();
            const state = await container.sync();
            const startTicks = ticks(pid);
            const { RunDir } = await container.inspect();
            const file = (name: string): string => path.join(RunDir, name);
            // Until it has gone, its monitor vouches for what the file says.
            await expect.poll(() => FileLock.holder(file('lock'), CONTAINER_LOCKS.monitor)).toBeUndefined();
            writeFileSync(file('state.json'), JSON.stringify({ ...state, state: recorded, pid, startTicks }));
            const word = { version: 1, state: 'running', pid, startTicks, startedNs: '1' };
            writeFileSync(file('lock'), `${JSON.stringify(word)}\n`);
            await container.kill().catch(() => undefined);
            await container.stop({ timeout: 0 }).catch(() => undefined);
            expect(await container.sync()).toMatchObject({ state: 'exited', exitCode: -1, pid: 0 });
            // A record alone, without a word of any monitor.
            writeFileSync(file('state.json'), JSON.stringify({ ...state, state: recorded, pid, startTicks }));
            writeFileSync(file('lock'), '');
            await container.stop({ timeout: 0 }).catch(() => undefined);
            await container.remove({ force: true, timeout: 0 });
          }
          // A signal that was sent is there by now: this one comes after it.
          expect(bystander.signalCode).toBeNull();
          bystander.kill('SIGUSR1');
          const signal = await new Promise((resolve) => bystander.once('exit', (_code, by) => resolve(by)));
          expect(signal).toBe('SIGUSR1');
        } finally {
          bystander.kill('SIGKILL');
        }
      }),
    );
  }
});
