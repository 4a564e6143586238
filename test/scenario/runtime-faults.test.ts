import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { killMonitor } from '../support/kill-monitor.js';
import { faultyRuntime, runtimeChoice } from '../support/oci-runtimes.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

function sleeper(runtime: Runtime, choice: string): Promise<Container> {
  return runtime.createContainer({
    hostRoot: true,
    name: 'web',
    runtime: choice,
    command: ['sleep', '1000'],
  });
}

/** Waits for a line of a file that a runtime of ours writes. */
async function written(file: string): Promise<string> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(10);
  return readFileSync(file, 'utf8').trim();
}

/** Whether a process is there and is none that only waits to be reaped. */
function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The directories that containers have for other runtimes. */
function placesOf(store: TestStore): string[] {
  const files = readdirSync(store.runRoot, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('/runtime'));
}

/** Kills the monitor, and waits until it is seen that it is gone. */
async function loseMonitor(container: Container): Promise<void> {
  await killMonitor(container);
  while ((await container.state()) !== 'exited') await sleep(10);
}

/** What a start answers with a crun in whose place a shell is for one verb; nothing of it is left then. */
async function failure(runtime: Runtime, store: TestStore, verb: string, script: string): Promise<unknown> {
  const container = await sleeper(runtime, faultyRuntime(store, 'faulty', verb, script));
  const error = await container.start().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(await container.state()).toBe('configured');
  expect(placesOf(store)).toEqual([]);
  await container.remove();
  return error;
}

describe.runIf(requires({ root: true, crun: true }))('an OCI runtime that', () => {
  it(
    'fails, is killed or says nothing useful is told of, and nothing is left',
    withStore(async (runtime, store) => {
      expect(await failure(runtime, store, 'create', 'echo "no luck" >&2; exit 3')).toMatchObject({
        code: 'ERR_LAUNCH',
        message: expect.stringMatching(
          /^cannot have .*\/faulty create container web: exit status 3/,
        ) as string,
      });
      expect(await failure(runtime, store, 'create', 'kill -KILL $$')).toMatchObject({
        message: expect.stringContaining('create container web: killed by signal 9') as string,
      });
      expect(await failure(runtime, store, 'create', 'exit 0')).toMatchObject({
        message: expect.stringContaining('it has written no PID to its --pid-file') as string,
      });
      expect(await failure(runtime, store, 'start', 'echo "no start"; exit 1')).toMatchObject({
        message: expect.stringMatching(/start container web: exit status 1: no start/) as string,
      });
    }),
  );

  it(
    'goes, or hangs, is waited for no longer than it may take',
    withStore(async (_, store) => {
      const runtime = await store.open({}, { runtimeTimeout: 1 });
      expect(await failure(runtime, store, 'create', 'exec sleep 1000')).toMatchObject({
        code: 'ERR_TIMEOUT',
        message: expect.stringContaining('it did not end in its time: killed after 1000 ms') as string,
      });
      const gone = faultyRuntime(store, 'gone', 'none', 'true');
      const container = await sleeper(runtime, gone);
      rmSync(gone);
      await expect(container.start()).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
        message: expect.stringContaining(`${gone} cannot be executed: ENOENT`) as string,
      });
      await container.remove();
    }),
  );

  it(
    'has made a container may lose it, its engine or its monitor before the start',
    withStore(async (runtime, store) => {
      const choice = runtimeChoice(store, 'crun');
      const container = await sleeper(runtime, choice);
      await container.init();
      process.kill(await container.pid(), 'SIGKILL');
      await container.wait();
      expect(await container.state()).toBe('exited');
      await container.init();
      const pid = await container.pid();
      await loseMonitor(container);
      expect(placesOf(store)).toEqual([]);
      expect(lives(pid)).toBe(false);
      await container.remove();

      // An engine that had asked for no more than a creation, and one that is killed while the runtime is at it.
      const script = (more: string) => `const runtime = await Runtime.open(options);
        const container = await runtime.createContainer({ hostRoot: true, name: 'web', command: ['sleep', '1000'], ${more} });`;
      {
        await using engine = new EngineProcess(
          store,
          `${script(`runtime: ${JSON.stringify(choice)}`)} await container.init(); say(1); await never;`,
        );
        await engine.next();
      }
      const kept = runtime.lookupContainer('web');
      expect(await kept.state()).toBe('created');
      await kept.start();
      expect(await kept.state()).toBe('running');
      await kept.remove({ force: true, timeout: 0 });

      const file = path.join(store.directory, 'at-it');
      const slow = faultyRuntime(store, 'slow', 'create', `echo $$ >${file}; exec sleep 1000`);
      let working: number;
      {
        await using engine = new EngineProcess(
          store,
          `${script(`runtime: ${JSON.stringify(slow)}`)} container.start(); await never;`,
        );
        working = Number(await written(file));
        await engine.kill();
      }
      // It was asked to start, so that its monitor goes on; it stands between the two until somebody ends it.
      process.kill(working, 'SIGKILL');
      const undone = runtime.lookupContainer('web');
      expect(await undone.state()).toBe('configured');
      await undone.remove();
    }),
  );

  it(
    'made a container deletes it when its monitor was killed',
    withStore(async (runtime, store) => {
      const file = path.join(store.directory, 'deleted');
      const choice = faultyRuntime(store, 'telling', 'delete', `echo "$*" >${file}`);
      const container = await sleeper(runtime, choice);
      await container.start();
      const pid = await container.pid();
      await loseMonitor(container);
      expect(placesOf(store)).toEqual([]);
      expect(await container.exitCode()).toBe(-1);
      expect(lives(pid)).toBe(false);
      expect(readFileSync(file, 'utf8')).toMatch(
        new RegExp(`--root .*/state .*delete --force ${container.id}`),
      );
      await container.start();
      await container.remove({ force: true, timeout: 0 });
    }),
  );
});
