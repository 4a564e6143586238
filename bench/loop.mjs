// How long a start holds the event loop: the longest that anything else in the loop had to wait while a container
// started, one after the other. With --heap MB the process first fills its heap, as a start must not depend on its size.
//
//   node bench/loop.mjs --base DIR [--count N] [--heap MB]
//
// Prints one JSON line: the longest turn of the loop in each start, p50 and p99 over the starts, ms.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { summarize } from './peers.mjs';
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

// The loop turns without a pause, and each turn notes how long the one before it took: what else had to wait.
let longest = 0;
let last = 0;
let turning = false;
function turn() {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
  if (turning) setImmediate(turn);
}

/** @type {number[]} */
const stretches = [];
const warmup = 200;
for (let i = -warmup; i < Number(values.count); i++) {
  const container = await runtime.createContainer({
    rootfs,
    overlay: true,
    command: ['/bin/true'],
    remove: true,
  });
  turning = true;
  await new Promise((resolve) => setImmediate(resolve));
  last = performance.now();
  longest = 0;
  setImmediate(turn);
  await container.start();
  turning = false;
  if (i >= 0) stretches.push(longest);
  await container.wait();
  await container.remove();
}
console.log(
  JSON.stringify({
    heapMb: ballast.length,
    ...summarize(stretches, { wallMs: 1, parallel: 1, restMs: 0 }),
    perSecond: undefined,
  }),
);
await runtime.close();
