// How fast output comes into the log: the same producer under conmon and under ours, in turns, in one run. conmon stands over crun; the
// lines of both logs are compared byte for byte, without their times and with pieces put together. The time is that of the producer, from
// its first write to its last, as it tells it itself: starting is not in it.
//
//   node bench/logs.mjs --base DIR [--rounds N]
//
// Prints a JSON line for long and for short lines: MB/s of both, and the ratio.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { defaultConfig, makeBundle, makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-logs' },
    rounds: { type: 'string', default: '5' },
  },
});
const { base } = values;
mkdirSync(base, { recursive: true });
const rootfs = join(base, 'rootfs');
makeRootfs(rootfs);

// Files, so that the producer is as fast as a reader of a pipe can wish.
/** @type {Record<string, {bytes: number, script: string}>} */
const LINES = {};
for (const [what, line, bytes] of /** @type {const} */ ([
  ['long', `${'7'.repeat(999)}\n`, 200e6],
  ['short', 'y\n', 10e6],
])) {
  writeFileSync(join(rootfs, what), line.repeat(bytes / line.length));
  LINES[what] = { bytes, script: `cat /${what}` };
}
/** The program reads its clock around the writes, and tells the seconds on stderr. */
const timed = (/** @type {string} */ script) => [
  '/bin/sh',
  '-c',
  `a=$(cut -d" " -f1 /proc/uptime); ${script}; b=$(cut -d" " -f1 /proc/uptime); echo $a $b >&2`,
];

/** The bytes of stdout in a k8s-file log, and what the producer measured. */
function readLog(/** @type {string} */ file) {
  const out = [];
  let told = '';
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    if (line === '') continue;
    const text = line.slice(45);
    if (line.slice(36, 42) === 'stderr') told += text;
    else out.push(line[43] === 'F' ? `${text}\n` : text);
  }
  const [from = 0, to = 0] = told.split(' ').map(Number);
  return { text: out.join(''), seconds: to - from };
}

const cgroupParent = `/libpod-bench-logs-${process.pid}`;
const runtime = await Runtime.open({ root: join(base, 'root'), runRoot: join(base, 'run'), cgroupParent });

async function ours(/** @type {string} */ script) {
  const container = await runtime.createContainer({ rootfs, overlay: true, command: timed(script) });
  await container.start();
  await container.wait();
  const log = readLog(container.logPath);
  await container.remove();
  return log;
}

let serial = 0;
async function conmons(/** @type {string} */ script) {
  const id = `libpod-bench-logs-${process.pid}-${serial++}`;
  const bundle = join(base, id);
  const config = { rootfs, args: timed(script), cgroupsPath: `/${id}`, seccomp: undefined };
  makeBundle(bundle, defaultConfig(config));
  const log = join(bundle, 'log');
  const flags = [
    '-c',
    id,
    '-u',
    id,
    '-r',
    '/usr/bin/crun',
    '--runtime-arg',
    '--cgroup-manager=cgroupfs',
    '-b',
    bundle,
    '-p',
    join(bundle, 'pid'),
  ];
  // It goes into the background, and leaves the exit status in a file of the container's name.
  spawnSync(
    'conmon',
    [
      ...flags,
      '-n',
      id,
      '--exit-dir',
      bundle,
      '--socket-dir-path',
      base,
      '--full-attach',
      '-l',
      `k8s-file:${log}`,
      '--log-level',
      'error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (let tries = 0; spawnSync('crun', ['start', id]).status !== 0; tries++) {
    if (tries > 200) throw new Error('crun does not start the container under conmon');
    await sleep(20);
  }
  while (!existsSync(join(bundle, id))) await sleep(20);
  spawnSync('crun', ['delete', '--force', id]);
  return readLog(log);
}

for (const [what, { bytes, script }] of Object.entries(LINES)) {
  /** @type {{ours: number[], conmon: number[]}} */
  const seconds = { ours: [], conmon: [] };
  for (let round = -1; round < Number(values.rounds); round++) {
    const mine = await ours(script);
    const other = await conmons(script);
    if (mine.text !== other.text || mine.text.length !== bytes)
      throw new Error(`the logs differ: ${mine.text.length} and ${other.text.length} bytes`);
    if (round < 0) continue;
    seconds.ours.push(mine.seconds);
    seconds.conmon.push(other.seconds);
  }
  const median = (/** @type {number[]} */ list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
  const [our, their] = [median(seconds.ours), median(seconds.conmon)];
  const speed = (/** @type {number} */ time) => Math.round(bytes / 1e6 / Math.max(time, 0.01));
  const row = { lines: what, 'MB/s': speed(our), 'conmon MB/s': speed(their) };
  console.log(JSON.stringify({ ...row, 'x conmon': Number((their / Math.max(our, 0.01)).toFixed(2)) }));
}
await runtime.close();
rmSync(base, { recursive: true, force: true });
