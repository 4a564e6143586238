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
const args = [vitest, 'run', '--project', 'kernel', '--project', 'scenario', ...process.argv.slice(2)];
process.exitCode = run(process.execPath, args, { env });
for (const file of readdirSync(reports)) {
  console.error(`${file}:\n${readFileSync(path.join(reports, file), 'utf8')}`);
  process.exitCode = 1;
}
