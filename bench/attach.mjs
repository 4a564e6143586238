// How long a key takes to come back through an attached container that echoes (cat), beside a plain socket with an echo at its other end: the
// floor of any way through Node and another process.
//
//   node bench/attach.mjs --base DIR [--count N]
//
// Prints a JSON line for each: p50 and p99 in microseconds.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-attach' },
    count: { type: 'string', default: '3000' },
  },
});
const { base } = values;
const count = Number(values.count);
mkdirSync(base, { recursive: true });
makeRootfs(join(base, 'rootfs'));

/**
 * @param {import('node:stream').Writable} to
 * @param {import('node:stream').Readable} from
 */
async function echoes(to, from) {
  /** @type {number[]} */
  const times = [];
  for (let i = -200; i < count; i++) {
    const begun = performance.now();
    const back = new Promise((resolve) => from.once('data', resolve));
    to.write('x\n');
    await back;
    if (i >= 0) times.push((performance.now() - begun) * 1000);
  }
  return times.sort((a, b) => a - b);
}

const runtime = await Runtime.open({
  root: join(base, 'root'),
  runRoot: join(base, 'run'),
  cgroupParent: `/libpod-bench-attach-${process.pid}`,
});
/** @type {Record<string, number[]>} */
const rows = {};
for (const terminal of [false, true]) {
  const container = await runtime.createContainer({
    rootfs: join(base, 'rootfs'),
    overlay: true,
    command: ['/bin/sh', '-c', terminal ? 'stty raw -echo; exec cat' : 'exec cat'],
    stdin: true,
    terminal,
    remove: true,
  });
  const { stdin, stdout } = await container.startAndAttach();
  if (stdin === undefined) throw new Error('the container has no stdin');
  rows[terminal ? 'attach, a terminal' : 'attach'] = await echoes(stdin, stdout);
  await container.stop({ timeout: 0 });
}
await runtime.close();

const place = join(base, 'echo.sock');
const server = spawn(
  process.execPath,
  [
    '-e',
    `require('net').createServer((s) => s.pipe(s)).listen(${JSON.stringify(place)}, () => console.log())`,
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
await new Promise((resolve) => server.stdout.once('data', resolve));
const socket = createConnection(place);
await new Promise((resolve) => socket.once('connect', resolve));
rows['a socket to another Node'] = await echoes(socket, socket);
socket.destroy();
server.kill();
rmSync(base, { recursive: true, force: true });

for (const [what, times] of Object.entries(rows)) {
  const at = (/** @type {number} */ part) => Math.round(times[Math.floor((times.length - 1) * part)] ?? 0);
  console.log(JSON.stringify({ what, p50: at(0.5), p99: at(0.99) }));
}
