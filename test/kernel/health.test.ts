import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, HealthcheckOptions, LibpodEvent, Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

/** As often as can be told apart: nothing here waits for a check but by what it says. */
const OFTEN = 0.02;

/** Fails until the file is there. */
const FILE = '[ -e /tmp/well ]';

const state = async (container: Container) => (await container.inspect()).State;

/** Waits until a check has said something. */
async function until<T>(look: () => Promise<T>, fits: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await look();
    if (fits(found)) return found;
    await sleep(5);
  }
}

async function healthEvents(runtime: Runtime): Promise<LibpodEvent[]> {
  const found: LibpodEvent[] = [];
  const filters = { event: 'health_status' };
  for await (const event of runtime.events({ follow: false, filters })) found.push(event);
  return found;
}

const become = async (container: Container, script: string) => container.exec(['sh', '-c', script]);

describe.runIf(requires({ root: true }))('a healthcheck', () => {
  it(
    'finds a container starting, healthy, unhealthy and healthy again, and tells each once',
    withStore(async (runtime) => {
      const healthcheck = { test: `echo looked; ${FILE}`, interval: OFTEN, retries: 2, startPeriod: 1000 };
      await withSleeper(runtime, { healthcheck }, async (container) => {
        const failed = await until(
          () => state(container),
          ({ Health }) => (Health.Log?.length ?? 0) > 2,
        );
        // In its start period it may fail as often as it likes.
        expect(failed.Health).toMatchObject({ Status: 'starting', FailingStreak: 0 });
        expect(failed.Health.Log?.[0]).toMatchObject({ ExitCode: 1, Output: 'looked\n' });
        expect(await container.healthStatus()).toBe('starting');
        await become(container, 'touch /tmp/well');
        await container.wait({ condition: 'healthy', interval: 5 });
        expect((await runtime.containers()).map(({ health }) => health)).toEqual(['healthy']);
        // The success has ended the start period.
        await become(container, 'rm /tmp/well');
        await container.wait({ condition: 'unhealthy', interval: 5 });
        expect((await state(container)).Health.FailingStreak).toBeGreaterThanOrEqual(2);
        await become(container, 'touch /tmp/well');
        await container.wait({ condition: 'healthy', interval: 5 });
        const { Health } = await state(container);
        expect(Health.FailingStreak).toBe(0);
        expect(Health.Log).toHaveLength(5);
        expect(await container.execSessions()).toEqual([]);
        const told = await healthEvents(runtime);
        expect(told.map(({ healthStatus }) => healthStatus)).toEqual(['healthy', 'unhealthy', 'healthy']);
        expect(new Set(told.map(({ key }) => key)).size).toBe(3);
      });
    }),
  );

  it(
    'goes on when no engine is left, and is there for the next',
    withStore(async (runtime, store) => {
      const healthcheck = { test: FILE, interval: OFTEN };
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({
           hostRoot: true, command: ['sleep', '100000'], healthcheck: ${JSON.stringify(healthcheck)},
         });
         await container.start();
         say(container.id);
         await never;`,
      );
      const id = await engine.next<string>();
      await engine.kill();
      const container = runtime.getContainer(id);
      await container.wait({ condition: 'unhealthy', interval: 5 });
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is killed with all its children when it takes too long, and has failed then',
    withStore(async (runtime) => {
      const test = 'sleep 4321 & echo waiting; sleep 4321';
      const healthcheck = { test, interval: OFTEN, timeout: 0.05, retries: 3 };
      await withSleeper(runtime, { healthcheck }, async (container) => {
        await container.wait({ condition: 'unhealthy', interval: 5 });
        const [first] = (await state(container)).Health.Log ?? [];
        expect(first).toMatchObject({
          ExitCode: -1,
          Output: 'waiting\n\nthe healthcheck took longer than its timeout, and was killed',
        });
        // Those of the check that runs now.
        await until(
          async () => (await container.top(['args'])).processes.flat(),
          (lines) => lines.filter((line) => line === 'sleep 4321').length <= 2,
        );
      });
    }),
  );

  it(
    'runs when asked for alone if it has no interval, and says what came of it',
    withStore(async (runtime) => {
      await withSleeper(runtime, { healthcheck: { test: FILE, interval: 0 } }, async (container) => {
        expect(await container.healthcheck()).toEqual({ passed: false, status: 'starting' });
        expect(await container.healthcheck()).toEqual({ passed: false, status: 'starting' });
        expect(await container.healthcheck()).toEqual({ passed: false, status: 'unhealthy' });
        await become(container, 'touch /tmp/well');
        const both = await Promise.all([container.healthcheck(), container.healthcheck()]);
        expect(both).toEqual(Array(2).fill({ passed: true, status: 'healthy' }));
        await container.pause();
        await expect(container.healthcheck()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
        await container.unpause();
      });
      await withSleeper(runtime, {}, async (container) => {
        await expect(container.healthcheck()).rejects.toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringContaining('has no defined healthcheck') as string,
        });
      });
    }),
  );

  it(
    'that cannot be run has failed, and says why',
    withStore(async (runtime) => {
      const healthcheck = { test: ['no-such-program'], interval: 0 };
      await withSleeper(runtime, { healthcheck }, async (container) => {
        expect((await container.healthcheck()).passed).toBe(false);
        const [first] = (await state(container)).Health.Log ?? [];
        expect(first).toMatchObject({ ExitCode: 127 });
        expect(first?.Output).toMatch(/^the healthcheck could not be run: .*ENOENT/);
      });
    }),
  );

  it(
    'keeps the beginning of what it wrote, whatever bytes those are',
    withStore(async (runtime) => {
      const test = `printf '"\\\\\\377\\001x'; i=0; while [ $i -lt 400 ]; do printf 'ä'; i=$((i+1)); done`;
      await withSleeper(runtime, { healthcheck: { test, interval: 0 } }, async (container) => {
        expect((await container.healthcheck()).passed).toBe(true);
        const [first] = (await state(container)).Health.Log ?? [];
        // 500 bytes, and none of a character that was cut in two.
        expect(first?.Output).toBe(`"\\\ufffd\u0001x${'ä'.repeat(247)}`);
      });
    }),
  );

  it(
    'lets a paused container be, and gives a check that the pause has caught its time anew',
    withStore(async (runtime) => {
      // It says that it has begun, and ends when it is told.
      const test = 'echo >>/tmp/begun; until [ -e /tmp/end ]; do sleep 0.01; done';
      const healthcheck = { test, interval: OFTEN, timeout: 2, retries: 1 };
      await withSleeper(runtime, { healthcheck }, async (container) => {
        await until(
          () => become(container, '[ -e /tmp/begun ]'),
          ({ exitCode }) => exitCode === 0,
        );
        await container.pause();
        const before = await state(container);
        // Longer than the timeout: it would have been killed by now.
        await sleep(2200);
        expect((await state(container)).Health).toEqual(before.Health);
        await container.unpause();
        await become(container, 'touch /tmp/end');
        await container.wait({ condition: ['healthy', 'unhealthy'], interval: 5 });
        expect(await container.healthStatus()).toBe('healthy');
      });
    }),
  );

  it(
    'is not told of when the end of the container has ended it',
    withStore(async (runtime) => {
      const healthcheck = { test: 'echo >/tmp/begun; sleep 4321', interval: OFTEN, retries: 1 };
      await withSleeper(runtime, { healthcheck }, async (container) => {
        await until(
          () => become(container, '[ -e /tmp/begun ]'),
          ({ exitCode }) => exitCode === 0,
        );
        await container.kill();
        await container.wait();
        expect((await state(container)).Health).toEqual({ Status: 'starting', FailingStreak: 0, Log: [] });
        expect(await healthEvents(runtime)).toEqual([]);
        expect(await container.healthStatus()).toBeUndefined();
      });
    }),
  );

  it(
    'goes with a monitor that is killed in the middle of it',
    withStore(async (runtime) => {
      const healthcheck = { test: 'echo >>/tmp/begun; sleep 4321', interval: OFTEN };
      await withSleeper(runtime, { healthcheck }, async (container) => {
        await until(
          () => become(container, '[ -e /tmp/begun ]'),
          ({ exitCode }) => exitCode === 0,
        );
        const stat = readFileSync(`/proc/${await container.pid()}/stat`, 'utf8');
        // Field 4 of proc_pid_stat(5): the init's parent.
        process.kill(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), 'SIGKILL');
        expect(await container.wait()).toMatchObject({ exitCode: -1 });
        expect((await state(container)).Health).toEqual({ Status: 'starting', FailingStreak: 0, Log: [] });
        // The next run begins anew.
        await container.start();
        expect(await container.healthStatus()).toBe('starting');
      });
    }),
  );

  it(
    'kills or stops an unhealthy container, if that is asked for',
    withStore(async (runtime) => {
      const ends = { kill: [137, 9], stop: [42, 0] } as const;
      for (const onFailure of ['kill', 'stop'] as const) {
        const container = await runtime.createContainer({
          hostRoot: true,
          command: ['sh', '-c', 'trap "exit 42" TERM; while :; do sleep 0.01; done'],
          healthcheck: { test: FILE, interval: OFTEN, retries: 2, onFailure },
        });
        await container.start();
        const { exitCode, signal } = await container.wait();
        expect([exitCode, signal]).toEqual(ends[onFailure]);
        expect((await state(container)).Health).toMatchObject({ Status: 'unhealthy', FailingStreak: 2 });
        await container.remove();
      }
    }),
  );

  it(
    'ends one that does not stop by itself',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.01; done'],
        stopTimeout: 0.05,
        healthcheck: { test: FILE, interval: OFTEN, retries: 1, onFailure: 'stop' },
      });
      await container.start();
      expect(await container.wait()).toMatchObject({ exitCode: 137, signal: 9 });
      await container.remove();
    }),
  );

  it(
    'begins when the startup check has succeeded as often as it should',
    withStore(async (runtime) => {
      const startup = {
        test: 'echo >>/tmp/tries; [ $(wc -l </tmp/tries) -ge 3 ]',
        interval: OFTEN,
        successes: 2,
      };
      // As many tries as it takes to succeed twice, and no more.
      const healthcheck = { test: '[ $(wc -l </tmp/tries) -eq 4 ]', interval: OFTEN, retries: 1, startup };
      await withSleeper(runtime, { healthcheck }, async (container) => {
        await container.wait({ condition: ['healthy', 'unhealthy'], interval: 5 });
        expect(await container.healthStatus()).toBe('healthy');
        const { Config } = await container.inspect();
        expect(Config.Healthcheck).toEqual({
          Test: ['CMD-SHELL', healthcheck.test],
          Interval: 20e6,
          Timeout: 30e9,
          Retries: 1,
          StartPeriod: 0,
        });
        expect(Config.StartupHealthCheck).toMatchObject({ Successes: 2, Retries: 0 });
      });
    }),
  );

  it.each<[string, (test: string) => HealthcheckOptions]>([
    ['unhealthy', (test) => ({ test, interval: OFTEN, retries: 1, onFailure: 'restart' })],
    [
      'not starting up',
      (test) => ({ test: 'true', interval: OFTEN, startup: { test, interval: OFTEN, retries: 2 } }),
    ],
  ])('has a container that is %s run again, until somebody stops it', async (_, check) => {
    await withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo run >>/var/runs; exec sleep 100000'],
        stopTimeout: 0,
        healthcheck: check('[ $(wc -l </var/runs) -ge 3 ]'),
      });
      await container.start();
      await container.wait({ condition: 'healthy', interval: 5 });
      const inspected = await container.inspect();
      // Once more where a run was checked before its first command had written.
      expect(inspected.RestartCount).toBeGreaterThanOrEqual(2);
      expect(inspected).toMatchObject({
        State: { Health: { Status: 'healthy', FailingStreak: 0 } },
        HostConfig: { RestartPolicy: { Name: 'no' } },
      });
      await become(container, 'echo >/var/runs');
      await container.stop();
      expect(await container.state()).toBe('exited');
      await container.remove();
    })();
  });

  it(
    'that may run it again is refused for a container that is removed at its end',
    withStore(async (runtime) => {
      const options = { hostRoot: true, command: ['true'], remove: true };
      const healthcheck = { test: 'true', onFailure: 'restart' } as const;
      await expect(runtime.createContainer({ ...options, healthcheck })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringMatching(/contradicts the removal/) as string,
      });
    }),
  );

  it(
    'that stops a container has the last word, whatever the restart policy says',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '100000'],
        stopTimeout: 0,
        restartPolicy: 'always',
        healthcheck: { test: 'false', interval: OFTEN, retries: 1, onFailure: 'stop' },
      });
      await container.start();
      await container.wait();
      expect(await container.stateRecord()).toMatchObject({ state: 'exited', restartCount: 0 });
      await container.remove();
    }),
  );

  it(
    'leaves nothing of a throwaway container',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '100000'],
        remove: true,
        healthcheck: { test: FILE, interval: OFTEN, retries: 1, onFailure: 'kill' },
      });
      await container.start();
      expect(await container.wait()).toMatchObject({ exitCode: 137 });
    }),
  );

  it(
    'that has a container stopped is remembered across a reboot, until it is started again',
    withStore(async (runtime, store) => {
      const healthcheck = { test: 'false', interval: OFTEN, retries: 1, onFailure: 'stop' } as const;
      const container = await runtime.createContainer({
        ...{ hostRoot: true, command: ['sleep', '100000'], stopTimeout: 0 },
        ...{ healthcheck, restartPolicy: 'unless-stopped' },
      });
      await container.start();
      await container.wait();
      const stopped = async (engine: Runtime): Promise<boolean[]> =>
        (await engine.containers()).map(({ stoppedByUser }) => stoppedByUser);
      expect(await stopped(runtime)).toEqual([true]);
      // What a reboot takes along.
      const [boot = ''] = readdirSync(store.runRoot);
      rmSync(path.join(store.runRoot, boot, 'containers', container.id), { recursive: true });
      const engine = await store.open();
      expect(await stopped(engine)).toEqual([true]);
      const again = engine.getContainer(container.id);
      await again.update({ restartPolicy: 'unless-stopped' });
      expect(await stopped(engine)).toEqual([true]);
      await again.init();
      expect(await stopped(engine)).toEqual([false]);
      await again.remove({ force: true, timeout: 0 });
    }),
  );
});
