// Times `libpod-oci run` and `crun run` of the same bundle as processes, from before the spawn to the exit, in turns: with and without
// the filter of podman's profile and a user namespace.
//
//   node bench/bundles.mjs [--base DIR] [--count N]
//
// One JSON line per row: what, the medians in ms and their ratio, and that of a Node that does nothing. It needs root, crun and the built dist/.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { removeCgroups, summarize } from './peers.mjs';
import { defaultConfig, makeBundle, makeRootfs, ociSeccomp } from './rootfs.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-bundles' },
    count: { type: 'string', default: '40' },
    inside: { type: 'boolean', default: false },
  },
});
const { base } = values;
const count = Number(values.count);
const cgroupParent = `libpod-bench-bundles-${process.pid}`;
const libpod = fileURLToPath(new URL('../dist/bundle/libpod-oci.js', import.meta.url));

/** Runs a program to its end; the time from before the spawn to the exit, in ms. */
async function timed(/** @type {string} */ program, /** @type {string[]} */ args) {
  const before = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
  return performance.now() - before;
}

/** @param {boolean} filtered @param {boolean} mapped */
function bundleOf(filtered, mapped) {
  const config = defaultConfig({
    rootfs: join(base, 'rootfs'),
    args: ['/bin/true'],
    cgroupsPath: `/${cgroupParent}/one`,
    seccomp: filtered ? ociSeccomp() : undefined,
  });
  if (mapped) {
    const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    Object.assign(config.linux, { uidMappings: ids, gidMappings: ids });
    config.linux.namespaces.push({ type: 'user' });
  }
  return makeBundle(join(base, `bundle-${filtered}-${mapped}`), config);
}

async function measure() {
  rmSync(base, { recursive: true, force: true });
  mkdirSync(base, { recursive: true });
  makeRootfs(join(base, 'rootfs'));
  try {
    for (const [what, filtered, mapped] of /** @type {const} */ ([
      ['plain', false, false],
      ['seccomp', true, false],
      ['user namespace', false, true],
      ['seccomp, user namespace', true, true],
    ])) {
      const bundle = bundleOf(filtered, mapped);
      const ours = [];
      const theirs = [];
      // What is to be had of Node at least.
      const nothing = [];
      for (let run = -3; run < count; run++) {
        const times = [
          await timed(libpod, ['--root', join(base, 'ours'), 'run', '--bundle', bundle, `one${run + 3}`]),
          await timed('crun', ['--root', join(base, 'crun'), 'run', '--bundle', bundle, `one${run + 3}`]),
          await timed(process.execPath, ['--eval', '']),
        ];
        if (run < 0) continue;
        ours.push(times[0]);
        theirs.push(times[1]);
        nothing.push(times[2]);
      }
      const how = { wallMs: 1, parallel: 1, restMs: 0 };
      const [a, b, node] = [ours, theirs, nothing].map((times) => summarize(times, how).p50);
      const ofCrun = Math.round((100 * a) / b) / 100;
      const row = { bundle: what, libpodOci: a, crun: b, ofCrun, node, load: loadavg()[0], count };
      console.log(JSON.stringify(row));
    }
  } finally {
    removeCgroups(cgroupParent);
    rmSync(base, { recursive: true, force: true });
  }
}

if (values.inside) {
  await measure();
} else {
  // Both where a hybrid machine shows version 1 alone, without which crun does not run.
  const hide = fileURLToPath(new URL('hide-cgroup2.sh', import.meta.url));
  const words = [hide, process.execPath, fileURLToPath(import.meta.url), '--inside', '--base', base];
  const child = spawn('sh', [...words, '--count', String(count)], { stdio: 'inherit' });
  child.once('exit', (code) => (process.exitCode = code ?? 1));
}
