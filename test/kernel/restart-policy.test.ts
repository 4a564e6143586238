import { existsSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, LibpodEvent, Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

/** A container that notes each run in a file of the host, and ends as the file `exit` says. */
function counting(
  store: TestStore,
  restartPolicy: string,
  more = '',
): CreateOptions & { readonly data: string } {
  const data = store.makeDirectory('data');
  writeFileSync(path.join(data, 'exit'), '3');
  return {
    data,
    hostRoot: true,
    command: [
      'sh',
      '-c',
      `echo run; echo run >> /data/runs; ${more === '' ? '' : `${more};`} exit $(cat /data/exit)`,
    ],
    mounts: [{ type: 'bind', source: data, destination: '/data' }],
    restartPolicy,
  };
}

function create(runtime: Runtime, { data: _, ...options }: ReturnType<typeof counting>): Promise<Container> {
  return runtime.createContainer(options);
}

function runs(data: string): number {
  const file = path.join(data, 'runs');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/** The parent of a process: of a container's init its monitor (proc_pid_stat(5), field 4). */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Waits until a number of runs have begun. */
async function ran(data: string, count: number): Promise<void> {
  while (runs(data) < count) await sleep(5);
}

async function stateIs(container: Container, wanted: string): Promise<void> {
  while ((await container.state()) !== wanted) await sleep(2);
}

/**
 * Waits until it waits for its next run after so many: a run writes its file before the monitor has heard that it began.
 */
async function restsAfter(container: Container, restarts: number): Promise<void> {
  for (;;) {
    const { state, restartCount } = await container.stateRecord();
    if (state === 'restarting' && restartCount === restarts) return;
    await sleep(2);
  }
}

async function statuses(runtime: Runtime): Promise<string[]> {
  const found: LibpodEvent[] = [];
  for await (const event of runtime.events({ follow: false })) found.push(event);
  return found.map(({ status, exitCode }) => (exitCode === undefined ? status : `${status} ${exitCode}`));
}

describe.runIf(requires({ root: true }))('a restart policy', () => {
  it(
    'on-failure runs a container as often as it says, with no engine alive',
    withStore(async (runtime, store) => {
      const { data, ...options } = counting(store, 'on-failure:2');
      const engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer(${JSON.stringify(options)});
         await container.start();
         say(container.id);
         await never;`,
      );
      const container = runtime.getContainer(await engine.next<string>());
      await engine.kill();
      await stateIs(container, 'exited');
      expect(runs(data)).toBe(3);
      expect(await container.stateRecord()).toMatchObject({ exitCode: 3, restartCount: 2 });
      const { RestartCount, HostConfig, State } = await container.inspect();
      expect(RestartCount).toBe(2);
      expect(HostConfig.RestartPolicy).toEqual({ Name: 'on-failure', MaximumRetryCount: 2 });
      expect(State).toMatchObject({ Status: 'exited', Restarting: false, Error: '' });
      const run = ['init', 'start', 'died 3'];
      expect(await statuses(runtime)).toEqual(['create', ...run, 'restart', ...run, 'restart', ...run]);
      const log: string[] = [];
      for await (const { data: line } of container.logs()) log.push(line.toString());
      expect(log).toEqual(['run', 'run', 'run']);
      await container.remove();
    }),
  );

  it(
    'on-failure ends with a success, always does not',
    withStore(async (runtime, store) => {
      const options = counting(store, 'on-failure');
      const container = await create(runtime, options);
      await container.start();
      await ran(options.data, 2);
      writeFileSync(path.join(options.data, 'exit'), '0');
      await stateIs(container, 'exited');
      expect(await container.exitCode()).toBe(0);
      const before = runs(options.data);
      await container.update({ restartPolicy: 'always' });
      await container.start();
      await ran(options.data, before + 2);
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'lets who follows the log see all of its runs',
    withStore(async (runtime, store) => {
      const container = await create(runtime, counting(store, 'on-failure:2'));
      await container.start();
      const lines: string[] = [];
      for await (const { data } of container.logs({ follow: true })) lines.push(data.toString());
      expect(lines).toEqual(['run', 'run', 'run']);
      await container.remove();
    }),
  );

  it.each(['stop', 'kill', 'remove'] as const)(
    'is ended by %s while the container waits for its next run',
    (verb) =>
      withStore(async (runtime, store) => {
        const options = counting(store, 'always');
        const container = await create(runtime, options);
        await container.start();
        // The next run is more than half a second away.
        await restsAfter(container, 3);
        expect((await runtime.containers())[0]).toMatchObject({ state: 'restarting', exitCode: 3, pid: 0 });
        await container[verb]();
        const after = runs(options.data);
        if (verb !== 'remove') {
          expect(await container.stateRecord()).toMatchObject({ state: 'exited', exitCode: 3 });
          await container.start();
          await ran(options.data, after + 1);
          await container.stop({ timeout: 0 });
          expect(await container.state()).toBe('exited');
          await container.remove();
        }
      })(),
  );

  it(
    'is ended by a stop of the run that goes on, and not by a signal that is none',
    withStore(async (runtime, store) => {
      const options = counting(
        store,
        'always',
        'trap "echo hup >> /data/hups" HUP; trap "exit 3" USR1; touch /data/ready; while :; do sleep 0.01; done',
      );
      const container = await create(runtime, options);
      await container.start();
      while (!existsSync(path.join(options.data, 'ready'))) await sleep(5);
      await container.kill('HUP');
      while (!existsSync(path.join(options.data, 'hups'))) await sleep(5);
      // It ends at this one, which is none that stops it.
      await container.kill('USR1');
      await ran(options.data, 2);
      await container.stop({ timeout: 0 });
      expect(await container.stateRecord()).toMatchObject({
        state: 'exited',
        exitCode: 137,
        restartCount: 1,
      });
      await container.remove();
    }),
  );

  it(
    'lets a start have the next run at once, and a wait see the end of one',
    withStore(async (runtime, store) => {
      const options = counting(store, 'always');
      const container = await create(runtime, options);
      await container.start();
      expect(await container.wait()).toMatchObject({ exitCode: 3 });
      await restsAfter(container, 3);
      const before = runs(options.data);
      await container.start();
      expect(await container.wait()).toMatchObject({ exitCode: 3 });
      expect(runs(options.data)).toBe(before + 1);
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'that is changed holds for the run that goes on; so do limits and a name',
    withStore(async (runtime, store) => {
      const options = counting(
        store,
        'no',
        'cat /proc/sys/kernel/hostname /run/.containerenv > /data/seen; until [ -e /data/go ]; do sleep 0.01; done',
      );
      const container = await create(runtime, options);
      await container.start();
      await container.update({ restartPolicy: 'on-failure:1', pidsLimit: 77 });
      await container.rename('another');
      const go = path.join(options.data, 'go');
      writeFileSync(go, '');
      await stateIs(container, 'exited');
      expect(runs(options.data)).toBe(2);
      expect(readFileSync(path.join(options.data, 'seen'), 'utf8')).toContain('name="another"');
      expect(await container.stateRecord()).toMatchObject({ restartCount: 1, exitCode: 3 });
      rmSync(go);
      await container.update({ restartPolicy: 'always' });
      await container.start();
      await ran(options.data, 3);
      await container.update({ restartPolicy: 'no' });
      writeFileSync(go, '');
      await stateIs(container, 'exited');
      expect(runs(options.data)).toBe(3);
      await container.remove();
    }),
  );

  it(
    'gives up where the next run cannot be launched, and says why',
    withStore(async (runtime, store) => {
      const options = counting(store, 'always', 'sleep 0.1');
      const gone = store.makeDirectory('gone');
      const container = await runtime.createContainer({
        ...{ hostRoot: true, command: options.command, restartPolicy: 'always' },
        mounts: [
          { type: 'bind', source: options.data, destination: '/data' },
          { type: 'bind', source: gone, destination: '/gone' },
        ],
      });
      await container.start();
      rmdirSync(gone);
      await stateIs(container, 'exited');
      expect(await container.stateRecord()).toMatchObject({ exitCode: 3, pid: 0 });
      expect((await container.inspect()).State.Error).toMatch(/^it could not be run again: no such file/);
      await container.remove();
    }),
  );

  it(
    'survives whoever is killed: the monitor in between leaves an end that is known',
    withStore(async (runtime, store) => {
      const options = counting(store, 'always', 'sleep 0.2');
      const container = await create(runtime, options);
      await container.start();
      const monitor = parentOf(await container.pid());
      await restsAfter(container, 2);
      process.kill(monitor, 'SIGKILL');
      await stateIs(container, 'exited');
      expect(await container.stateRecord()).toMatchObject({ exitCode: 3, restartCount: 2 });
      const told = await statuses(runtime);
      expect(told.filter((status) => status === 'start').length).toBe(3);
      expect(told.filter((status) => status === 'died 3').length).toBe(3);
      await container.start();
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'contradicts the removal at the end and the streams of another process, and has only four names',
    withStore(async (runtime) => {
      const make = (restartPolicy: string, remove = false): Promise<Container> =>
        runtime.createContainer({ hostRoot: true, command: ['true'], restartPolicy, remove });
      for (const text of ['sometimes', 'always:3', 'on-failure:x', 'on-failure:-1', 'on-failure:', 'no:1'])
        await expect(make(text)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      await expect(make('always', true)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      const borrowed = { hostRoot: true, command: ['true'], logDriver: 'passthrough' } as const;
      await expect(runtime.createContainer({ ...borrowed, restartPolicy: 'always' })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining('passthrough') as string,
      });
      const container = await runtime.createContainer(borrowed);
      await expect(container.update({ restartPolicy: 'always' })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
      await container.remove();
      expect(await runtime.containers()).toEqual([]);
    }),
  );
});
