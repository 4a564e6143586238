import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Pod, PodStatus, Runtime } from '../../src/index.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

const now = { force: true, timeout: 0 } as const;

function member(runtime: Runtime, command: string, options: CreateOptions = {}): Promise<Container> {
  return runtime.createContainer({
    hostRoot: true,
    pod: 'pod',
    command: ['sh', '-c', command],
    stopTimeout: 0,
    ...options,
  });
}

/** Waits until a pod is in a state; a monitor brings it there in its own time. */
async function becomes(pod: Pod, wanted: PodStatus): Promise<void> {
  while ((await pod.status()) !== wanted) await sleep(5);
}

/** The parent of a process: of a container's init its monitor (proc_pid_stat(5), field 4). */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

const infraOf = (runtime: Runtime, pod: Pod): Container => runtime.getContainer(pod.infraId);

describe.runIf(requires({ root: true }))('a pod with the exit policy "stop"', () => {
  it(
    'stops its infra container when the last other one has ended, and not before',
    withStore(async (runtime) => {
      const pod = await runtime.createPod({ name: 'pod', exitPolicy: 'stop' });
      const quick = await member(runtime, 'true');
      const slow = await member(runtime, 'sleep 1000');
      await pod.start();
      await quick.wait();
      expect((await pod.inspect()).ExitPolicy).toBe('stop');
      expect(await pod.status()).toBe('Degraded');
      await slow.stop();
      await becomes(pod, 'Exited');
      expect((await infraOf(runtime, pod).inspect()).State).toMatchObject({ ExitCode: 0, Status: 'exited' });
      // It can be started again, and ends again.
      await slow.start();
      expect(await infraOf(runtime, pod).state()).toBe('running');
      await slow.kill();
      await becomes(pod, 'Exited');
      await pod.remove();
    }),
  );

  it(
    'stays for a container that was not started yet, also one that was created later',
    withStore(async (runtime) => {
      const pod = await runtime.createPod({ name: 'pod', exitPolicy: 'stop' });
      const first = await member(runtime, 'sleep 1000');
      await first.start();
      const waiting = await member(runtime, 'true');
      await first.stop();
      expect(await infraOf(runtime, pod).state()).toBe('running');
      await waiting.start();
      await becomes(pod, 'Exited');
      // Nor is one that is taken away waited for.
      await first.start();
      const another = await member(runtime, 'true');
      await first.stop();
      expect(await infraOf(runtime, pod).state()).toBe('running');
      await another.remove();
      await becomes(pod, 'Exited');
      await pod.remove();
    }),
  );

  it(
    'does so with no engine alive, and with throwaway containers',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const pod = await runtime.createPod({ name: 'pod', exitPolicy: 'stop' });
         const options_ = { hostRoot: true, pod: 'pod', command: ['sleep', '1000'] };
         const lasting = await runtime.createContainer(options_);
         const throwaway = await runtime.createContainer({ ...options_, remove: true });
         await pod.start();
         say([lasting.id, throwaway.id]);
         await never;`,
      );
      const ids = await engine.next<[string, string]>();
      await engine.kill();
      const pod = runtime.lookupPod('pod');
      for (const id of ids) process.kill(await runtime.getContainer(id).pid(), 'SIGKILL');
      await becomes(pod, 'Exited');
      await pod.remove();
    }),
  );

  it(
    'waits for the last run of a restart policy, and learns of a monitor that was killed',
    withStore(async (runtime) => {
      const pod = await runtime.createPod({ name: 'pod', exitPolicy: 'stop' });
      const again = await member(runtime, 'exit 3', { restartPolicy: 'on-failure:2' });
      const doomed = await member(runtime, 'sleep 1000');
      await pod.start();
      while ((await again.state()) !== 'exited') await sleep(5);
      expect((await again.stateRecord()).restartCount).toBe(2);
      expect(await infraOf(runtime, pod).state()).toBe('running');
      process.kill(parentOf(await doomed.pid()), 'SIGKILL');
      expect(await doomed.wait()).toMatchObject({ exitCode: -1 });
      await doomed.sync();
      await becomes(pod, 'Exited');
      await pod.remove();
    }),
  );

  it(
    'comes up again and again, also while it is just stopping',
    withStore(async (runtime) => {
      const pod = await runtime.createPod({ name: 'pod', exitPolicy: 'stop' });
      const one = await member(runtime, 'sleep 1000');
      for (let round = 0; round < 8; round++) {
        await one.start();
        expect(await pod.status()).toBe('Running');
        await one.stop();
      }
      await one.restart();
      expect(await pod.status()).toBe('Running');
      await pod.restart({ timeout: 0 });
      expect(await pod.status()).toBe('Running');
      await pod.stop({ timeout: 0 });
      expect(await pod.status()).toBe('Exited');
      await pod.remove(now);
    }),
  );
});
