// Times other container programs as a user of a Node program would meet them: spawn one, wait for its exit.
//
//   node bench/peers.mjs [--only crun,runc] [--count N] [--rest-count N] [--no-seccomp]
//
// One JSON line per row comes out; what is not installed is skipped on standard error, with the reason.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defaultConfig, makeBundle, makeRootfs, ociSeccomp } from './rootfs.mjs';

/**
 * @typedef {object} Summary The same fields as the floor program prints. Times in milliseconds.
 * @property {number} p50
 * @property {number} p99
 * @property {number} min
 * @property {number} mean
 * @property {number} perSecond - Over the wall time, rests included.
 * @property {number} count
 * @property {number} parallel
 * @property {number} restMs
 *
 * @typedef {object} Place What a peer may use.
 * @property {string} work - A directory of its own.
 * @property {string} rootfs - The root file system, which all runs share.
 * @property {string} cgroupParent - The name of the cgroup, in each hierarchy, that it may make and fill.
 * @property {number} slots - How many run at a time.
 * @property {object} [seccomp] - The value of `linux.seccomp`.
 *
 * @typedef {object} Peer
 * @property {string} name - Also its program.
 * @property {(place: Place) => (slot: number, id: string) => {args: string[], env?: NodeJS.ProcessEnv}} prepare
 *   Prepares once what all runs share, and answers what makes one run.
 */

const SIGNALS = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/** Set by a signal: the containers at hand come to their end, and none follows. */
let interrupted = false;

/** The command that every container runs. */
const COMMAND = ['/bin/true'];
/** The rest between two containers in the cold rows, in ms: longer than the kernel's RCU grace period. */
export const REST_MS = 40;

/**
 * @param {(bundle: string, state: string, id: string) => string[]} argumentsOf
 * @returns {Peer['prepare']} One bundle per slot, as two containers may not have one cgroup.
 */
function fromBundle(argumentsOf) {
  return ({ work, rootfs, cgroupParent, slots, seccomp }) => {
    const state = join(work, 'state');
    const bundles = Array.from({ length: slots }, (_, slot) => {
      const config = { rootfs, args: COMMAND, cgroupsPath: `/${cgroupParent}/slot${slot}`, seccomp };
      return makeBundle(join(work, `bundle${slot}`), defaultConfig(config));
    });
    return (slot, id) => ({ args: argumentsOf(bundles[slot], state, id) });
  };
}

/**
 * How podman is called over a store of its own: the arguments before its command, and the environment.
 * @param {string} work - A directory that is there.
 * @param {'file' | 'none'} events - Where it tells events.
 */
export function podmanIn(work, events = 'file') {
  // Its own default limits are above the hard ones of an ordinary root, who may lack CAP_SYS_RESOURCE.
  const settings = join(work, 'containers.conf');
  writeFileSync(settings, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n');
  const places = { root: 'root', runroot: 'run', tmpdir: 'tmp' };
  const store = Object.entries(places).flatMap(([flag, name]) => [`--${flag}`, join(work, name)]);
  const ways = ['--cgroup-manager', 'cgroupfs', '--events-backend', events, '--runtime', 'crun'];
  return { args: [...store, ...ways], env: { ...process.env, CONTAINERS_CONF: settings } };
}

/** @type {Peer[]} */
export const PEERS = [
  {
    name: 'crun',
    prepare: fromBundle((bundle, state, id) => [
      '--root',
      state,
      '--cgroup-manager=cgroupfs',
      'run',
      '--bundle',
      bundle,
      id,
    ]),
  },
  {
    name: 'runc',
    prepare: fromBundle((bundle, state, id) => ['--root', state, 'run', '--bundle', bundle, id]),
  },
  {
    // It has no cgroups, no filter and no layers: a lower bound for a process that is spawned, not a like for like.
    name: 'bwrap',
    prepare:
      ({ rootfs }) =>
      () => ({
        args: [
          ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup'],
          ...[
            '--hostname',
            'bench',
            '--bind',
            rootfs,
            '/',
            '--proc',
            '/proc',
            '--dev',
            '/dev',
            '--',
            ...COMMAND,
          ],
        ],
      }),
  },
  {
    name: 'podman',
    prepare: ({ work, rootfs, cgroupParent }) => {
      const { args, env } = podmanIn(work);
      const run = ['run', '--rm', '--network', 'none', '--cgroup-parent', `/${cgroupParent}`];
      return () => ({
        args: [...args, ...run, '--rootfs', `${rootfs}:O`, ...COMMAND],
        env,
      });
    },
  },
];

/**
 * Sums measurements up. Percentiles are by nearest rank.
 * @param {number[]} latencies - In ms, one per container.
 * @param {{wallMs: number, parallel: number, restMs: number}} how
 * @returns {Summary}
 */
export function summarize(latencies, { wallMs, parallel, restMs }) {
  const sorted = [...latencies].sort((a, b) => a - b);
  const count = sorted.length;
  const rank = (/** @type {number} */ percent) => sorted[Math.max(Math.ceil((count * percent) / 100), 1) - 1];
  const round = (/** @type {number} */ value) => Math.round(value * 1000) / 1000;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const perSecond = Math.round((count / wallMs) * 10_000) / 10;
  return {
    p50: round(rank(50)),
    p99: round(rank(99)),
    min: round(rank(0)),
    mean: round(mean),
    perSecond,
    count,
    parallel,
    restMs,
  };
}

/**
 * Runs one process to its end.
 * @param {string} program
 * @param {{args: string[], env?: NodeJS.ProcessEnv}} run
 * @param {string} logPath - Takes its output; a file, so that no reader in this process is part of the figure.
 * @returns {Promise<number>} From before the spawn to the exit, in ms.
 * @throws {Error} If it does not exit with 0; the sentence has the end of its output.
 */
async function timeProcess(program, { args, env }, logPath) {
  const log = openSync(logPath, 'w');
  try {
    const begin = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', log, log], ...(env && { env }) });
    const [code, signal] = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (...how) => resolve(how));
    });
    const took = performance.now() - begin;
    if (code !== 0) {
      throw new Error(
        `${program} ended with ${code ?? signal}: ${readFileSync(logPath, 'utf8').trim().slice(-500)}`,
      );
    }
    return took;
  } finally {
    closeSync(log);
  }
}

