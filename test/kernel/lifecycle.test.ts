import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Container, Runtime } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { run, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

/** A program that says when it has set its traps. */
async function startReady(runtime: Runtime, script: string): Promise<Container> {
  const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', script] });
  const { stdout, stderr } = await container.startAndAttach();
  stderr.resume();
  await new Promise<void>((resolve) => stdout.once('data', () => resolve()));
  stdout.resume();
  return container;
}

const IGNORES_TERM = 'trap "" TERM; echo ready; while :; do sleep 0.05; done';

describe.runIf(requires({ root: true }))('the life of a container', () => {
  it(
    'goes from configured to exited, and is gone after remove',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '60'],
        name: 'life',
      });
      expect(container.id).toMatch(/^[0-9a-f]{64}$/);
      expect(await container.state()).toBe('configured');
      expect(await container.pid()).toBe(0);
      await container.start();
      expect(await container.state()).toBe('running');
      const pid = await container.pid();
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x0060\0');
      await container.kill();
      expect(await container.wait()).toEqual({ exitCode: 137, signal: 9, oomKilled: false });
      expect(await container.state()).toBe('exited');
      expect(await container.exitCode()).toBe(137);
      expect(await container.pid()).toBe(0);
      await container.remove();
      await expect(container.state()).rejects.toMatchObject({ code: 'ERR_REMOVED' });
      expect(runtime.hasContainer('life')).toBe(false);
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'answers every exit status from 0 to 255',
    withStore(async (runtime) => {
      const statuses = Array.from({ length: 256 }, (_, status) => status);
      const answers: number[] = [];
      for (let first = 0; first < statuses.length; first += 8) {
        const batch = statuses.slice(first, first + 8);
        const results = await Promise.all(batch.map((status) => shell(runtime, `exit ${status}`)));
        answers.push(...results.map(({ exitCode }) => exitCode));
      }
      expect(answers).toEqual(statuses);
    }),
  );

  it(
    'tells a signal from a status above 128',
    withStore(async (runtime) => {
      // The init of a PID namespace does not die of its own signals (pid_namespaces(7)): they come from outside.
      for (const [name, signal] of [
        ['TERM', 15],
        ['INT', 2],
        ['USR1', 10],
        ['SEGV', 11],
        ['KILL', 9],
        [34, 34],
      ] as const) {
        const container = await runtime.createContainer({
          hostRoot: true,
          command: ['sh', '-c', 'echo ready; exec sleep 60'],
          namespaces: { pid: 'host' },
        });
        const { stdout } = await container.startAndAttach();
        await new Promise((resolve) => stdout.once('data', resolve));
        await container.kill(name);
        expect(await container.wait()).toEqual({ exitCode: 128 + signal, signal, oomKilled: false });
        await container.remove();
      }
      expect(await shell(runtime, 'exit 143')).toMatchObject({ exitCode: 143, signal: 0 });
      const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'exit 143'] });
      await container.start();
      await container.wait();
      // The record says it too, for who asks later.
      expect(await container.wait()).toMatchObject({ exitCode: 143, signal: 0 });
      await container.remove();
    }),
  );

  it(
    'starts what was created before, in the same process',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo started; exit 4'],
      });
      await container.init();
      expect(await container.state()).toBe('created');
      const pid = await container.pid();
      expect(pid).toBeGreaterThan(0);
      expect(readlinkSync(`/proc/${pid}/ns/pid`)).not.toBe(readlinkSync('/proc/self/ns/pid'));
      await expect(container.init()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.start();
      expect((await container.wait()).exitCode).toBe(4);
      await container.remove();
    }),
  );

  it(
    'removes and stops one that was created and never started',
    withStore(async (runtime) => {
      const removed = await runtime.createContainer({ hostRoot: true, command: ['true'] });
      await removed.init();
      await removed.remove();
      const stopped = await runtime.createContainer({ hostRoot: true, command: ['true'] });
      await stopped.init();
      await stopped.stop();
      expect(await stopped.state()).toBe('exited');
      await stopped.remove();
    }),
  );

  it(
    'runs again after its end, with its files and a new record',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo x >> /srv/runs; exit $(wc -l < /srv/runs)'],
      });
      const finished: string[] = [];
      for (const status of [1, 2, 3]) {
        await container.start();
        expect((await container.wait()).exitCode).toBe(status);
        finished.push((await container.stateRecord()).finishedTime);
      }
      expect(new Set(finished).size).toBe(3);
      await expect(container.kill()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.remove();
    }),
  );

  it(
    'refuses to start what runs',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '60'] });
      await container.start();
      await expect(container.start()).rejects.toMatchObject({
        code: 'ERR_INVALID_STATE',
        containerId: container.id,
      });
      await expect(container.init()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.remove({ force: true, timeout: 0 });
    }),
  );
});

