// node scripts/many-sessions.mjs [COUNT]: runs so many exec sessions (10,000 unless given) in one container, 20 at a time, and
// says what is left of them in the monitor, in this process and on the machine. Wants root and a build (npm run build).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Runtime } from '../dist/index.js';

const count = Number(process.argv[2] ?? 10_000);
const AT_ONCE = 20;
const base = mkdtempSync(path.join(tmpdir(), 'libpod-sessions-'));
const runtime = await Runtime.open({ root: path.join(base, 'root'), runRoot: path.join(base, 'run') });
const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', 'infinity'] });
await container.start();
const init = await container.pid();
const status = (pid, name) =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
const monitor = status(init, 'PPid');

function cgroups(directory) {
  try {
    return readdirSync(directory).filter((name) => name.startsWith('exec-')).length;
  } catch {
    return 0;
  }
}

const look = () => ({
  'descriptors of the monitor': readdirSync(`/proc/${monitor}/fd`).length,
  'memory of the monitor (kB)': status(monitor, 'RssAnon'),
  'descriptors of this process': readdirSync('/proc/self/fd').length,
  'processes in the container': Number(
    readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && status(name, 'PPid') === monitor;
      } catch {
        return false;
      }
    }).length,
  ),
  'files of the run directory': readdirSync(path.join(base, 'run'), { recursive: true }).length,
  'cgroups of sessions':
    cgroups(path.join('/sys/fs/cgroup/unified', container.cgroupPath)) +
    cgroups(path.join('/sys/fs/cgroup', container.cgroupPath)),
});

await container.exec(['true']);
const before = look();
let done = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (done < count) {
      const which = done++;
      const command = which % 10 === 0 ? 'sleep 0.01 & echo x' : `exit ${which % 256}`;
      const { exitCode } = await container.exec(['sh', '-c', command], { tty: which % 7 === 0 });
      const wanted = which % 10 === 0 ? 0 : which % 256;
      if (exitCode !== wanted) throw new Error(`session ${which} ended with ${exitCode}, not ${wanted}`);
    }
  }),
);
await new Promise((resolve) => setTimeout(resolve, 1000));
await container.exec(['true']);
const after = look();
console.log(`${count} sessions`);
for (const [what, was] of Object.entries(before)) console.log(`${what}: ${was} before, ${after[what]} after`);
await container.remove({ force: true, timeout: 0 });
await runtime.close?.();
rmSync(base, { recursive: true, force: true });
