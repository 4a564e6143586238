// The command line from a shell's point of view: spawn `libpod run --rm`, wait for its exit. Beside it the cold start of
// Node itself, of which it is made, and of podman where it is installed (bench/peers.mjs).
//
//   node bench/command-line.mjs --base DIR [--count N]
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { summarize } from './peers.mjs';
import { makeRootfs } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-cli' },
    count: { type: 'string', default: '20' },
  },
});
mkdirSync(values.base, { recursive: true });
const rootfs = join(values.base, 'rootfs');
makeRootfs(rootfs);
const main = fileURLToPath(new URL('../dist/bundle/libpod.js', import.meta.url));
const store = ['--root', join(values.base, 'root'), '--runroot', join(values.base, 'run')];
const commands = {
  'node -e 0': ['-e', '0'],
  'libpod run --rm --rootfs DIR:O /bin/true': [
    main,
    ...store,
    'run',
    '--rm',
    '--rootfs',
    `${rootfs}:O`,
    '/bin/true',
  ],
  'libpod ps': [main, ...store, 'ps'],
};
for (const [name, args] of Object.entries(commands)) {
  /** @type {number[]} */
  const latencies = [];
  for (let i = -2; i < Number(values.count); i++) {
    const before = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
    if (i >= 0) latencies.push(performance.now() - before);
  }
  console.log(
    JSON.stringify({
      command: name,
      ...summarize(latencies, { wallMs: 1, parallel: 1, restMs: 0 }),
      perSecond: undefined,
    }),
  );
}
