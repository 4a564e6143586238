// Pull and unpack of an image of 100 MB and 10,000 files from a registry on loopback, beside podman and skopeo with umoci; and
// the unpacking of its tree beside GNU tar. A line of JSON for each. Peers that are missing are left out. It needs root and
// Debian's docker-registry.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Runtime, unpackInto } from '../dist/index.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);
const FILES = 10_000;
const FILE_BYTES = 10_000;

const base = mkdtempSync(join(tmpdir(), 'libpod-bench-images-'));
const at = (/** @type {string} */ name) => join(base, name);
const has = (/** @type {string} */ program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

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

/** The medians of the times of jobs that take turns, in ms. */
async function inTurns(/** @type {Record<string, { run: () => unknown, clear: () => unknown }>} */ jobs) {
  /** @type {Record<string, number[]>} */
  const times = {};
  for (let round = 0; round < rounds; round++)
    for (const [name, { run, clear }] of Object.entries(jobs)) {
      await clear();
      const start = process.hrtime.bigint();
      await run();
      (times[name] ??= []).push(Number(process.hrtime.bigint() - start) / 1e6);
      await clear();
    }
  return Object.fromEntries(
    Object.entries(times).map(([name, list]) => [name, list.sort((a, b) => a - b)[list.length >> 1] ?? 0]),
  );
}

const run = (/** @type {string} */ program, /** @type {string[]} */ ...args) =>
  execFileSync(program, args, { stdio: 'pipe' });
const { child, host } = await startRegistry();
const places = { root: at('root'), runRoot: at('run'), cgroupParent: '/libpod-bench-images' };
const runtime = await Runtime.open(places);
try {
  makeTree(at('tree'));
  run('tar', '-C', at('tree'), '-czf', at('tree.tar.gz'), '.');
  await runtime.images.import(at('tree.tar.gz'), { name: 'bench' });
  const name = `${host}/bench:1`;
  await runtime.images.push('bench', name, { tlsVerify: false });
  await runtime.images.prune({ all: true });

  const remove =
    (/** @type {string[]} */ ...names) =>
    () =>
      names.forEach((one) => rmSync(at(one), { recursive: true, force: true }));
  /** @type {Parameters<typeof inTurns>[0]} */
  const pulls = {
    libpod: {
      run: () => runtime.images.pull(name, { tlsVerify: false }),
      clear: () => runtime.images.prune({ all: true }),
    },
  };
  if (has('podman')) {
    const podman = ['--root', at('podman'), '--runroot', at('podman-run'), '--storage-driver', 'overlay'];
    pulls['podman'] = {
      run: () => run('podman', ...podman, 'pull', '-q', '--tls-verify=false', name),
      clear: () => existsSync(at('podman')) && run('podman', ...podman, 'rmi', '--all', '--force'),
    };
  }
  if (has('skopeo') && has('umoci'))
    pulls['skopeo and umoci'] = {
      run: () => {
        run(
          'skopeo',
          'copy',
          '-q',
          '--insecure-policy',
          '--src-tls-verify=false',
          `docker://${name}`,
          `oci:${at('oci')}:x`,
        );
        run('umoci', 'unpack', '--image', `${at('oci')}:x`, at('bundle'));
      },
      clear: remove('oci', 'bundle'),
    };
  const unpacks = {
    libpod: {
      run: async () => {
        mkdirSync(at('ours'));
        await unpackInto(at('ours'), createReadStream(at('tree.tar.gz'), { highWaterMark: 1 << 18 }));
      },
      clear: remove('ours'),
    },
    'GNU tar': {
      run: () => {
        mkdirSync(at('theirs'));
        run('tar', '-C', at('theirs'), '--numeric-owner', '-xpzf', at('tree.tar.gz'));
      },
      clear: remove('theirs'),
    },
  };
  const round = (/** @type {number} */ value) => Number(value.toFixed(2));
  for (const [what, jobs] of Object.entries({ 'pull and unpack': pulls, unpack: unpacks })) {
    const medians = await inTurns(jobs);
    for (const [who, ms] of Object.entries(medians)) {
      // Of all that this process has done so far, the making of the image among it.
      const megabytes = who === 'libpod' ? Math.round(process.resourceUsage().maxRSS / 1024) : '';
      console.log(
        JSON.stringify({
          what,
          who,
          ms: round(ms),
          'libpod over it': round((medians['libpod'] ?? 0) / ms),
          'MB at most': megabytes,
        }),
      );
    }
  }
} finally {
  await runtime.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  if (has('podman') && existsSync(at('podman')))
    spawnSync('podman', [
      '--root',
      at('podman'),
      '--runroot',
      at('podman-run'),
      'system',
      'reset',
      '--force',
    ]);
  rmSync(base, { recursive: true, force: true });
}