/**
 * Times one peer in one way. Call it where the peer can work: see {@link timePeers}.
 * @param {Peer} peer
 * @param {Place} place
 * @param {{count: number, parallel: number, restMs: number, warmup?: number}} how - `count` over all slots together.
 * @returns {Promise<Summary>}
 */
export async function timePeer(peer, place, { count, parallel, restMs, warmup = 2 }) {
  const makeRun = peer.prepare({ ...place, slots: parallel });
  const latencies = /** @type {number[]} */ ([]);
  const rounds = async (
    /** @type {number} */ slot,
    /** @type {number} */ many,
    /** @type {number[]} */ into,
  ) => {
    for (let i = 0; i < many; i++) {
      if (restMs > 0) await sleep(restMs);
      if (interrupted) throw new Error('Interrupted.');
      const id = `bench-${process.pid}-${slot}-${into.length}-${i}`;
      into.push(await timeProcess(peer.name, makeRun(slot, id), join(place.work, `log${slot}`)));
    }
  };
  const slots = Array.from({ length: parallel }, (_, slot) => slot);
  // Settled, all of them: who removes the directories after a failure must not meet a container that still runs.
  const all = async (/** @type {(slot: number) => Promise<void>} */ work) => {
    const failed = (await Promise.allSettled(slots.map(work))).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw /** @type {PromiseRejectedResult} */ (failed).reason;
  };
  await all((slot) => rounds(slot, warmup, []));
  const begin = performance.now();
  const share = (/** @type {number} */ slot) =>
    Math.floor(count / parallel) + (slot < count % parallel ? 1 : 0);
  await all((slot) => rounds(slot, share(slot), latencies));
  return summarize(latencies, { wallMs: performance.now() - begin, parallel, restMs });
}

/**
 * Why a peer cannot be timed here.
 * @param {Peer} peer
 * @returns {string | undefined} A reason, or nothing if it can.
 */
