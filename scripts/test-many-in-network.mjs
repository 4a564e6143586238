// Many containers in one network at the same time: each must run, have an address of its own, and find all others by name.
//
//   unshare --net node scripts/test-many-in-network.mjs [COUNT]
//
// Too slow for the suite: it takes half a minute for 200. It wants a network namespace that it may fill.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRootfs } from '../bench/rootfs.mjs';
import { Runtime } from '../dist/index.js';

const count = Number(process.argv[2] ?? 200);
execFileSync('ip', ['link', 'set', 'lo', 'up']);
const base = mkdtempSync(join(tmpdir(), 'libpod-many-'));
const rootfs = join(base, 'rootfs');
makeRootfs(rootfs);
const runtime = await Runtime.open({
  root: join(base, 'root'),
  runRoot: join(base, 'run'),
  cgroupParent: `/libpod-many-${process.pid}`,
});
await runtime.createNetwork({ name: 'crowd', subnets: [{ subnet: '10.77.0.0/16' }] });

const before = performance.now();
const all = await Promise.all(
  Array.from({ length: count }, async (_, index) => {
    const container = await runtime.createContainer({
      rootfs,
      overlay: true,
      command: ['/bin/sleep', '1000'],
      networks: ['crowd'],
      name: `one-${index}`,
      stopTimeout: 0,
    });
    await container.start();
    return container;
  }),
);
const started = performance.now();

const addresses = await Promise.all(all.map((one) => one.ipAddress()));
assert.equal(new Set(addresses).size, count, 'each has an address of its own');
for (const container of all) {
  const lines = readFileSync(`/proc/${await container.pid()}/root/etc/hosts`, 'utf8').split('\n');
  const known = new Map(
    lines.filter((line) => !line.startsWith('#')).map((line) => [line.split(/\s+/)[1], line.split('\t')[0]]),
  );
  for (const [index, address] of addresses.entries())
    if (all[index] !== container)
      assert.equal(known.get(`one-${index}`), address, `${container.name} finds one-${index}`);
}
const [first] = all;
const last = addresses.at(-1);
execFileSync('nsenter', [
  `--net=/proc/${await first?.pid()}/ns/net`,
  '--',
  'busybox',
  'ping',
  '-c',
  '1',
  '-W',
  '5',
  String(last),
]);

const looked = performance.now();
await Promise.all(all.map((one) => one.remove({ force: true, timeout: 0 })));
const ended = performance.now();
await runtime.pruneNetworks();
await runtime.close();
rmSync(base, { recursive: true, force: true });
const seconds = (/** @type {number} */ ms) => (ms / 1000).toFixed(1);
console.log(
  `${count} containers in one network: started in ${seconds(started - before)} s, each found by all, removed in ${seconds(ended - looked)} s`,
);
