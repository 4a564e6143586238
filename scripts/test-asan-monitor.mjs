// npm run test:asan: the kernel and scenario tests on a monitor with sanitizers. A report of theirs fails the run, also
// where the test passed.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build, buildDirectory, root, run } from './native-build.mjs';

const reports = path.join(buildDirectory, 'reports');
rmSync(reports, { recursive: true, force: true });
build('libpod-monitor-asan');
mkdirSync(reports, { recursive: true });
const env = { ...process.env, LIBPOD_MONITOR: path.join(buildDirectory, 'libpod-monitor-asan') };
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
// The pause of a pod's infra container is the monitor's own executable in an empty root, where one with sanitizers, which
// is linked dynamically, cannot be executed. Nor can it be by a container that names it.
const without = ['pods', 'pod-networks', 'pod-crash', 'pod-exit-policy', 'image-words'].flatMap((name) => [
  '--exclude',
  `**/${name}.test.ts`,
]);
// The same of single tests with a pod.
const single = [
  'joins the namespaces of its pod',
  'makes pods whose containers are all in one',
  'a clone of a pod',
  'clones containers and pods by the flags of podman',
];
console.log(
  'without the tests of pods and of words of images: there is no dynamic linker for a monitor with sanitizers in a container',
);
const args = [
  vitest,
  'run',
  '--project',
  'kernel',
  '--project',
  'scenario',
  ...without,
  '-t',
  `^(?!.*(${single.join('|')}))`,
  ...process.argv.slice(2),
];
process.exitCode = run(process.execPath, args, { env });
for (const file of readdirSync(reports)) {
  console.error(`${file}:\n${readFileSync(path.join(reports, file), 'utf8')}`);
  process.exitCode = 1;
}
