// npm run test:crash: kills an engine before each of its steps, and a monitor at each of its system calls, where `npm test`
// takes samples. Several processes share the points, since the leak guard watches one; `-- N` says how many (2), and names of test files
// after it which alone (`-- 2 network-crash`). A stretch is for one process: `LIBPOD_TEST_STEPS=1-74/1 npx vitest run
// test/kernel/network-crash.test.ts`.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './native-build.mjs';

const shares = Number(process.argv[2] ?? 2);
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const ALL = [
  'crash-steps',
  'pod-crash',
  'exec-crash',
  'policy-crash',
  'network-crash',
  'image-crash',
  'volume-crash',
  'crash-monitor',
];
const chosen = process.argv.slice(3);
const unknown = chosen.find((name) => !ALL.includes(name));
if (unknown !== undefined) throw new Error(`${unknown} kills nothing: give ${ALL.join(', ')}`);
const files = (chosen.length > 0 ? chosen : ALL).map((name) => `test/kernel/${name}.test.ts`);
const ends = Array.from({ length: shares }, (_, index) => {
  const env = { ...process.env, LIBPOD_TEST_STEPS: `${index + 1}/${shares}` };
  const args = [vitest, 'run', '--project', 'kernel', ...files];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env, cwd: root });
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
});
for (const code of await Promise.all(ends)) if (code !== 0) process.exitCode = 1;
