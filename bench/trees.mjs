// A tree out of a container: `export` of its root, and `cp` of a directory out of it and into it, beside GNU tar over the same tree as the
// floor. 2,000 files of 4 kB in 20 directories, and one of 64 MB. Into an empty directory, and over what is there: what is removed while
// it is still being written to a disk waits for that, so on a disk the second says more of it than of whoever copies.
//
//   node bench/trees.mjs --base DIR [--count N]
//
// Prints a JSON line for each: p50 in milliseconds, and MB/s.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-trees' },
    count: { type: 'string', default: '5' },
  },
});
const { base } = values;
const count = Number(values.count);
const rootfs = join(base, 'rootfs');
const data = join(rootfs, 'data');
for (let directory = 0; directory < 20; directory++) {
  mkdirSync(join(data, `${directory}`), { recursive: true });
  for (let file = 0; file < 100; file++)
    writeFileSync(join(data, `${directory}`, `${file}`), Buffer.alloc(4096, file));
}
writeFileSync(join(data, 'large'), Buffer.alloc(64 * 1024 * 1024, 1));
mkdirSync(join(rootfs, 'into'));
const MB = (2000 * 4096) / 1e6 + 64 * 1.048576;

/** @param {() => Promise<unknown> | unknown} run */
async function time(run) {
  /** @type {number[]} */
  const list = [];
  for (let i = -1; i < count; i++) {
    const begun = performance.now();
    await run();
    if (i >= 0) list.push(performance.now() - begun);
  }
  return list.sort((a, b) => a - b)[Math.floor((count - 1) / 2)] ?? 0;
}
const nowhere = () => new Writable({ write: (_piece, _encoding, done) => done() });
/** @param {string[]} args */
const tar = (...args) => {
  const { status } = spawnSync('sh', ['-c', 'exec tar "$@" | cat >/dev/null', 'sh', ...args], {
    stdio: 'ignore',
  });
  if (status !== 0) throw new Error(`tar ${args.join(' ')} ended with ${status}`);
};

const runtime = await Runtime.open({
  root: join(base, 'root'),
  runRoot: join(base, 'run'),
  cgroupParent: `/libpod-bench-trees-${process.pid}`,
});
const container = await runtime.createContainer({ rootfs, overlay: true, command: ['/none'] });
let number = 0;
const into = join(await container.mount(), 'into');
/** Copies out and in again. */
const copy = async (/** @type {string} */ to) => container.copyIn(to, await container.copyOut('/data'));
/** The same with tar, into a directory of the host. */
const tars = (/** @type {string} */ to) => {
  mkdirSync(to, { recursive: true });
  spawnSync('sh', ['-c', 'tar -C "$1" -c data | tar -C "$2" -x', 'sh', rootfs, to], { stdio: 'ignore' });
};
/** @type {Record<string, number>} */
const rows = {
  export: await time(async () => pipeline(await container.export(), nowhere())),
  'cp out': await time(async () => pipeline(await container.copyOut('/data'), nowhere())),
  'cp out and in': await time(async () => {
    mkdirSync(join(into, `${number}`));
    await copy(`/into/${number++}`);
  }),
  'cp out and in, over what is there': await time(() => copy('/into/0')),
  'tar -c | cat': await time(() => tar('-C', rootfs, '-c', '.')),
  'tar -c | tar -x': await time(() => tars(join(into, `x${number++}`))),
  'tar -c | tar -x, over what is there': await time(() => tars(join(into, '0'))),
};
await container.unmount();
await container.remove();
await runtime.close();
rmSync(base, { recursive: true, force: true });
for (const [what, ms] of Object.entries(rows))
  console.log(JSON.stringify({ what, ms: Math.round(ms), 'MB/s': Math.round((MB * 1000) / ms) }));
