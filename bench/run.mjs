// All benchmarks, as tables: `npm run bench`. Everything runs in one session, since only ratios from one session mean
// anything. It needs root, gcc, busybox-static and the built library; peers that are missing are left out, and said so.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PEERS, REST_MS, timePeers } from './peers.mjs';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const scale = values.quick ? 0.2 : 1;
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const build = here('../build');
const floor = join(build, 'floor');

/** Runs a program and answers the JSON of its last line. */
function json(/** @type {string} */ program, /** @type {string[]} */ args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
const node = (/** @type {string} */ script, /** @type {string[]} */ ...args) =>
  json(process.execPath, [here(script), ...args]);

/** Prints rows as a table, columns aligned. */
function table(/** @type {string} */ title, /** @type {Record<string, string | number>[]} */ rows) {
  console.log(`\n## ${title}\n`);
  const [first] = rows;
  if (first === undefined) return;
  const names = Object.keys(first);
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  console.log(line(names));
  console.log(line(names.map(() => '---')));
  for (const row of rows) console.log(line(names.map((name) => row[name] ?? '')));
}
const round = (/** @type {number} */ value) => Number(value.toFixed(2));

mkdirSync(build, { recursive: true });
const gcc = spawnSync(
  'gcc',
  ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', floor, here('floor.c')],
  { stdio: 'inherit' },
);
if (gcc.status !== 0) throw new Error('the floor program did not compile');

console.log(
  `Linux ${release()}, ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(2)} at the start. Times in ms.`,
);

const peers = [];
for await (const row of await timePeers({ count: Math.ceil(100 * scale) })) peers.push(row);

for (const [where, base] of [
  ['disk', '/tmp/libpod-bench'],
  ['tmpfs', '/dev/shm/libpod-bench'],
]) {
  if (!existsSync(join(base, '..'))) continue;
  const rows = [];
  makeRootfs(join(base, 'rootfs'));
  for (const [parallel, restMs] of [
    [1, 0],
    [1, REST_MS],
    [8, 0],
  ]) {
    const count = String(Math.ceil((restMs > 0 ? 100 : 400) * scale));
    const shape = ['--count', count, '--parallel', String(parallel), '--rest-ms', String(restMs)];
    for (const [name, flags] of [
      ['throwaway', []],
      ['throwaway, from a bundle', ['--bundle']],
      ['kept (fsync)', ['--kept']],
    ]) {
      const [engine] = node('engine.mjs', '--base', join(base, 'engine'), ...shape, ...flags);
      const bottom = [
        '--rootfs',
        join(base, 'rootfs'),
        '--base',
        join(base, 'floor'),
        '--cgroup-parent',
        `libpod-bench-floor-${process.pid}`,
      ];
      const [least] = json(floor, [...bottom, ...shape, '--seccomp', engine.filter, '--', '/bin/true']);
      const crun = peers.find(
        (row) => row.peer === 'crun' && row.parallel === parallel && row.restMs === restMs,
      );
      rows.push({
        container: name,
        'at a time': parallel,
        rest: restMs,
        p50: round(engine.p50),
        p99: round(engine.p99),
        'floor p50': round(least.p50),
        'floor p99': round(least.p99),
        'x floor': round(engine.p50 / least.p50),
        'of crun': crun === undefined ? '' : round(engine.p50 / crun.p50),
        'per second': Math.round(engine.perSecond),
        'of floor per second': `${Math.round((100 * engine.perSecond) / least.perSecond)} %`,
      });
    }
  }
  table(`create, start, wait, remove of /bin/true, directories on ${where}`, rows);
  rmSync(base, { recursive: true, force: true });
}
table(
  'peers, spawn to exit',
  peers.map(({ peer, parallel, restMs, p50, p99, perSecond }) => ({
    peer,
    'at a time': parallel,
    rest: restMs,
    p50: round(p50),
    p99: round(p99),
    'per second': Math.round(perSecond),
  })),
);
for (const { name } of PEERS)
  if (!peers.some((row) => row.peer === name)) console.log(`\n${name}: not installed`);

const base = '/tmp/libpod-bench';
table('the longest turn of the event loop', [
  ...node('loop.mjs', '--base', join(base, 'loop')),
  ...node('loop.mjs', '--base', join(base, 'loop'), '--heap', '500'),
]);
table(
  'records, microseconds',
  node('records.mjs', '--base', join(base, 'records'), '--count', String(Math.ceil(1000 * scale))),
);
table('800 at once', node('many.mjs', '--base', join(base, 'many')));
if (spawnSync('ip', ['-V']).status === 0)
  table(
    'networks',
    node('networks.mjs', '--base', join(base, 'networks'), '--count', String(Math.ceil(100 * scale))),
  );
if (spawnSync('ab', ['-V']).status === 0)
  table("a published port's throughput", node('forwarding.mjs', '--base', join(base, 'forwarding')));
table('the monitor', node('monitor.mjs', '--base', join(base, 'monitor')));
table(
  'exec sessions and a sandbox in one call, beside the exec of others',
  node('exec.mjs', '--base', join(base, 'exec'), '--count', String(Math.ceil(200 * scale))),
);
if (spawnSync('conmon', ['--version']).status === 0)
  table('output into the log', node('logs.mjs', '--base', join(base, 'logs')));
table('a key and its echo, microseconds', node('attach.mjs', '--base', join(base, 'attach')));
table('a sample of what 100 containers use', node('stats.mjs', '--base', join(base, 'stats')));
table('trees out of a container and into it', node('trees.mjs', '--base', join(base, 'trees')));
if (spawnSync('docker-registry', ['--version']).status === 0)
  table('an image of 100 MB and 10,000 files', node('images.mjs'));
table('primitives for namespaces, microseconds', node('namespaces.mjs'));
table('primitives for processes, microseconds', node('processes.mjs'));
table('mounts and files, one call each, in microseconds', node('mounts.mjs', '--base', join(base, 'mounts')));
table('files of a cgroup, one call each, in microseconds', node('cgroups.mjs'));
table('the devices of a cgroup, one call each, in microseconds', node('devices.mjs'));
table(
  'capabilities and ID maps, one call each, in microseconds',
  node('identity.mjs', '--base', join(base, 'identity')),
);
if (existsSync(here('../dist/bundle/libpod.js')))
  table('the command line', node('command-line.mjs', '--base', join(base, 'cli')));
rmSync(base, { recursive: true, force: true });
