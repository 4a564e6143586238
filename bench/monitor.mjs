// What a monitor takes: its proportional set size (smaps_rollup of proc_pid_smaps(5)) among others of its kind, and again
// after its container has written a gigabyte.
//
//   node bench/monitor.mjs --base DIR [--count N] [--output-mb M]
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-monitor' },
    count: { type: 'string', default: '24' },
    'output-mb': { type: 'string', default: '1024' },
  },
});
mkdirSync(values.base, { recursive: true });
const rootfs = join(values.base, 'rootfs');
makeRootfs(rootfs);
const cgroupParent = `/libpod-bench-monitor-${process.pid}`;
const runtime = await Runtime.open({
  root: join(values.base, 'root'),
  runRoot: join(values.base, 'run'),
  cgroupParent,
  readyMonitors: 0,
});

/** The monitor of a container: the parent of its init. */
function monitorOf(pid) {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
function pssKb(pid) {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
}
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const script = `read line; dd if=/dev/zero bs=1M count=${values['output-mb']} 2>/dev/null; echo done >&2; read line`;
const containers = [];
for (let i = 0; i < Number(values.count); i++) {
  const container = await runtime.createContainer({
    rootfs,
    overlay: true,
    command: ['sh', '-c', script],
    stdin: true,
    remove: true,
    logDriver: i === 0 ? 'none' : 'k8s-file',
  });
  await container.start();
  containers.push(container);
}
const monitors = await Promise.all(containers.map(async (container) => monitorOf(await container.pid())));
const before = monitors.map(pssKb);
// The first one writes its gigabyte to us.
const streams = await containers[0].attach();
let bytes = 0;
streams.stdout.on('data', (chunk) => (bytes += chunk.length));
const written = new Promise((resolve) => streams.stderr.once('data', resolve));
const begin = performance.now();
streams.stdin.write('go\n');
await written;
const seconds = (performance.now() - begin) / 1000;
await sleep(100);
const after = pssKb(monitors[0]);
console.log(
  JSON.stringify({
    monitors: monitors.length,
    pssKbMedian: median(before),
    pssKbFirst: before[0],
    pssKbAfterOutput: after,
    outputMb: Math.round(bytes / 1e6),
    mbPerSecond: Math.round(bytes / 1e6 / seconds),
  }),
);
await Promise.all(containers.map((container) => container.remove({ force: true, timeout: 0 })));
await runtime.close();
