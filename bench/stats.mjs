// One sample of what many containers use (`stats --no-stream`), beside the floor: the same files of the kernel, read one after
// another with read(2) and nothing made of them.
//
//   node bench/stats.mjs --base DIR [--containers N] [--count N]
//
// Prints a JSON line for each: p50 and p99 in milliseconds.
import { readFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-stats' },
    containers: { type: 'string', default: '100' },
    count: { type: 'string', default: '50' },
  },
});
const { base } = values;
const [many, count] = [Number(values.containers), Number(values.count)];
mkdirSync(base, { recursive: true });
makeRootfs(join(base, 'rootfs'));
const cgroupParent = `/libpod-bench-stats-${process.pid}`;
const runtime = await Runtime.open({ root: join(base, 'root'), runRoot: join(base, 'run'), cgroupParent });
/** @type {import('../dist/index.js').Container[]} */
const containers = [];
for (let i = 0; i < many; i++) {
  const container = await runtime.createContainer({
    rootfs: join(base, 'rootfs'),
    overlay: true,
    command: ['/bin/sleep', '100000'],
    remove: true,
  });
  await container.start();
  containers.push(container);
}

/** @param {() => Promise<unknown> | void} run */
async function times(run) {
  /** @type {number[]} */
  const list = [];
  for (let i = -5; i < count; i++) {
    const begun = performance.now();
    await run();
    if (i >= 0) list.push(performance.now() - begun);
  }
  return list.sort((a, b) => a - b);
}

/** @type {string[]} */
const files = [];
for (const container of containers) {
  const pid = await container.pid();
  files.push(`/proc/${pid}/net/dev`);
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')) {
    const [, controllers = '', place = ''] = line.split(':');
    const names = {
      cpuacct: 'cpuacct.usage',
      pids: 'pids.current',
      blkio: 'blkio.throttle.io_service_bytes_recursive',
    };
    for (const [controller, file] of Object.entries(names))
      if (controllers.split(',').includes(controller))
        files.push(`/sys/fs/cgroup/${controllers}${place}/${file}`);
    if (controllers === 'memory')
      files.push(
        `/sys/fs/cgroup/memory${place}/memory.usage_in_bytes`,
        `/sys/fs/cgroup/memory${place}/memory.limit_in_bytes`,
      );
    if (controllers === '')
      for (const file of ['cpu.stat', 'memory.current', 'memory.max', 'io.stat', 'pids.current'])
        files.push(`/sys/fs/cgroup${place}/${file}`);
  }
}
const there = files.filter((file) => {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
});
const rows = {
  [`stats of ${many}`]: await times(async () => {
    for await (const sample of runtime.stats({ stream: false }))
      if (sample.length !== many) throw new Error(`${sample.length} containers were measured`);
  }),
  [`reading ${there.length} files`]: await times(() => there.forEach((file) => readFileSync(file))),
};
await Promise.all(containers.map((container) => container.remove({ force: true, timeout: 0 })));
await runtime.close();
rmSync(base, { recursive: true, force: true });

for (const [what, list] of Object.entries(rows)) {
  const at = (/** @type {number} */ part) =>
    Number((list[Math.floor((list.length - 1) * part)] ?? 0).toFixed(2));
  console.log(JSON.stringify({ what, p50: at(0.5), p99: at(0.99) }));
}
