// Pull and unpack of an image of 100 MB and 10,000 files from a registry on loopback, beside podman and skopeo with umoci; the
// unpacking of its tree beside GNU tar; and a run from the image beside one from a directory. A line of JSON for each. Peers
// that are missing are left out. It needs root and Debian's docker-registry.
//
// All of it is done on an ext4 of its own, on which nothing is deleted: ext4 passes over the inodes that were deleted within
// the last minutes one by one, so that a store that was cleared before each round makes every tool wait for the kernel.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Runtime, unpackInto } from '../dist/index.js';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    inside: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const FILES = 10_000;
const FILE_BYTES = 10_000;
const DISK_BYTES = 16 * 1024 ** 3;

if (values.inside === undefined) {
  const base = mkdtempSync(join(tmpdir(), 'libpod-'));
  const args = [fileURLToPath(import.meta.url), '--inside', base, '--rounds', values.rounds];
  // What is mounted there goes with the namespace.
  const unshare = ['--mount', '--propagation', 'private', process.execPath, ...args];
  const { status } = spawnSync('unshare', unshare, { stdio: 'inherit' });
  rmSync(base, { recursive: true, force: true });
  process.exit(status ?? 1);
}
const base = join(values.inside, 'disk');
mkdirSync(base);
run('truncate', '--size', String(DISK_BYTES), `${base}.ext4`);
run('mkfs.ext4', '-q', '-F', `${base}.ext4`);
run('mount', '-o', 'loop', `${base}.ext4`, base);
const at = (/** @type {(string | number)[]} */ ...names) => join(base, names.join('-'));
const has = (/** @type {string} */ program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

function run(/** @type {string} */ program, /** @type {string[]} */ ...args) {
  return execFileSync(program, args, { stdio: 'pipe' });
}

/** Half of each file is random, as binaries compress to about that. */
function makeTree(/** @type {string} */ root) {
  for (let directory = 0; directory < FILES / 100; directory++) {
    mkdirSync(join(root, String(directory)), { recursive: true });
    for (let file = 0; file < 100; file++)
      writeFileSync(
        join(root, String(directory), String(file)),
        Buffer.concat([randomBytes(FILE_BYTES / 2), Buffer.alloc(FILE_BYTES / 2)]),
      );
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return port;
}

async function startRegistry() {
  const port = await freePort();
  const config = at('registry.json');
  writeFileSync(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: at('registry') } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (let up = false; !up; await sleep(50)) {
    const socket = connect(port, '127.0.0.1');
    up = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
  }
  return { child, host: `127.0.0.1:${port}` };
}

/**
 * The medians of the times of jobs that take turns, in ms. Each gets a number of its own for its files, and is prepared
 * untimed.
 * @param {Record<string, (round: number) => (() => unknown) | Promise<() => unknown>>} jobs
 */
async function inTurns(jobs) {
  /** @type {Record<string, number[]>} */
  const times = {};
  for (let round = 0; round < rounds; round++)
    for (const [name, prepare] of Object.entries(jobs)) {
      const job = await prepare(round);
      // What others have left to be written is theirs.
      run('sync', '-f', base);
      const start = process.hrtime.bigint();
      await job();
      (times[name] ??= []).push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, middle(list)]));
}

