// Times exec sessions and runtime.run in process, as a Node program would use them, and beside them `crun exec` and `podman
// exec` as such a program would spawn them. /bin/true each time, in a container that sleeps.
//
//   node bench/exec.mjs --base DIR [--count N] [--rest-count N]
//
// One JSON line per row: what, p50 and p99 in ms, the rest before each; `over` is the ratio to crun's row of the same rest.
// A peer that is not installed is left out, and said so on standard error. Ours takes its turn between the peers' runs, as
// another load of the machine would else be its alone.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { PEERS, podmanIn, REST_MS, removeCgroups, summarize, whyNot } from './peers.mjs';
import { defaultConfig, makeBundle, makeRootfs, ociSeccomp } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    inside: { type: 'string' },
    base: { type: 'string', default: '/tmp/libpod-bench-exec' },
    count: { type: 'string', default: '200' },
    'rest-count': { type: 'string', default: '60' },
  },
});
const { base } = values;
if (values.inside === undefined) rmSync(base, { recursive: true, force: true });
mkdirSync(base, { recursive: true });
const rootfs = join(base, 'rootfs');
if (values.inside === undefined) makeRootfs(rootfs);
const cgroupParent = process.env['LIBPOD_BENCH_PARENT'] ?? `libpod-bench-exec-${process.pid}`;
const hide = fileURLToPath(new URL('hide-cgroup2.sh', import.meta.url));

/** Runs a program to its end; the time from before the spawn to the exit, in ms. */
async function timed(/** @type {string} */ program, /** @type {string[]} */ args, env = process.env) {
  const before = performance.now();
  const child = spawn(program, args, { stdio: 'ignore', env });
  const [code] = await new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
  const took = performance.now() - before;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
  return took;
}

