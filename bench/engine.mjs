// Times this library in process: create, start, wait, remove of /bin/true, as a Node program would do it.
//
//   node bench/engine.mjs --base DIR [--count N] [--parallel P] [--rest-ms M] [--kept] [--bundle]
//
// Prints one JSON line with the fields that the floor program prints, and `filter`, the compiled seccomp filter of these
// containers, so that the floor can be run with the same one. It needs the built library (npm run build).
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { summarize } from './peers.mjs';
import { defaultConfig, makeBundle, makeRootfs, ociSeccomp } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-engine' },
    count: { type: 'string', default: '300' },
    warmup: { type: 'string', default: '300' },
    parallel: { type: 'string', default: '1' },
    'rest-ms': { type: 'string', default: '0' },
    kept: { type: 'boolean', default: false },
    bundle: { type: 'boolean', default: false },
  },
});
const base = values.base;
const count = Number(values.count);
const parallel = Number(values.parallel);
const restMs = Number(values['rest-ms']);

mkdirSync(base, { recursive: true });
const rootfs = join(base, 'rootfs');
makeRootfs(rootfs);
const runRoot = join(base, 'run');
const runtime = await Runtime.open({
  root: join(base, 'root'),
  runRoot,
  cgroupParent: `/libpod-bench-engine-${process.pid}`,
});

/** @type {import('../dist/index.js').CreateOptions} */
let options = { rootfs, overlay: true, command: ['/bin/true'], remove: !values.kept };
if (values.bundle) {
  const bundle = makeBundle(
    join(base, 'bundle'),
    defaultConfig({ rootfs, args: ['/bin/true'], cgroupsPath: '', seccomp: ociSeccomp() }),
  );
  options = { bundle, overlay: true, remove: !values.kept };
}

/** One container; answers its latency in ms. */
async function one() {
  const before = performance.now();
  const container = await runtime.createContainer(options);
  await container.start();
  const { exitCode } = await container.wait();
  await container.remove();
  const after = performance.now();
  if (exitCode !== 0) throw new Error(`/bin/true ended with ${exitCode}`);
  return after - before;
}

try {
  for (let i = 0; i < Number(values.warmup); i++) await one();
  /** @type {number[]} */
  const latencies = [];
  const before = performance.now();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let i = 0; i < count / parallel; i++) {
        latencies.push(await one());
        if (restMs > 0) await sleep(restMs);
      }
    }),
  );
  const wallMs = performance.now() - before;
  const [boot = ''] = readdirSync(runRoot);
  const [filter = ''] = readdirSync(join(runRoot, boot, 'seccomp'));
  const row = summarize(latencies, { wallMs, parallel, restMs });
  console.log(JSON.stringify({ ...row, filter: join(runRoot, boot, 'seccomp', filter) }));
} finally {
  await runtime.close();
}
