import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Runtime } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

/** The monitor that stands over a container, or stood over it last, as it says itself in the lock file. */
async function monitorOf(container: Container): Promise<number> {
  const { RunDir } = await container.inspect();
  const [first = ''] = readFileSync(`${RunDir}/lock`, 'utf8').split('\n');
  return (JSON.parse(first) as { monitorPid: number }).monitorPid;
}

/** Runs a program to its end in a kept container, and removes that; answers who stood over it. */
async function runOnce(runtime: Runtime, options: Partial<CreateOptions> = {}): Promise<number> {
  const container = await runtime.createContainer({ hostRoot: true, command: ['true'], ...options });
  await container.start();
  const { exitCode } = await container.wait();
  expect(exitCode).toBe(0);
  const monitor = await monitorOf(container);
  await container.remove();
  return monitor;
}

/** What a process holds: its descriptors, and its mappings by name and size. */
function holdings(pid: number): string[] {
  const descriptors = readdirSync(`/proc/${pid}/fd`).map((fd) =>
    readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\d+/, 'N'),
  );
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/).slice(1).join(' '));
  return [...descriptors, ...maps].sort();
}

describe.runIf(requires({ root: true }))('a monitor whose container is gone', () => {
  it(
    'serves the next one, and holds nothing of the one before',
    withStore(async (runtime) => {
      const first = await runOnce(runtime);
      const fresh = holdings(first);
      const seen = new Set<number>();
      for (let i = 0; i < 20; i++) seen.add(await runOnce(runtime));
      expect([...seen]).toEqual([first]);
      expect(holdings(first)).toEqual(fresh);
      expect(readlinkSync(`/proc/${first}/cwd`)).toBe('/');
    }),
  );

  it(
    'still writes the whole log and the right exit code of each',
    withStore(async (runtime) => {
      for (let i = 0; i < 10; i++) {
        const container = await runtime.createContainer({
          hostRoot: true,
          command: ['sh', '-c', `echo number ${i}; exit ${i}`],
        });
        await container.start();
        expect((await container.wait()).exitCode).toBe(i);
        const lines: string[] = [];
        for await (const { data } of container.logs()) lines.push(data.toString());
        expect(lines.join('')).toBe(`number ${i}`);
        await container.remove();
      }
    }),
  );

  it(
    'ends with a container that took input, whose words might come late',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['true'], stdin: true });
      const { stdin, stdout, stderr } = await container.startAndAttach();
      stdout.resume();
      stderr.resume();
      stdin?.end('late words\n'.repeat(10_000));
      await container.wait();
      const monitor = await monitorOf(container);
      await container.remove();
      expect(await runOnce(runtime)).not.toBe(monitor);
    }),
  );

  it(
    'ends with an engine that keeps none ready',
    withStore(async (_runtime, store) => {
      const runtime = await store.open({}, { readyMonitors: 0 });
      const first = await runOnce(runtime);
      expect(await runOnce(runtime)).not.toBe(first);
    }),
  );

  it(
    'is passed over when somebody has killed it',
    withStore(async (runtime) => {
      const first = await runOnce(runtime);
      process.kill(first, 'SIGKILL');
      while (existsSync(`/proc/${first}`)) await sleep(5);
      const next = await runOnce(runtime);
      expect(next).not.toBe(first);
      expect(await runOnce(runtime)).toBeGreaterThan(0);
    }),
  );
});
