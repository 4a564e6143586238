// What it costs to look at records: a lock, a state accessor, the listing of many containers and the opening of their
// store, and eight processes that work on twenty containers at once. Beside them podman's own commands on as many.
//
//   node bench/records.mjs --base DIR [--count N] [--no-podman]
//
// Prints a line of JSON for each. The aims are those of docs/benchmarks.md.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { ContainerLocks } from '../dist/locks/container-locks.js';
import { median } from './medians.mjs';
import { PEERS, podmanIn, removeCgroups, whyNot } from './peers.mjs';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-records' },
    count: { type: 'string', default: '1000' },
    'no-podman': { type: 'boolean', default: false },
    contend: { type: 'string' },
    inside: { type: 'boolean', default: false },
  },
});
const { base } = values;
const count = Number(values.count);
const cgroupParent = 'libpod-bench-records';
const options = { root: join(base, 'root'), runRoot: join(base, 'run'), cgroupParent: `/${cgroupParent}` };
const script = fileURLToPath(import.meta.url);
const PROCESSES = 8;
const OPERATIONS = 200;
const round = (/** @type {number} */ value) => Number(value.toFixed(1));

/**
 * @param {string} what
 * @param {number} us
 * @param {number | string} aimUs
 * @param {number} [podmanUs] - What podman's own command takes, its start included.
 * @param {{perSecond: number, longestMs: number}} [more]
 */
function print(what, us, aimUs, podmanUs, more) {
  console.log(
    JSON.stringify({
      what,
      us: round(us),
      'aim us': aimUs,
      'podman us': podmanUs === undefined ? '' : round(podmanUs),
      'of podman': podmanUs === undefined ? '' : Number((us / podmanUs).toFixed(5)),
      'per second': more?.perSecond ?? '',
      'longest ms': more?.longestMs ?? '',
    }),
  );
}

/** What one of eight processes does: short verbs on twenty containers, each under its lock. Prints the longest wait in ms. */
async function contend(/** @type {string[]} */ ids) {
  const runtime = await Runtime.open({ ...options, readyMonitors: 0 });
  const containers = ids.map((id) => runtime.getContainer(id));
  process.stdout.write('ready\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  let longest = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    const container = /** @type {import('../dist/index.js').Container} */ (
      containers[(i * 7 + process.pid) % containers.length]
    );
    const before = performance.now();
    if (i % 4 === 0) await container.update({ pidsLimit: 100 + i });
    else await container.state();
    longest = Math.max(longest, performance.now() - before);
  }
  console.log(JSON.stringify({ longest }));
  await runtime.close();
  process.exit();
}

/** Eight processes at once, which begin together. */
async function contention(/** @type {string[]} */ ids) {
  const all = Array.from({ length: PROCESSES }, () =>
    spawn(process.execPath, [script, '--base', base, '--contend', ids.join()], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const texts = all.map(() => '');
  const ended = all.map((child) => new Promise((resolve) => child.once('close', resolve)));
  await Promise.all(
    all.map(
      (child, index) =>
        new Promise((resolve) =>
          child.stdout.setEncoding('utf8').on('data', (text) => resolve((texts[index] += text))),
        ),
    ),
  );
  const before = performance.now();
  for (const child of all) child.stdin.end('go\n');
  const codes = await Promise.all(ended);
  const seconds = (performance.now() - before) / 1000;
  if (codes.some((code) => code !== 0)) throw new Error(`a contending process ended with ${codes.join()}`);
  const longest = Math.max(...texts.map((text) => JSON.parse(text.split('\n')[1] ?? '{}').longest));
  return { perSecond: Math.round((PROCESSES * OPERATIONS) / seconds), longestMs: round(longest) };
}

/** podman's own look at one container, and at all: the medians of a spawned command, in microseconds. */
function podman() {
  const peer = PEERS.find(({ name }) => name === 'podman');
  if (peer === undefined || whyNot(peer) !== undefined) return undefined;
  const hide = fileURLToPath(new URL('hide-cgroup2.sh', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    hide,
    [process.execPath, script, '--base', base, '--count', String(count), '--inside'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`podman: ${stderr}`);
  return /** @type {{inspectUs: number, listUs: number, openUs: number}} */ (JSON.parse(stdout));
}

/** The part of it that runs where the machine looks as podman wants it. */
async function podmanInside() {
  const work = join(base, 'podman');
  mkdirSync(work, { recursive: true });
  const rootfs = makeRootfs(join(base, 'rootfs'));
  const { args: way, env } = podmanIn(work, 'none');
  const run = (/** @type {string[]} */ ...args) => {
    const { status, stdout, stderr } = spawnSync('podman', [...way, ...args], {
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`podman ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const time = (/** @type {string[]} */ ...args) => median(() => run(...args), 10);
  let last = '';
  for (let i = 0; i < count; i++) last = run('create', '--network', 'none', '--rootfs', rootfs, '/bin/true');
  const listUs = await time('ps', '--all', '--no-trunc', '--quiet');
  const inspectUs = await time('inspect', '--format', '{{.State.Status}}', last);
  const openUs = await time('info', '--format', '{{.Store.ContainerStore.Number}}');
  console.log(JSON.stringify({ listUs, inspectUs, openUs }));
}

async function main() {
  mkdirSync(base, { recursive: true });
  const first = await Runtime.open(options);
  // A hundred at a time: each is synced to the disk.
  for (let made = 0; made < count; made += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, count - made) }, () =>
        first.createContainer({ hostRoot: true, command: ['/bin/true'] }),
      ),
    );
  await first.close();

  const openings = [];
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    const opened = await Runtime.open({ ...options, readyMonitors: 0 });
    openings.push(performance.now() - before);
    await opened.close();
  }
  openings.sort((a, b) => a - b);
  const runtime = await Runtime.open({ ...options, readyMonitors: 0 });
  const before = performance.now();
  const all = await runtime.containers();
  const firstList = performance.now() - before;
  const listing = await median(() => runtime.containers(), 20);
  const ids = all.map(({ id }) => id);
  const container = runtime.getContainer(ids[0] ?? '');
  const lock = join(base, 'lock');
  writeFileSync(lock, '');
  const locks = new ContainerLocks();
  const locking = await median(() => locks.with(lock, () => Promise.resolve()), 2000);
  const accessor = await median(() => container.state(), 2000);
  const peer = values['no-podman'] ? undefined : podman();
  print('lock and release', locking, 5);
  print('a state accessor; podman inspect', accessor, 50, peer?.inspectUs);
  print(`list ${count}, the first time; podman ps --all`, firstList * 1000, '', peer?.listUs);
  print(`list ${count} again; podman ps --all`, listing, 25_000, peer?.listUs);
  print(`open a store of ${count}; podman info`, (openings[2] ?? NaN) * 1000, 50_000, peer?.openUs);
  await runtime.close();
  const contended = await contention(ids.slice(0, 20));
  print(`${PROCESSES} processes on 20 containers`, 1e6 / contended.perSecond, '', undefined, contended);
}

try {
  if (values.contend !== undefined) await contend(values.contend.split(','));
  else if (values.inside) await podmanInside();
  else await main();
} finally {
  if (values.contend === undefined && !values.inside) {
    removeCgroups(cgroupParent);
    rmSync(base, { recursive: true, force: true });
  }
}
