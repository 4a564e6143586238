import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CONTAINER_STATUSES, LibpodError, type Container, type Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { killMonitor, monitorsOf } from '../support/kill-monitor.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

/**
 * An init that clears its parent-death signal (PR_SET_PDEATHSIG(2const)) and says so: in one write, as a second one might
 * find the pipe closed and end it.
 */
const HOSTILE = [
  'python3',
  '-c',
  `import ctypes, os, signal, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
for number in (15, 2, 1): signal.signal(number, signal.SIG_IGN)
os.write(1, b"hostile\\n")
time.sleep(1000)`,
];

async function startHostile(runtime: Runtime): Promise<{ container: Container; pid: number }> {
  const container = await runtime.createContainer({ hostRoot: true, command: HOSTILE, name: 'hostile' });
  const { stdout } = await container.startAndAttach();
  await new Promise((resolve) => stdout.once('data', resolve));
  stdout.resume();
  return { container, pid: await container.pid() };
}

function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

describe.runIf(requires({ root: true }))('a monitor that is killed', () => {
  it(
    'takes its container along; nobody knows how that ended, and it can run again',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      await container.start();
      const waiting = container.wait();
      await killMonitor(container);
      expect(await waiting).toEqual({ exitCode: -1, signal: 0, oomKilled: false });
      expect(await container.stateRecord()).toMatchObject({ state: 'exited', exitCode: -1, pid: 0 });
      await container.start();
      expect(await container.state()).toBe('running');
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is found out by another engine, and by the listing',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      await container.start();
      const pid = await container.pid();
      await killMonitor(container);
      const other = await store.open();
      await expect.poll(() => isRunning(pid)).toBe(false);
      expect(await other.containers()).toMatchObject([{ state: 'exited', exitCode: -1 }]);
      expect(await other.getContainer(container.id).state()).toBe('exited');
      await other.getContainer(container.id).remove();
    }),
  );

  it(
    'leaves an init that refuses to die with it to the next engine, which kills it',
    withStore(async (runtime) => {
      const { container, pid } = await startHostile(runtime);
      await killMonitor(container);
      await sleep(50);
      expect(isRunning(pid)).toBe(true);
      expect(await container.wait()).toEqual({ exitCode: -1, signal: 0, oomKilled: false });
      expect(isRunning(pid)).toBe(false);
      // No second mount of its upper directory before that: it starts again at once.
      await container.start();
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'leaves it to a removal by force as well',
    withStore(async (runtime, store) => {
      const { container, pid } = await startHostile(runtime);
      await killMonitor(container);
      await sleep(50);
      await (await store.open()).lookupContainer('hostile').remove({ force: true, timeout: 0 });
      expect(isRunning(pid)).toBe(false);
      await expect(container.state()).rejects.toMatchObject({ code: 'ERR_REMOVED' });
    }),
  );

  it(
    'leaves nothing of a throwaway container once an engine opens the store',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({ hostRoot: true, command: HOSTILE, remove: true });
      const { stdout } = await container.startAndAttach();
      await new Promise((resolve) => stdout.once('data', resolve));
      await killMonitor(container);
      await sleep(50);
      const other = await store.open();
      expect(await other.containers()).toEqual([]);
      await expect(container.wait()).rejects.toMatchObject({ code: 'ERR_REMOVED' });
    }),
  );

  it(
    'at any moment of a start makes it fail or end, and is cleared away',
    withStore(async (runtime) => {
      const seen = new Set<string>();
      for (let round = 0; round < 30; round++) {
        const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
        const starting = container.start().then(
          () => 'started',
          (error: unknown) => (LibpodError.is(error) ? error.code : String(error)),
        );
        await sleep(Math.random() * 6);
        let monitors = monitorsOf(process.pid);
        while (monitors.length === 0) {
          await sleep(0);
          monitors = monitorsOf(process.pid);
        }
        for (const monitor of monitors) process.kill(monitor, 'SIGKILL');
        const outcome = await starting;
        seen.add(outcome);
        expect(['started', 'ERR_MONITOR']).toContain(outcome);
        await container.remove({ force: true, timeout: 0 });
      }
      expect(seen.size).toBeGreaterThan(0);
    }),
  );
});

/** Removes a container by force; a throwaway one may go by itself at any moment. */
async function removeIfThere(runtime: Runtime, id: string): Promise<void> {
  try {
    await runtime.getContainer(id).remove({ force: true, timeout: 0 });
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_REMOVED') && !LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER')) throw error;
  }
}

/** What a crash may leave must be whole: each container has a state, and can be removed. */
async function checkWhole(store: TestStore): Promise<number> {
  const runtime = await store.open();
  const list = await runtime.containers();
  for (const { id, state } of list) {
    expect(CONTAINER_STATUSES).toContain(state);
    expect(state).not.toBe('unknown');
    await removeIfThere(runtime, id);
  }
  await runtime.close();
  return list.length;
}

