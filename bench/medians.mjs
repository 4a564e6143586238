// What the benchmarks of single primitives share: medians, and the C programs that they are compared with.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The median of an operation's time in microseconds, a tenth of the count more as a warm-up left out.
 * @param {() => unknown} operation - Timed until its promise settles, if it answers one.
 * @param {number} count
 */
export async function median(operation, count) {
  return medianAround(
    () => undefined,
    operation,
    () => undefined,
    count,
  );
}

/**
 * The same, with what is done before and after each operation, which is not in its time.
 * @template T
 * @param {() => T} before
 * @param {(made: Awaited<T>) => unknown} operation
 * @param {(made: Awaited<T>) => unknown} after
 * @param {number} count
 */
export async function medianAround(before, operation, after, count) {
  const times = [];
  for (let i = -count / 10; i < count; i++) {
    const prepared = before();
    const made = /** @type {Awaited<T>} */ (prepared instanceof Promise ? await prepared : prepared);
    const begin = process.hrtime.bigint();
    const answer = operation(made);
    if (answer instanceof Promise) await answer;
    if (i >= 0) times.push(Number(process.hrtime.bigint() - begin) / 1000);
    const cleared = after(made);
    if (cleared instanceof Promise) await cleared;
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(count / 2)] ?? 0;
}

/**
 * Compiles a program of this folder and runs it.
 * @param {string} name - Its file without `.c`.
 * @param {string[]} args
 * @returns {Record<string, number>} The JSON that it prints.
 */
export function floorOf(name, args) {
  const build = fileURLToPath(new URL('../build', import.meta.url));
  mkdirSync(build, { recursive: true });
  const program = `${build}/${name}`;
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const flags = [
    '-std=c11',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-pthread',
    '-static',
    '-o',
    program,
    source,
  ];
  const gcc = spawnSync('gcc', flags, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (gcc.status !== 0) throw new Error(`${name}.c did not compile`);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

/**
 * The least of several rounds, each figure for itself: what else the machine does only ever adds to them.
 * @param {number} rounds
 * @param {() => Promise<Record<string, number>>} round
 */
export async function leastOf(rounds, round) {
  /** @type {Record<string, number>} */
  const least = {};
  for (let i = 0; i < rounds; i++) {
    for (const [name, time] of Object.entries(await round()))
      least[name] = Math.min(least[name] ?? Infinity, time);
  }
  return least;
}

/**
 * Prints one line of JSON for each primitive: its median, the floor's, the difference, and what of that is not the trip to
 * a worker thread.
 * @param {string} primitive
 * @param {number | undefined} us
 * @param {number | undefined} floorUs - Of a primitive that makes trips, with the floor's own trips in it.
 * @param {number} tripsUs - What the trips to a worker of libuv take that the primitive makes, beyond those of the floor.
 */
export function printRow(primitive, us = NaN, floorUs = NaN, tripsUs = 0) {
  const round = (/** @type {number} */ value) => Number(value.toFixed(1));
  console.log(
    JSON.stringify({
      primitive,
      us: round(us),
      'floor us': round(floorUs),
      'over floor': round(us - floorUs),
      'trips over': round(tripsUs),
      'over floor and trips': round(us - floorUs - tripsUs),
    }),
  );
}
