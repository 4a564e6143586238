// The primitives for processes beside the bare system calls (bench/process-floor.c), node:child_process and ps(1).
//
//   node bench/processes.mjs [--count N] [--processes N] [--heap MB]
//
// One JSON line for each row: p50 in microseconds. `over` is ours less the floor's. The rows of a start are taken with an
// empty heap and with a full one; `blocked` is how long the call itself held the event loop.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { listProcesses, ProcessHandle, processStat, processStatus, spawnProcess } from '../dist/linux.js';
import { floor, row, sleepers, timed, timedProgram } from './primitives.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '1000' },
    heap: { type: 'string', default: '500' },
  },
});
const count = Number(values.count);
const print = (/** @type {object} */ line) => console.log(JSON.stringify(line));

const there = await sleepers(Number(values.processes));
let least;
try {
  least = floor(there.pid, count);
  const { pid } = there;
  print(
    row(
      'pidfd, opened and closed',
      await timed(count, () => ProcessHandle.open(pid)[Symbol.dispose]()),
      least.pidfdOpen,
    ),
  );
  const handle = ProcessHandle.open(pid);
  print(row('a signal by pidfd', await timed(count, () => handle.exists()), least.signal));
  handle[Symbol.dispose]();
  print(row('stat of a process', await timed(count, () => processStat(pid)), least.stat));
  print(row('status of a process', await timed(count, () => processStatus(pid)), least.status));
  const ps = await timedProgram(5, ['ps', '-eo', 'pid,ppid,stat,comm']);
  print(
    row('list all processes', await timed(60, () => listProcesses()), least.listProcesses, {
      peer: 'ps',
      time: ps,
    }),
  );
} finally {
  await there[Symbol.asyncDispose]();
}

/** Starts /bin/true, with what starts it, to its end. */
const few = Math.ceil(count / 4);
/** @type {number[]} */
let blocked = [];
async function ours() {
  const begin = performance.now();
  const starting = spawnProcess({ file: '/bin/true', env: {} });
  blocked.push((performance.now() - begin) * 1000);
  const child = await starting;
  await child.ended();
  child[Symbol.dispose]();
}
async function theirs() {
  const begin = performance.now();
  const child = spawn('/bin/true', { env: {}, stdio: 'ignore' });
  blocked.push((performance.now() - begin) * 1000);
  await once(child, 'exit');
}
/** The median of how long the calls held the event loop. */
function held() {
  const sorted = blocked.sort((a, b) => a - b);
  blocked = [];
  return Number((sorted[Math.floor(sorted.length / 2)] ?? NaN).toFixed(1));
}

/** Something to hold, that a fork would have to copy the page tables of. */
const ballast = [];
for (const heap of [0, Number(values.heap)]) {
  while (ballast.length < heap) ballast.push(Buffer.alloc(1 << 20, 1));
  const time = await timed(few, ours);
  const own = held();
  const node = await timed(few, theirs);
  const peer = `child_process, blocked ${held()}`;
  print(
    row(`start to end of /bin/true, ${heap} MB of heap`, time, least.spawn, {
      peer,
      time: node,
      blocked: own,
    }),
  );
}