describe.runIf(requires({ root: true }))('an engine that is killed', () => {
  for (const [what, options] of [
    ['a container', ''],
    ['a throwaway container', ', remove: true'],
  ] as const) {
    it(
      `at any moment of creating and starting ${what} leaves whole containers, or nothing`,
      withStore(async (_runtime, store) => {
        const counts = new Set<number>();
        for (let round = 0; round < 30; round++) {
          await using engine = new EngineProcess(
            store,
            `const runtime = await Runtime.open(options);
             // The host root and the filter are made by a first one: they are no part of what is tried.
             await runtime.dryRun({ hostRoot: true, command: ['true'] });
             say('go');
             const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000']${options} });
             say('made');
             await container.start();
             await never;`,
          );
          await engine.next();
          // Before and after it is there, whatever else the processors have to do.
          if (round % 3 === 0) await engine.next();
          await sleep(round % 3 === 1 ? 0 : Math.random() * 8);
          await engine.kill();
          counts.add(await checkWhole(store));
        }
        // Both kinds of outcome must have been met, or the delays prove nothing.
        expect([...counts].sort()).toEqual([0, 1]);
      }),
      120_000,
    );
  }

  it(
    'at any moment of removing leaves a whole container or nothing',
    withStore(async (_runtime, store) => {
      for (let round = 0; round < 20; round++) {
        await using engine = new EngineProcess(
          store,
          `const runtime = await Runtime.open(options);
           const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
           await container.start();
           say('go');
           await container.remove({ force: true, timeout: 0 });
           await never;`,
        );
        await engine.next();
        await sleep(Math.random() * 8);
        await engine.kill();
        expect(await checkWhole(store)).toBeLessThanOrEqual(1);
      }
    }),
    120_000,
  );

  it(
    'right after it asked for a start, finds its container running when it comes back',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'], name: 'left' });
         void container.start();
         const { existsSync, readdirSync } = await import('node:fs');
         const [boot] = readdirSync(options.runRoot);
         const socket = [options.runRoot, boot, 'containers', container.id, 'ctl.sock'].join('/');
         while (!existsSync(socket)) await sleep(0);
         process.kill(process.pid, 'SIGKILL');`,
      );
      await engine.ended;
      const container = runtime.lookupContainer('left');
      // Its engine may have died before the request reached the monitor, which then undoes the launch.
      await expect.poll(() => container.state()).not.toBe('created');
      expect(['running', 'configured', 'exited']).toContain(await container.state());
      const { RunDir } = await container.inspect();
      expect(existsSync(`${RunDir}/lock`)).toBe(true);
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'after its monitor began, leaves a launch that others wait for',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
         const { RunDir } = await container.inspect();
         say({ id: container.id, run: RunDir });
         process.stdin.once('data', () => void container.start());
         await never;`,
      );
      const { id, run } = await engine.next<{ id: string; run: string }>();
      // The monitor writes this file before it listens; it waits there until somebody reads.
      execFileSync('mkfifo', [`${run}/hosts`]);
      engine.write('start\n');
      await expect.poll(() => readFileSync(`${run}/lock`, 'utf8')).toContain('"creating"');
      await engine.kill();
      expect(await runtime.containers()).toMatchObject([{ id, state: 'configured' }]);
      const other = await store.open();
      const removed = other.getContainer(id).remove({ force: true, timeout: 0 });
      // Whoever comes to the lock first: it is refused, or what it started is removed.
      const started = runtime
        .getContainer(id)
        .start()
        .catch((error: unknown) => expect(error).toBeInstanceOf(LibpodError));
      await sleep(50);
      expect(existsSync(run)).toBe(true);
      const hosts = openSync(`${run}/hosts`, 'r');
      // The monitor of that start writes a file of its own.
      rmSync(`${run}/hosts`);
      expect(readFileSync(hosts, 'utf8')).toContain('localhost');
      closeSync(hosts);
      await removed;
      await started;
      expect(existsSync(run)).toBe(false);
    }),
  );

  it(
    'leaves a monitor that comes too late, and undoes nothing of what another engine has started meanwhile',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         // Its monitor stays, to serve the next.
         await runtime.run({ hostRoot: true, command: ['true'] });
         const container = await runtime.createContainer({
           hostRoot: true, command: ['sleep', '1000'], name: 'twice', remove: true, namespaces: { pid: 'host' },
         });
         say(container.id);
         process.stdin.once('data', () => { void container.start(); setTimeout(() => say('asked'), 50); });
         await never;`,
      );
      const id = await engine.next<string>();
      await expect.poll(() => monitorsOf(engine.pid).length, { timeout: 30_000 }).toBeGreaterThan(0);
      const late = monitorsOf(engine.pid);
      for (const monitor of late) process.kill(monitor, 'SIGSTOP');
      engine.write('start\n');
      await engine.next();
      await engine.kill();
      const container = runtime.getContainer(id);
      await container.start();
      for (const monitor of late) process.kill(monitor, 'SIGCONT');
      await expect.poll(() => late.filter(isRunning), { timeout: 30_000 }).toEqual([]);
      expect(await container.state()).toBe('running');
      expect(runtime.lookupContainer('twice').id).toBe(id);
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'leaves its locks free',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'trap "" TERM; sleep 1000'], name: 'left' });
         await container.start();
         void container.stop({ timeout: 1000 });
         await sleep(50);
         say('stopping'); await never;`,
      );
      await engine.next();
      await engine.kill();
      const container = runtime.lookupContainer('left');
      expect(await container.state()).toBe('stopping');
      await container.stop({ timeout: 0 });
      expect((await container.wait()).exitCode).toBe(137);
      await container.remove();
    }),
  );
});