describe.runIf(requires({ root: true }))('stopping', () => {
  it(
    'sends TERM, and what traps it ends with its own status',
    withStore(async (runtime) => {
      const container = await startReady(
        runtime,
        'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done',
      );
      await container.stop();
      expect(await container.wait()).toEqual({ exitCode: 7, signal: 0, oomKilled: false });
      await container.stop();
      await container.remove();
    }),
  );

  it(
    'sends the stop signal of the container',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'trap "exit 8" QUIT; echo ready; while :; do sleep 0.05; done'],
        stopSignal: 'SIGQUIT',
      });
      const { stdout } = await container.startAndAttach();
      await new Promise((resolve) => stdout.once('data', resolve));
      await container.stop();
      expect((await container.wait()).exitCode).toBe(8);
      await container.remove();
    }),
  );

  it(
    'kills after the timeout what ignores TERM, and not before',
    withStore(async (runtime) => {
      const container = await startReady(runtime, IGNORES_TERM);
      const before = performance.now();
      const stopping = container.stop({ timeout: 0.5 });
      await expect.poll(() => container.state()).toBe('stopping');
      await stopping;
      expect(performance.now() - before).toBeGreaterThanOrEqual(500);
      expect(await container.wait()).toEqual({ exitCode: 137, signal: 9, oomKilled: false });
      await container.remove();
    }),
  );

  it(
    'kills at once with a timeout of 0, without the stop signal',
    withStore(async (runtime) => {
      const container = await startReady(
        runtime,
        'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done',
      );
      await container.stop({ timeout: 0 });
      expect((await container.wait()).exitCode).toBe(137);
      await container.remove();
    }),
  );

  it(
    'lets another one kill while it waits',
    withStore(async (runtime) => {
      const container = await startReady(runtime, IGNORES_TERM);
      const stopping = container.stop({ timeout: 50 });
      await expect.poll(() => container.state()).toBe('stopping');
      await container.kill('KILL');
      await stopping;
      expect((await container.wait()).exitCode).toBe(137);
      await container.remove();
    }),
  );

  it(
    'takes everything with the init, also processes that left its session',
    withStore(async (runtime) => {
      const container = await startReady(
        runtime,
        'setsid sleep 1000 & (setsid sh -c "trap : TERM; sleep 1000" &) ; echo ready; wait',
      );
      await container.stop({ timeout: 0 });
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('waiting', () => {
  it(
    'answers everybody who waits, before and after the end',
    withStore(async (runtime, store) => {
      const other = await store.open();
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'sleep 0.2; exit 5'],
      });
      const waiters = [
        container.wait(),
        runtime.getContainer(container.id).wait(),
        other.getContainer(container.id).wait(),
      ];
      await container.start();
      waiters.push(other.lookupContainer(container.name).wait(), container.wait());
      for (const waiter of waiters)
        expect(await waiter).toEqual({ exitCode: 5, signal: 0, oomKilled: false });
      expect(await other.getContainer(container.id).wait()).toEqual({
        exitCode: 5,
        signal: 0,
        oomKilled: false,
      });
      await container.remove();
    }),
  );

  it(
    'gives up when its signal aborts, and the container goes on',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '60'] });
      await container.start();
      const reason = new Error('enough');
      const controller = new AbortController();
      const waiting = container.wait({ signal: controller.signal });
      setTimeout(() => controller.abort(reason), 50);
      await expect(waiting).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: reason });
      await expect(container.wait({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
        code: 'ERR_ABORTED',
      });
      expect(await container.state()).toBe('running');
      await container.remove({ force: true, timeout: 0 });
    }),
  );
});

