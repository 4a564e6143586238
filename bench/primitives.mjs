// What the benchmarks of the primitives share: the clock, the floor, programs as peers, many processes to look at.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createNamespace, spawnProcess } from '../dist/linux.js';

/**
 * The median time of each operation in microseconds, after a tenth as many in vain. They take turns, so that what else the
 * machine does falls on all of them.
 */
export async function timedInTurns(
  /** @type {number} */ count,
  /** @type {(() => unknown)[]} */ ...operations
) {
  const times = operations.map(() => /** @type {number[]} */ ([]));
  for (let i = -Math.ceil(count / 10); i < count; i++) {
    for (const [at, operation] of operations.entries()) {
      const begin = performance.now();
      const answer = operation();
      if (answer instanceof Promise) await answer;
      if (i >= 0) times[at]?.push((performance.now() - begin) * 1000);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN);
}

/** The same for one operation. */
export async function timed(/** @type {number} */ count, /** @type {() => unknown} */ operation) {
  const [median] = await timedInTurns(count, operation);
  return median ?? NaN;
}

/** A program from its spawn to its end; undefined if it is not installed. */
export async function timedProgram(/** @type {number} */ count, /** @type {string[]} */ [program, ...args]) {
  const run = () => spawnSync(program ?? '', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const { error, status } = run();
  if (error !== undefined || status !== 0) return undefined;
  return timed(count, run);
}

/** Compiles bench/process-floor.c and answers its rows, p50 in microseconds. */
export function floor(/** @type {number} */ pid, /** @type {number} */ count) {
  const source = fileURLToPath(new URL('process-floor.c', import.meta.url));
  const program = join(fileURLToPath(new URL('../build', import.meta.url)), 'process-floor');
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];
  if (spawnSync('gcc', [...flags, '-o', program, source], { stdio: 'inherit' }).status !== 0)
    throw new Error('the floor program did not compile');
  const { status, stdout, stderr } = spawnSync(program, [String(pid), String(count)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the floor ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Sleeping processes in a PID and a network namespace of their own; all end when it is disposed. */
export async function sleepers(/** @type {number} */ count) {
  const pid = await createNamespace('pid');
  const net = await createNamespace('net');
  const script = `for i in $(seq ${count}); do sleep 100000 & done; wait`;
  const child = await spawnProcess({ file: 'sh', args: ['-c', script], namespaces: [pid, net] });
  const children = `/proc/${child.pid}/task/${child.pid}/children`;
  while (readFileSync(children, 'utf8').trim().split(' ').length < count) await sleep(20);
  return {
    pid: child.pid,
    net,
    async [Symbol.asyncDispose]() {
      pid[Symbol.dispose]();
      net[Symbol.dispose]();
      await child.ended();
      child[Symbol.dispose]();
    },
  };
}

/** One row: ours beside the floor and a peer, in microseconds; each column is there, maybe empty. */
export function row(
  /** @type {string} */ what,
  /** @type {number} */ ours,
  /** @type {number | undefined} */ least,
  /** @type {{ peer?: string, time?: number | undefined, blocked?: number }} */ {
    peer = '',
    time,
    blocked,
  } = {},
) {
  const round = (/** @type {number | undefined} */ value) =>
    value === undefined ? '' : Number(value.toFixed(1));
  return {
    what,
    ours: round(ours),
    floor: round(least),
    over: least === undefined ? '' : round(ours - least),
    'x floor': least === undefined ? '' : Number((ours / least).toFixed(2)),
    peer: time === undefined ? '' : peer,
    'peer takes': round(time),
    blocked: round(blocked),
  };
}