const middle = (/** @type {number[]} */ list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
const round2 = (/** @type {number} */ value) => Number(value.toFixed(2));
const load = () => round2(loadavg()[0] ?? 0);

/** The command line in a process of its own, which says at its end how much memory it had at most, in KiB. */
const cli = [
  '--import',
  'data:text/javascript,process.on("exit",()=>console.error(process.resourceUsage().maxRSS))',
  fileURLToPath(new URL('../dist/bundle/libpod.js', import.meta.url)),
];

const { child, host } = await startRegistry();
const places = (/** @type {string} */ name) => ({
  root: at(name, 'root'),
  runRoot: at(name, 'run'),
  cgroupParent: '/libpod-bench-images',
});
const runtime = await Runtime.open(places('first'));
try {
  makeTree(at('tree'));
  run('tar', '-C', at('tree'), '-czf', at('tree.tar.gz'), '.');
  await runtime.images.import(at('tree.tar.gz'), { name: 'bench' });
  const name = `${host}/bench:1`;
  await runtime.images.push('bench', name, { tlsVerify: false });

  /** @type {number[]} */
  const megabytes = [];
  /** @type {Parameters<typeof inTurns>[0]} */
  const pulls = {
    libpod: async (round) => {
      const fresh = await Runtime.open(places(`pull-${round}`));
      return () => fresh.images.pull(name, { tlsVerify: false }).then(() => fresh.close());
    },
    'libpod, its command': (round) => {
      const { root, runRoot } = places(`command-${round}`);
      const args = [...cli, '--root', root, '--runroot', runRoot, 'pull', '-q', '--tls-verify=false', name];
      return () => {
        const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
        if (status !== 0) throw new Error(stderr);
        megabytes.push(Number(stderr) / 1024);
      };
    },
  };
  if (has('podman'))
    pulls['podman'] = (round) => {
      const store = ['--root', at('podman', round), '--runroot', at('podman-run', round)];
      const podman = [...store, '--storage-driver', 'overlay'];
      run('podman', ...podman, 'images');
      return () => run('podman', ...podman, 'pull', '-q', '--tls-verify=false', name);
    };
  if (has('skopeo') && has('umoci'))
    pulls['skopeo and umoci'] = (round) => () => {
      const to = `oci:${at('oci', round)}:x`;
      run('skopeo', 'copy', '-q', '--insecure-policy', '--src-tls-verify=false', `docker://${name}`, to);
      run('umoci', 'unpack', '--image', to.slice(4), at('bundle', round));
    };
  const unpacks = {
    libpod: (/** @type {number} */ round) => {
      const to = at('ours', round);
      mkdirSync(to);
      return () => unpackInto(to, createReadStream(at('tree.tar.gz'), { highWaterMark: 1 << 18 }));
    },
    'GNU tar': (/** @type {number} */ round) => {
      const to = at('theirs', round);
      mkdirSync(to);
      return () => run('tar', '-C', to, '--numeric-owner', '-xpzf', at('tree.tar.gz'));
    },
  };
  for (const [what, jobs] of Object.entries({ 'pull and unpack': pulls, unpack: unpacks })) {
    const medians = await inTurns(jobs);
    for (const [who, ms] of Object.entries(medians)) {
      const over = round2((medians['libpod'] ?? 0) / ms);
      const memory = who === 'libpod, its command' ? Math.round(middle(megabytes)) : '';
      console.log(
        JSON.stringify({
          what,
          who,
          ms: round2(ms),
          'libpod over it': over,
          'MB at most': memory,
          load: load(),
        }),
      );
    }
  }

  const rootfs = makeRootfs(at('rootfs'));
  run('tar', '-C', rootfs, '-cf', at('rootfs.tar'), '.');
  await runtime.images.import(at('rootfs.tar'), { name: 'small' });
  const options = { command: ['/bin/true'] };
  /** @type {Record<string, () => Promise<unknown>>} */
  const runs = {
    'from a directory under an overlay': () => runtime.run({ ...options, rootfs, overlay: true }),
    'from an image': () => runtime.run({ ...options, image: 'small' }),
  };
  /** @type {Record<string, number[]>} */
  const times = {};
  for (let i = -50; i < 100 * rounds; i++)
    for (const [who, job] of Object.entries(runs)) {
      const start = process.hrtime.bigint();
      await job();
      if (i >= 0) (times[who] ??= []).push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  const [first = 0, second = 0] = Object.values(times).map(middle);
  for (const [who, ms] of Object.entries({
    [Object.keys(runs)[0] ?? '']: first,
    [Object.keys(runs)[1] ?? '']: second,
  }))
    console.log(
      JSON.stringify({
        what: 'run',
        who,
        ms: round2(ms),
        'libpod over it': round2(second / ms),
        'MB at most': '',
        load: load(),
      }),
    );
} finally {
  await runtime.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
}
