// npm run test:sessions [-- COUNT]: runs so many exec sessions (10,000 unless given) in one container, 20 at a time, and fails
// if anything is left of them in the monitor, in this process or on the machine. Wants root and a build (npm run build).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Runtime } from '../dist/index.js';

const count = Number(process.argv[2] ?? 10_000);
const AT_ONCE = 20;
const SETTLE_MS = 1000;
// The journal of events has at most four files, whoever writes to it (docs/events.md).
const JOURNAL = /\/events\/\d+$/;
const JOURNAL_FILES = 4;

const base = mkdtempSync(path.join(tmpdir(), 'libpod-sessions-'));
const runtime = await Runtime.open({ root: path.join(base, 'root'), runRoot: path.join(base, 'run') });
const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', 'infinity'] });
await container.start();
const init = await container.pid();
const status = (pid, name) =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
const monitor = status(init, 'PPid');

function childrenOf(parent) {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && status(name, 'PPid') === parent;
    } catch {
      return false;
    }
  });
}

/** Those of all hierarchies, with their mount points. */
function cgroupsOfSessions() {
  return ['unified', '', ...readdirSync('/sys/fs/cgroup')].flatMap((hierarchy) => {
    const directory = path.join('/sys/fs/cgroup', hierarchy, container.cgroupPath);
    try {
      const sessions = readdirSync(directory).filter((name) => name.startsWith('exec-'));
      return sessions.map((name) => path.join(directory, name));
    } catch {
      return [];
    }
  });
}

const filesOf = (directory) =>
  readdirSync(directory, { recursive: true }).map((name) => path.join(directory, name));

/** What there is, by kind: names, of which none may be new. */
const lists = () => ({
  'children of the monitor': childrenOf(monitor),
  'sessions that the monitor knows': knownSessions,
  'files of the store': [...filesOf(path.join(base, 'root')), ...filesOf(path.join(base, 'run'))],
  'cgroups of sessions': cgroupsOfSessions(),
});

/** What there is, by kind: counts, which may be higher by so many. */
const counts = () => ({
  'descriptors of the monitor': [readdirSync(`/proc/${monitor}/fd`).length, 1],
  'memory of the monitor (kB)': [status(monitor, 'RssAnon'), 256],
  'descriptors of this process': [readdirSync('/proc/self/fd').length, 2],
  'children of this process': [childrenOf(process.pid).length, 1],
});

let knownSessions = [];
await container.exec(['true']);
const before = { lists: lists(), counts: counts() };
const began = performance.now();
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
console.log(`${count} sessions in ${((performance.now() - began) / 1000).toFixed(0)} s`);
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
// The cgroup of one with a child in the background goes with the next session.
await container.exec(['true']);
knownSessions = await container.execSessions();

const problems = [];
const after = { lists: lists(), counts: counts() };
for (const [what, was] of Object.entries(before.lists)) {
  const now = after.lists[what];
  const fresh = now.filter((name) => !was.includes(name));
  console.log(`${what}: ${was.length} before, ${now.length} after`);
  for (const name of fresh) console.log(`  new: ${name.replace(base, '')}`);
  problems.push(...fresh.filter((name) => !JOURNAL.test(name)));
}
const journal = after.lists['files of the store'].filter((name) => JOURNAL.test(name));
if (journal.length > JOURNAL_FILES) problems.push(`${journal.length} files of events`);
for (const [what, [was, more]] of Object.entries(before.counts)) {
  const [now] = after.counts[what];
  console.log(`${what}: ${was} before, ${now} after`);
  if (now > was + more) problems.push(`${what}: ${now}, ${was} before`);
}
await container.remove({ force: true, timeout: 0 });
await runtime.close();
rmSync(base, { recursive: true, force: true });
for (const problem of problems) console.error(`left: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
