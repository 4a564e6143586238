// Many starts at once: all are asked for in one turn of the event loop, and all must succeed.
//
//   node bench/many.mjs --base DIR [--count N]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-many' },
    count: { type: 'string', default: '800' },
  },
});
const count = Number(values.count);
mkdirSync(values.base, { recursive: true });
const rootfs = join(values.base, 'rootfs');
makeRootfs(rootfs);
const cgroupParent = `/libpod-bench-many-${process.pid}`;
const runtime = await Runtime.open({
  root: join(values.base, 'root'),
  runRoot: join(values.base, 'run'),
  cgroupParent,
});
const before = performance.now();
const results = await Promise.allSettled(
  Array.from({ length: count }, async () => {
    const container = await runtime.createContainer({
      rootfs,
      overlay: true,
      command: ['/bin/true'],
      remove: true,
    });
    await container.start();
    const { exitCode } = await container.wait();
    await container.remove();
    if (exitCode !== 0) throw new Error(`exit status ${exitCode}`);
  }),
);
const seconds = (performance.now() - before) / 1000;
const failed = results.filter(({ status }) => status === 'rejected');
for (const { reason } of failed.slice(0, 3)) console.error(String(reason));
console.log(
  JSON.stringify({
    count,
    failed: failed.length,
    seconds: Number(seconds.toFixed(2)),
    perSecond: Number((count / seconds).toFixed(1)),
  }),
);
await runtime.close();
process.exitCode = failed.length === 0 ? 0 : 1;
