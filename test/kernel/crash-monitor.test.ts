import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  CONTAINER_STATUSES,
  LibpodError,
  type Container,
  type CreateOptions,
  type Runtime,
} from '../../src/index.js';
import { isActive, isWatched } from '../../src/model/status.js';
import { requires } from '../support/requires.js';
import { chosenSteps } from '../support/killed-at-steps.js';
import { withStore, type TestStore } from '../support/store.js';

/** What a monitor does in its life, and which of its system calls are tried: `FIRST/STRIDE`, every STRIDE-th from FIRST on. */
interface Life {
  readonly options: CreateOptions;
  readonly live: (container: Container) => Promise<void>;
  readonly steps: string;
}

/** The children of this process that are monitors. */
function ownMonitors(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const isMonitor = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('libpod-monitor');
        return Number(parent) === process.pid && state !== 'Z' && isMonitor;
      } catch {
        // It has ended since the listing.
        return false;
      }
    });
}

/** A tracer on a process (strace(1)). */
interface Tracer {
  readonly ended: Promise<void>;
  /** Lets the process go on without it. */
  detach(): Promise<void>;
}

/** Follows the system calls of processes into a file, and kills one when it enters its n-th; 0 lets them live. */
async function trace(pids: readonly number[], killAt: number, log: string): Promise<Tracer> {
  const inject = killAt > 0 ? ['-e', `inject=all:signal=SIGKILL:when=${killAt}`] : [];
  const which = pids.flatMap((pid) => ['-p', String(pid)]);
  const child = spawn('strace', [...which, '-o', log, ...inject], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const lines = createInterface({ input: child.stderr });
  await new Promise<void>((resolve, reject) => {
    let attached = 0;
    lines.on('line', (line) => {
      if (!line.includes('attached')) reject(new Error(line));
      else if (++attached === pids.length) resolve();
    });
    child.on('error', reject);
  });
  return {
    ended,
    async detach() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

const SHORT: Life = {
  options: { hostRoot: true, command: ['sleep', '1000'] },
  async live(container) {
    await container.start();
    await container.pause();
    await container.unpause();
    await container.stop({ timeout: 0 });
  },
  steps: '4/11',
};

/** Waits for something that comes by itself, or never, once the monitor is gone. */
async function until(container: Container, fits: () => Promise<boolean>): Promise<void> {
  while (!(await fits())) {
    const state = await container.state();
    if (state === 'exited') return;
    await sleep(5);
  }
}

/** Is checked, ends, and is run again: twice, before it is stopped. */
const SERVED: Life = {
  options: {
    hostRoot: true,
    command: ['sh', '-c', 'sleep 0.05; exit 1'],
    restartPolicy: 'always',
    healthcheck: { test: ['true'], interval: 0.01 },
  },
  async live(container) {
    await container.start();
    await until(container, async () => ((await container.stateRecord()).restartCount ?? 0) >= 2);
    await until(container, async () => ((await container.inspect()).State.Health.Log?.length ?? 0) > 0);
    await container.stop({ timeout: 0 });
  },
  steps: '40/397',
};

/** Lives a life. Answers what went wrong. */
async function live(life: Life, container: Container): Promise<unknown> {
  try {
    await life.live(container);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whatever a killed monitor left is a whole container, to a new engine too; it runs again, and goes. */
async function checkWhole(store: TestStore, id: string): Promise<void> {
  const runtime = await store.open({}, { readyMonitors: 0 });
  const container = runtime.getContainer(id);
  const { state, pid } = await container.stateRecord();
  expect(CONTAINER_STATUSES).toContain(state);
  expect(pid > 0).toBe(isActive(state));
  if (state === 'paused') await container.unpause();
  if (isWatched(state)) await container.stop({ timeout: 0 });
  await container.start();
  expect(['running', 'restarting']).toContain(await container.state());
  await container.remove({ force: true, timeout: 0 });
  expect(await runtime.containers()).toEqual([]);
  await runtime.close();
}

/** Answers how many system calls the monitor made. */
async function tryPoint(runtime: Runtime, store: TestStore, life: Life, killAt: number): Promise<number> {
  const container = await runtime.createContainer(life.options);
  const log = path.join(store.directory, 'strace');
  // The start takes one of those that are ready.
  await expect.poll(() => ownMonitors().length).toBeGreaterThan(0);
  const tracer = await trace(ownMonitors(), killAt, log);
  const failure = await live(life, container);
  if (failure !== undefined && !LibpodError.is(failure)) throw failure as Error;
  if (failure !== undefined) expect(['ERR_MONITOR', 'ERR_INVALID_STATE']).toContain(failure.code);
  await tracer.detach();
  const calls = readFileSync(log, 'utf8').split('\n').length - 1;
  rmSync(log);
  await checkWhole(store, container.id);
  return calls;
}

describe.runIf(requires({ root: true, strace: true }))('a monitor that is killed', () => {
  it.each([
    ['that starts, pauses and stops', SHORT],
    ['that checks and restarts', SERVED],
  ] as const)(
    'when it enters any of its system calls leaves a container that is whole, and nothing else: one %s',
    (what, life) =>
      withStore(async (_first, store) => {
        const runtime = await store.open({}, { readyMonitors: 1 });
        // The pool begins with the first start.
        const first = await runtime.createContainer({ hostRoot: true, command: ['true'] });
        await first.start();
        await first.wait();
        await first.remove();
        const total = await tryPoint(runtime, store, life, 0);
        expect(total).toBeGreaterThan(50);
        // All of them in `npm run test:crash`.
        const points = chosenSteps(life.steps, total);
        for (const point of points) {
          try {
            await tryPoint(runtime, store, life, point);
          } catch (error) {
            throw new Error(`killed at its system call ${point}`, { cause: error });
          }
        }
        console.log(`killed a monitor ${what} at ${points.length} of its ${total} system calls`);
        expect(existsSync(store.root)).toBe(true);
      })(),
    3_600_000,
  );
});