export function whyNot(peer) {
  const needed = peer.name === 'podman' ? ['podman', 'crun', 'conmon'] : [peer.name];
  const missing = needed.filter((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status !== 0);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not installed`;
}

/**
 * Removes the empty cgroups under one parent, in every hierarchy, and the parent.
 * @param {string} name - The name of the parent, as given to the peers: it begins with libpod-bench-.
 * @throws {Error} If the name is another one, as an empty one would mean the machine's own cgroups.
 */
export function removeCgroups(name) {
  if (!/^libpod-bench-[\w-]+$/.test(name)) {
    throw new Error(
      `The cgroup ${JSON.stringify(name)} is not one of these benchmarks: give libpod-bench-NAME.`,
    );
  }
  const remove = (/** @type {string} */ dir) => {
    if (!existsSync(dir)) return;
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(dir, entry.name));
    for (let attempt = 0; ; attempt++) {
      try {
        return rmdirSync(dir);
      } catch (error) {
        const { code } = /** @type {NodeJS.ErrnoException} */ (error);
        if (code === 'ENOENT') return;
        // A run that was interrupted has processes for a moment yet.
        if (code !== 'EBUSY' || attempt === 40) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      }
    }
  };
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  for (const line of mounts) if (/ - cgroup2? /.test(line)) remove(join(line.split(' ')[4], name));
}

/**
 * Times the installed peers, one and eight at a time, back to back and with a rest. All of it happens in one child
 * process, in a mount namespace without the cgroup2 of a hybrid machine; making that namespace is in no figure.
 * @param {object} [options]
 * @param {string[]} [options.only] - Names of peers; default all.
 * @param {number} [options.count] - Containers per row back to back; default 100. podman gets a fifth.
 * @param {number} [options.restCount] - Containers per row with a rest; default half of `count`.
 * @param {boolean} [options.seccomp] - Whether crun and runc install podman's filter, if its file is there; default true.
 * @param {(row: {peer: string} & Summary) => void} [options.onRow] - Called with each row as it is ready.
 * @returns {Promise<({peer: string} & Summary)[]>}
 */
export async function timePeers({ onRow, ...options } = {}) {
  const script = fileURLToPath(new URL('hide-cgroup2.sh', import.meta.url));
  const work = mkdtempSync(join(tmpdir(), 'libpod-bench-'));
  const cgroupParent = `libpod-bench-${process.pid}`;
  const rows = /** @type {({peer: string} & Summary)[]} */ ([]);
  // Passed on, so that an interrupted run comes to the removal below.
  /** @type {((signal: NodeJS.Signals) => void) | undefined} */
  let passOn;
  try {
    const request = JSON.stringify({ ...options, work, cgroupParent });
    const child = spawn(script, [process.execPath, fileURLToPath(import.meta.url), '--inside', request], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    passOn = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, passOn);
    const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    let text = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        rows.push(JSON.parse(line));
        onRow?.(rows[rows.length - 1]);
      }
    }
    const code = await ended;
    if (code !== 0) throw new Error(`Timing the peers ended with status ${code}; the reason is above.`);
    return rows;
  } finally {
    if (passOn !== undefined) for (const signal of SIGNALS) process.off(signal, passOn);
    // From out here, where the mounts that podman leaves in the other namespace do not hold the directories.
    removeCgroups(cgroupParent);
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The part that runs inside the namespace.
 * @param {{only?: string[], count?: number, restCount?: number, seccomp?: boolean, work: string, cgroupParent: string}} request
 */
async function timeInside({
  only,
  count = 100,
  restCount = Math.ceil(count / 2),
  seccomp = true,
  work,
  cgroupParent,
}) {
  for (const signal of SIGNALS) process.on(signal, () => (interrupted = true));
  const profile = '/usr/share/containers/seccomp.json';
  const filter = seccomp && existsSync(profile) ? { seccomp: ociSeccomp(profile) } : {};
  const rootfs = makeRootfs(join(work, 'rootfs'));
  for (const peer of PEERS.filter(({ name }) => only === undefined || only.includes(name))) {
    const reason = whyNot(peer);
    if (reason !== undefined) {
      process.stderr.write(`skipped ${peer.name}: ${reason}\n`);
      continue;
    }
    const share = peer.name === 'podman' ? 5 : 1;
    for (const parallel of [1, 8]) {
      for (const restMs of [0, REST_MS]) {
        const own = join(work, peer.name);
        mkdirSync(own, { recursive: true });
        const many = Math.max(Math.ceil((restMs === 0 ? count : restCount) / share), parallel);
        const summary = await timePeer(
          peer,
          { work: own, rootfs, cgroupParent, slots: parallel, ...filter },
          {
            count: many,
            parallel,
            restMs,
          },
        );
        process.stdout.write(`${JSON.stringify({ peer: peer.name, ...summary })}\n`);
      }
    }
  }
}

/** @param {Error} error */
function complain(error) {
  process.stderr.write(`peers: ${error.message}\n`);
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      inside: { type: 'string' },
      only: { type: 'string' },
      count: { type: 'string' },
      'rest-count': { type: 'string' },
      'no-seccomp': { type: 'boolean' },
    },
  });
  if (values.inside !== undefined) {
    await timeInside(JSON.parse(values.inside)).catch(complain);
  } else {
    await timePeers({
      ...(values.only !== undefined && { only: values.only.split(',') }),
      ...(values.count !== undefined && { count: Number(values.count) }),
      ...(values['rest-count'] !== undefined && { restCount: Number(values['rest-count']) }),
      seccomp: values['no-seccomp'] !== true,
      onRow: (row) => process.stdout.write(`${JSON.stringify(row)}\n`),
    }).catch(complain);
  }
}
