// What a network costs: create, start, wait and remove of /bin/true with a loopback alone, in a bridge network, and in one
// with a published port; the same by podman; and many at once. All in a network namespace of its own.
//
//   node bench/networks.mjs --base DIR [--count N] [--peer-count N] [--many N]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { podmanIn, removeCgroups } from './peers.mjs';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-networks' },
    count: { type: 'string', default: '100' },
    'peer-count': { type: 'string', default: '10' },
    many: { type: 'string', default: '100' },
    inside: { type: 'boolean', default: false },
  },
});
if (!values.inside) {
  const again = [fileURLToPath(import.meta.url), '--inside', ...process.argv.slice(2)];
  const { status } = spawnSync('unshare', ['--net', process.execPath, ...again], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
execFileSync('ip', ['link', 'set', 'lo', 'up']);

const { base } = values;
const rootfs = join(base, 'rootfs');
mkdirSync(base, { recursive: true });
makeRootfs(rootfs);
const runtime = await Runtime.open({
  root: join(base, 'root'),
  runRoot: join(base, 'run'),
  cgroupParent: `/libpod-bench-networks-${process.pid}`,
});

const median = (/** @type {number[]} */ times) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
const round = (/** @type {number} */ value) => Number(value.toFixed(2));

async function run(/** @type {object} */ more) {
  const options = { rootfs, overlay: true, command: ['/bin/true'], remove: true, ...more };
  const container = await runtime.createContainer(options);
  await container.start();
  const { exitCode } = await container.wait();
  await container.remove();
  if (exitCode !== 0) throw new Error(`exit status ${exitCode}`);
}

const KINDS = {
  'loopback alone': {},
  'bridge network': { networks: ['bridge'] },
  'published port': { ports: [{ containerPort: 80, hostPort: 8080 }] },
};
/** @type {Record<string, number[]>} */
const times = {};
// In turn, so that what else the machine does meets all alike.
for (let i = -3; i < Number(values.count); i++) {
  for (const [name, more] of Object.entries(KINDS)) {
    const before = performance.now();
    await run(more);
    if (i >= 0) (times[name] ??= []).push(performance.now() - before);
  }
}

/** One run by podman in its own bridge network; undefined where it does not work. */
function podman(/** @type {string} */ network) {
  const work = join(base, 'podman');
  mkdirSync(work, { recursive: true });
  const { args, env } = podmanIn(work);
  const words = ['run', '--rm', '--network', network, '--cgroup-parent', `/libpod-bench-networks-podman`];
  const before = performance.now();
  const { status, stderr } = spawnSync(
    fileURLToPath(new URL('hide-cgroup2.sh', import.meta.url)),
    ['podman', ...args, ...words, '--rootfs', `${rootfs}:O`, '/bin/true'],
    { encoding: 'utf8', env },
  );
  if (status === 0) return performance.now() - before;
  console.error(`podman does not run here: ${stderr.trim().split('\n').at(-1)}`);
  return undefined;
}
for (const [name, network] of [
  ['podman, no network', 'none'],
  ['podman, bridge network', 'bridge'],
]) {
  const found = [];
  for (let i = 0; i < Number(values['peer-count']); i++) {
    const time = podman(network);
    if (time === undefined) break;
    found.push(time);
  }
  if (found.length > 0) times[name] = found;
}

const alone = median(times['loopback alone'] ?? []);
const peer = median(times['podman, bridge network'] ?? []);
for (const [name, all] of Object.entries(times)) {
  const p50 = median(all);
  console.log(
    JSON.stringify({
      container: name,
      p50: round(p50),
      'more than alone': round(p50 - alone),
      'of podman with a bridge': peer === 0 ? '' : round(p50 / peer),
    }),
  );
}

const before = performance.now();
const results = await Promise.allSettled(
  Array.from({ length: Number(values.many) }, () => run(KINDS['bridge network'])),
);
const failed = results.filter(({ status }) => status === 'rejected');
for (const { reason } of failed.slice(0, 3)) console.error(String(reason));
console.log(
  JSON.stringify({
    container: `${values.many} at once, ${failed.length} failed`,
    p50: round((performance.now() - before) / Number(values.many)),
    'more than alone': '',
    'of podman with a bridge': '',
  }),
);
await runtime.pruneNetworks();
await runtime.close();
removeCgroups('libpod-bench-networks-podman');
rmSync(base, { recursive: true, force: true });
process.exitCode = failed.length === 0 ? 0 : 1;