/** Runs a program that prepares or clears something. What it says would be said to a pipe that its container keeps open. */
function must(/** @type {string} */ program, /** @type {string[]} */ args, env = process.env) {
  const { status } = spawnSync(program, args, { env, stdio: 'ignore' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

/**
 * The part that runs where the peers can work, which is another mount namespace: makes a container that sleeps, then for each
 * line of standard input runs /bin/true in it and prints the time.
 * @param {string} name
 */
async function serve(name) {
  const work = join(base, name);
  mkdirSync(work, { recursive: true });
  /** @type {{program: string, way: string[], run: string[], remove: string[], env: NodeJS.ProcessEnv}} */
  let peer;
  if (name === 'crun') {
    const config = defaultConfig({
      rootfs,
      args: ['sleep', '100000'],
      cgroupsPath: `/${cgroupParent}/crun`,
      seccomp: ociSeccomp(),
    });
    const bundle = makeBundle(join(work, 'bundle'), config);
    const way = ['--root', join(work, 'state'), '--cgroup-manager=cgroupfs'];
    peer = {
      program: 'crun',
      way,
      run: ['run', '--detach', '--bundle', bundle, 'bench'],
      remove: ['delete', '--force', 'bench'],
      env: process.env,
    };
  } else {
    const { args: way, env } = podmanIn(work);
    const run = [
      'run',
      '--detach',
      '--name',
      'bench',
      '--network',
      'none',
      '--cgroup-parent',
      `/${cgroupParent}`,
    ];
    peer = {
      program: 'podman',
      way,
      run: [...run, '--rootfs', `${rootfs}:O`, 'sleep', '100000'],
      remove: ['rm', '--force', '--time', '0', 'bench'],
      env,
    };
  }
  must(peer.program, [...peer.way, ...peer.run], peer.env);
  try {
    for await (const line of createInterface({ input: process.stdin }))
      if (line === 'go')
        console.log(String(await timed(peer.program, [...peer.way, 'exec', 'bench', '/bin/true'], peer.env)));
  } finally {
    must(peer.program, [...peer.way, ...peer.remove], peer.env);
  }
}

if (values.inside !== undefined) {
  await serve(values.inside);
  process.exit();
}

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {() => Promise<number>} one - Runs /bin/true once; its time in ms.
 * @property {number} share - Its part of the count.
 * @property {() => Promise<void>} [close]
 */

const runtime = await Runtime.open({
  root: join(base, 'root'),
  runRoot: join(base, 'run'),
  cgroupParent: `/${cgroupParent}-ours`,
});
const create = { rootfs, overlay: true };
const container = await runtime.createContainer({ ...create, command: ['sleep', '100000'], remove: true });
await container.start();

/** Times a function in ms. */
async function clock(/** @type {() => Promise<unknown>} */ run) {
  const before = performance.now();
  await run();
  return performance.now() - before;
}

/** @type {Subject[]} */
const subjects = [
  {
    name: 'container.exec',
    share: 1,
    one: () =>
      clock(async () => {
        const { exitCode } = await container.exec(['/bin/true']);
        if (exitCode !== 0) throw new Error(`/bin/true ended with ${exitCode}`);
      }),
  },
  {
    name: 'the bare lifecycle',
    share: 1,
    one: () =>
      clock(async () => {
        const one = await runtime.createContainer({
          ...create,
          command: ['/bin/true'],
          remove: true,
          logDriver: 'none',
        });
        await one.startAndAttach();
        await one.wait();
        await one.remove();
      }),
  },
  {
    name: 'runtime.run',
    share: 1,
    one: () => clock(() => runtime.run({ ...create, command: ['/bin/true'] })),
  },
];

for (const name of ['crun', 'podman']) {
  const peer = PEERS.find((one) => one.name === name);
  const reason = peer === undefined ? 'unknown' : whyNot(peer);
  if (reason !== undefined) {
    process.stderr.write(`skipped ${name}: ${reason}\n`);
    continue;
  }
  const child = spawn(
    hide,
    [process.execPath, fileURLToPath(import.meta.url), '--inside', name, '--base', base],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LIBPOD_BENCH_PARENT: cgroupParent } },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  subjects.push({
    name: `${name} exec`,
    share: name === 'podman' ? 0.2 : 1,
    one: async () => {
      child.stdin.write('go\n');
      const { value, done } = await answers.next();
      if (done) throw new Error(`${name} cannot be timed; the reason is above`);
      return Number(value);
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  });
}

try {
  for (const restMs of [0, REST_MS]) {
    const count = Number(restMs === 0 ? values.count : values['rest-count']);
    /** @type {Map<string, number[]>} */
    const latencies = new Map(subjects.map(({ name }) => [name, []]));
    for (const { one } of subjects) for (let i = 0; i < 5; i++) await one();
    // Ten of each in turn.
    for (let done = 0; done < count; done += 10) {
      for (const { name, share, one } of subjects) {
        for (let i = 0; i < 10 * share; i++) {
          if (restMs > 0) await sleep(restMs);
          latencies.get(name)?.push(await one());
        }
      }
    }
    const p50 = (/** @type {string} */ name) => {
      const list = latencies.get(name);
      return list === undefined ? undefined : summarize(list, { wallMs: 1, parallel: 1, restMs }).p50;
    };
    for (const [name, list] of latencies) {
      const { p50: middle, p99 } = summarize(list, { wallMs: 1, parallel: 1, restMs });
      const ratio = (/** @type {string} */ peer) => {
        const other = p50(peer);
        return other === undefined || !name.includes('exec') ? '' : Number((middle / other).toFixed(3));
      };
      const more =
        name === 'runtime.run' ? Number((middle - (p50('the bare lifecycle') ?? 0)).toFixed(3)) : '';
      console.log(
        JSON.stringify({
          what: name,
          'rest ms': restMs,
          p50: middle,
          p99,
          'of crun exec': ratio('crun exec'),
          'of podman exec': ratio('podman exec'),
          'over the bare lifecycle': more,
          count: list.length,
        }),
      );
    }
  }
} finally {
  for (const { close } of subjects) await close?.();
  await container.remove({ force: true, timeout: 0 });
  await runtime.close();
  removeCgroups(cgroupParent);
  removeCgroups(`${cgroupParent}-ours`);
  rmSync(base, { recursive: true, force: true });
}
