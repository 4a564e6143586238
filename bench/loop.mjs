// How long creating and starting a container hold the event loop: the longest time between two turns of a loop that is kept
// turning by setImmediate(). That keeps one processor busy, so on a machine with two the start has one and a half; the row
// without a container tells what the machine does to the loop by itself. With --heap MB the process first fills its
// heap, as a start must not depend on its size.
//
//   node bench/loop.mjs --base DIR [--count N] [--heap MB]
//
// Prints a JSON line for each of idle, create and start: p50, p90 and p99 of the longest turn, ms.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-loop' },
    count: { type: 'string', default: '300' },
    heap: { type: 'string', default: '0' },
  },
});

/** Something to hold: objects and buffers, that a fork would have to copy the page tables of. */
const ballast = [];
for (let mb = 0; mb < Number(values.heap); mb++) ballast.push(Buffer.alloc(1 << 20, 1));

mkdirSync(values.base, { recursive: true });
const rootfs = join(values.base, 'rootfs');
makeRootfs(rootfs);
const cgroupParent = `/libpod-bench-loop-${process.pid}`;
const runtime = await Runtime.open({
  root: join(values.base, 'root'),
  runRoot: join(values.base, 'run'),
  cgroupParent,
});

let last = 0;
let longest = 0;
let turning = false;
function turn() {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
  if (turning) setImmediate(turn);
}
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Does something while the loop turns.
 *
 * @template T
 * @param {number[]} turns gets the longest turn, in ms
 * @param {() => Promise<T>} work
 */
async function watched(turns, work) {
  turning = true;
  last = performance.now();
  setImmediate(turn);
  await nextTurn();
  longest = 0;
  const answer = await work();
  await nextTurn();
  turning = false;
  turns.push(longest);
  await nextTurn();
  return answer;
}

/** @type {Record<'idle' | 'create' | 'start', number[]>} */
const turns = { idle: [], create: [], start: [] };
const warmup = 200;
for (let i = -warmup; i < Number(values.count); i++) {
  if (i === 0) for (const list of Object.values(turns)) list.length = 0;
  await watched(turns.idle, () => sleep(2));
  const options = { rootfs, overlay: true, command: ['/bin/true'], remove: true };
  const container = await watched(turns.create, () => runtime.createContainer(options));
  await watched(turns.start, () => container.start());
  await container.wait();
  await container.remove();
}
await runtime.close();

for (const [what, list] of Object.entries(turns)) {
  list.sort((a, b) => a - b);
  const at = (/** @type {number} */ part) => Number(list[Math.floor((list.length - 1) * part)]?.toFixed(3));
  const row = { what, heapMb: Number(values.heap), p50: at(0.5), p90: at(0.9), p99: at(0.99) };
  console.log(JSON.stringify({ ...row, count: list.length }));
}