describe.runIf(requires({ root: true }))('removing', () => {
  it(
    'refuses what runs, unless forced',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '60'],
        name: 'busy',
      });
      await container.start();
      await expect(container.remove()).rejects.toMatchObject({
        code: 'ERR_INVALID_STATE',
        message: 'cannot remove container busy: it is running; stop it first or remove it by force',
      });
      expect(await container.state()).toBe('running');
      await container.remove({ force: true, timeout: 0 });
      for (const again of [
        () => container.start(),
        () => container.stop(),
        () => container.remove(),
        () => container.inspect(),
      ]) {
        await expect(again()).rejects.toMatchObject({ code: 'ERR_REMOVED' });
      }
    }),
  );

  it(
    'happens by itself to a throwaway one, whose end is still told',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'exit 9'],
        remove: true,
      });
      await container.start();
      expect(await container.wait()).toEqual({ exitCode: 9, signal: 0, oomKilled: false });
      await container.remove();
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'happens to a throwaway one that is stopped',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '60'],
        remove: true,
        name: 'gone',
      });
      await container.start();
      await container.stop({ timeout: 0 });
      await expect.poll(() => runtime.hasContainer('gone')).toBe(false);
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('names', () => {
  it(
    'are free again when a throwaway container is gone, which has got another one while it ran',
    withStore(async (runtime) => {
      const options = { hostRoot: true, command: ['sleep', '60'], remove: true } as const;
      const first = await runtime.createContainer({ ...options, name: 'before' });
      await first.start();
      await first.rename('after');
      const second = await runtime.createContainer({ ...options, name: 'before' });
      const { StaticDir } = await first.inspect();
      await first.kill('KILL');
      await expect.poll(() => existsSync(StaticDir)).toBe(false);
      expect(runtime.lookupContainer('before').id).toBe(second.id);
      await second.rename('after');
      await second.remove();
    }),
  );

  it(
    'belong to one container, and are free again when it is gone',
    withStore(async (runtime) => {
      const first = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'web-1.a_b' });
      await expect(
        runtime.createContainer({ hostRoot: true, command: ['true'], name: 'web-1.a_b' }),
      ).rejects.toMatchObject({
        code: 'ERR_NAME_IN_USE',
        message: `the container name "web-1.a_b" is in use by container ${first.id}: remove that container or choose another name`,
      });
      expect(runtime.lookupContainer('web-1.a_b').id).toBe(first.id);
      expect(runtime.lookupContainer(first.id.slice(0, 12)).id).toBe(first.id);
      await first.remove();
      const second = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'web-1.a_b' });
      expect(second.id).not.toBe(first.id);
      await second.remove();
    }),
  );

  it(
    'are given by chance to who asks for none, and never twice',
    withStore(async (runtime) => {
      const made = [];
      for (let i = 0; i < 20; i++)
        made.push(await runtime.createContainer({ hostRoot: true, command: ['true'] }));
      expect(new Set(made.map(({ name }) => name)).size).toBe(20);
      for (const container of made) await container.remove();
    }),
  );

  it(
    'race for one name has one winner',
    withStore(async (runtime) => {
      const tries = await Promise.allSettled(
        Array.from({ length: 10 }, () =>
          runtime.createContainer({ hostRoot: true, command: ['true'], name: 'one' }),
        ),
      );
      const won = tries.filter((result) => result.status === 'fulfilled');
      const lost = tries.filter((result) => result.status === 'rejected');
      expect(won).toHaveLength(1);
      for (const { reason } of lost) expect(reason).toMatchObject({ code: 'ERR_NAME_IN_USE' });
      await won[0]?.value.remove();
    }),
  );

  it(
    'may look like the ID of another container, which is then still found by it',
    withStore(async (runtime) => {
      const { id } = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'first' });
      for (const name of [id, id.slice(0, 12)])
        await runtime.createContainer({ hostRoot: true, command: ['true'], name });
      expect(runtime.lookupContainer(id).name).toBe('first');
      // What is no whole ID is a name before it is the beginning of an ID.
      expect(runtime.lookupContainer(id.slice(0, 12)).name).toBe(id.slice(0, 12));
      expect(runtime.lookupContainer(id.slice(0, 11)).id).toBe(id);
      await runtime.removeContainer(id);
      expect(runtime.lookupContainer(id).name).toBe(id);
      for (const name of [id, id.slice(0, 12)]) await runtime.removeContainer(name);
      const pod = await runtime.createPod({ name: 'pod', infra: false });
      await runtime.createPod({ name: pod.id, infra: false });
      expect(runtime.lookupPod(pod.id).name).toBe('pod');
      for (const name of [pod.id, pod.id]) await runtime.removePod(name);
      expect(await runtime.pods()).toEqual([]);
    }),
  );

  it(
    'are not found if they are not there, and a short prefix may fit many',
    withStore(async (runtime) => {
      expect(() => runtime.lookupContainer('nobody')).toThrow(
        expect.objectContaining({ code: 'ERR_NO_SUCH_CONTAINER' }),
      );
      expect(() => runtime.lookupContainer('../names')).toThrow(
        expect.objectContaining({ code: 'ERR_NO_SUCH_CONTAINER' }),
      );
      expect(() => runtime.getContainer('abc')).toThrow(
        expect.objectContaining({ code: 'ERR_NO_SUCH_CONTAINER' }),
      );
      // Seventeen containers share a first digit somewhere.
      const made = await Promise.all(
        Array.from({ length: 17 }, () => runtime.createContainer({ hostRoot: true, command: ['true'] })),
      );
      const digits = made.map(({ id }) => id.slice(0, 1));
      const shared = digits.find((digit, at) => digits.indexOf(digit) < at) ?? '';
      expect(() => runtime.lookupContainer(shared)).toThrow(
        expect.objectContaining({ code: 'ERR_AMBIGUOUS' }),
      );
      for (const container of made) await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('what is told of a container', () => {
  it(
    'agrees between the listing, inspect and the handle',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sleep', '60'],
        name: 'told',
        labels: { a: 'b' },
      });
      await container.start();
      const [summary] = await runtime.containers();
      const state = await container.stateRecord();
      expect(summary).toMatchObject({
        id: container.id,
        name: 'told',
        state: 'running',
        command: ['sleep', '60'],
        labels: { a: 'b' },
        pid: state.pid,
        startedTime: state.startedTime,
        rootfsName: 'host-root',
      });
      const inspect = await container.inspect();
      expect(inspect).toMatchObject({ Id: container.id, Name: 'told', Path: 'sleep', Args: ['60'] });
      expect(inspect.State).toMatchObject({
        Status: 'running',
        Running: true,
        Pid: state.pid,
        StartedAt: state.startedTime,
      });
      const written = Date.parse(state.startedTime);
      expect(Math.abs(Date.now() - written)).toBeLessThan(30_000);
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is a copy: changing it changes nothing',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['true'] });
      (container.config().labels as Record<string, string>)['x'] = 'y';
      container.spec().process.args.push('more');
      expect(container.config().labels).toEqual({});
      expect(container.spec().process.args).toEqual(['true']);
      await container.remove();
    }),
  );

  it(
    'is a plan without a container too, which makes nothing',
    withStore(async (runtime) => {
      const plan = await runtime.dryRun({ hostRoot: true, command: ['echo', 'a b'] });
      expect(plan).toMatch(/^prepare: {2}#/);
      expect(plan).toContain('exec arguments=[echo "a b"]');
      expect(await runtime.containers()).toEqual([]);
      const { stdout } = await run(runtime, ['echo', 'a b']);
      expect(stdout).toBe('a b\n');
    }),
  );
});
