// How long a start holds the event loop: the longest that anything else in the loop had to wait while a container
// started, one after the other. --idle measures the same without a start: the machine's own lateness. With --heap MB the process first fills its heap, as a start must not depend on its size.
//
//   node bench/loop.mjs --base DIR [--count N] [--heap MB] [--idle]
//
// Prints one JSON line: the latest turn in each start, p50 and p99 over the starts, ms.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { summarize } from './peers.mjs';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-loop' },
    count: { type: 'string', default: '300' },
    heap: { type: 'string', default: '0' },
    idle: { type: 'boolean', default: false },
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

// A timer asks for its turn each millisecond, and notes how late it gets it: what anything else in the loop would wait. It
// sleeps in between, as a loop that never rested would take the processor from the very container that is starting.
const EVERY_MS = 1;
let latest = 0;
let due = 0;
let watching = false;
function watch() {
  const now = performance.now();
  latest = Math.max(latest, now - due);
  due = now + EVERY_MS;
  if (watching) setTimeout(watch, EVERY_MS);
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
  await sleep(10);
  latest = 0;
  watching = true;
  due = performance.now() + EVERY_MS;
  setTimeout(watch, EVERY_MS);
  if (values.idle) await sleep(5);
  else await container.start();
  // The last turn that was asked for, however late.
  const beyond = performance.now() - due;
  watching = false;
  latest = Math.max(latest, beyond);
  if (values.idle) await container.start();
  if (i >= 0) stretches.push(latest);
  await container.wait();
  await container.remove();
}
console.log(
  JSON.stringify({
    heapMb: ballast.length,
    idle: values.idle,
    ...summarize(stretches, { wallMs: 1, parallel: 1, restMs: 0 }),
    perSecond: undefined,
  }),
);
await runtime.close();
