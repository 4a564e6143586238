import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { CONTAINER_STATUSES, LibpodError, type Container, type Runtime } from '../../src/index.js';
import { isActive } from '../../src/model/status.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

/** Which system calls are tried: every STRIDE-th from FIRST on; all of them in `npm run test:crash`. */
const [FIRST, STRIDE] = (process.env['LIBPOD_TEST_STEPS'] ?? '4/11').split('/').map(Number) as [
  number,
  number,
];

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

/** Starts, stops and starts a container: what a monitor does in its life. Answers what went wrong. */
async function live(container: Container): Promise<unknown> {
  try {
    await container.start();
    await container.pause();
    await container.unpause();
    await container.stop({ timeout: 0 });
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
  if (isActive(state)) await container.stop({ timeout: 0 });
  await container.start();
  expect(await container.state()).toBe('running');
  await container.remove({ force: true, timeout: 0 });
  expect(await runtime.containers()).toEqual([]);
  await runtime.close();
}

/** Answers how many system calls the monitor made. */
async function tryPoint(runtime: Runtime, store: TestStore, killAt: number): Promise<number> {
  const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
  const log = path.join(store.directory, 'strace');
  // The start takes one of those that are ready.
  await expect.poll(() => ownMonitors().length).toBeGreaterThan(0);
  const tracer = await trace(ownMonitors(), killAt, log);
  const failure = await live(container);
  if (failure !== undefined && !LibpodError.is(failure)) throw failure as Error;
  if (failure !== undefined) expect(['ERR_MONITOR', 'ERR_INVALID_STATE']).toContain(failure.code);
  await tracer.detach();
  const calls = readFileSync(log, 'utf8').split('\n').length - 1;
  rmSync(log);
  await checkWhole(store, container.id);
  return calls;
}

describe.runIf(requires({ root: true, strace: true }))('a monitor that is killed', () => {
  it(
    'when it enters any of its system calls leaves a container that is whole, and nothing else',
    withStore(async (_first, store) => {
      const runtime = await store.open({}, { readyMonitors: 1 });
      // The pool begins with the first start.
      const first = await runtime.createContainer({ hostRoot: true, command: ['true'] });
      await first.start();
      await first.wait();
      await first.remove();
      const total = await tryPoint(runtime, store, 0);
      expect(total).toBeGreaterThan(50);
      let tried = 0;
      for (let point = FIRST; point <= total; point += STRIDE, tried++) {
        try {
          await tryPoint(runtime, store, point);
        } catch (error) {
          throw new Error(`killed at its system call ${point}`, { cause: error });
        }
      }
      console.log(`killed a monitor at ${tried} of its ${total} system calls`);
      expect(existsSync(store.root)).toBe(true);
    }),
    3_600_000,
  );
});
