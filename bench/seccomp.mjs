// Counts the instructions of a system call filter for each system call: of this engine's and of the one that crun has
// installed, for the same profile. Not a time: the counts are the same on every machine with the same libseccomp.
//
//   node bench/seccomp.mjs
//
// One JSON line comes out. It needs root, crun, python3 and the built dist/.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seccompRules } from '../dist/launch/seccomp.js';
import { compileSeccomp } from '../dist/linux/seccomp.js';
import { defaultConfig, makeBundle, makeRootfs, ociSeccomp } from './rootfs.mjs';

/** Writes the first filter of a process to its output, as struct sock_filter: PTRACE_SECCOMP_GET_FILTER of ptrace(2). */
const READ_FILTER = `
import ctypes, os, sys
SEIZE, INTERRUPT, GET_FILTER = 0x4206, 0x4207, 0x420c
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] + [ctypes.c_void_p] * 3
pid = int(sys.argv[1])
def ptrace(request, data=None):
    answer = libc.ptrace(request, pid, 0, data)
    if answer < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
ptrace(SEIZE); ptrace(INTERRUPT); os.waitpid(pid, 0x40000000)
filter = ctypes.create_string_buffer(8 * ptrace(GET_FILTER))
ptrace(GET_FILTER, filter)
sys.stdout.buffer.write(filter.raw)
`;

/**
 * Runs a filter (bpf(4), seccomp(2)) for a system call without arguments.
 * @param {Buffer} filter
 * @param {number} number
 * @param {number} architecture - AUDIT_ARCH_*.
 * @returns {{action: number, steps: number}}
 */
export function runFilter(filter, number, architecture) {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  const memory = new Uint32Array(16);
  let accumulator = 0;
  for (let at = 0, steps = 1; ; at++, steps++) {
    const code = filter.readUInt16LE(8 * at);
    const [yes = 0, no = 0] = filter.subarray(8 * at + 2, 8 * at + 4);
    const k = filter.readUInt32LE(8 * at + 4);
    const jump = (/** @type {boolean} */ holds) => (at += holds ? yes : no);
    switch (code) {
      case 0x20:
        accumulator = data.readUInt32LE(k);
        break;
      case 0x02:
        memory[k] = accumulator;
        break;
      case 0x60:
        accumulator = memory[k] ?? 0;
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += k;
        break;
      case 0x15:
        jump(accumulator === k);
        break;
      case 0x25:
        jump(accumulator > k);
        break;
      case 0x35:
        jump(accumulator >= k);
        break;
      case 0x45:
        jump((accumulator & k) !== 0);
        break;
      case 0x06:
        return { action: k, steps };
      default:
        throw new Error(`the filter has the instruction ${code.toString(16)}, which is not counted here`);
    }
  }
}

/**
 * The filter that crun installs.
 * @param {object} seccomp - The value of `linux.seccomp`.
 * @returns {Promise<Buffer>}
 */
async function filterOfCrun(seccomp) {
  const work = mkdtempSync(join(tmpdir(), 'libpod-bench-seccomp-'));
  const id = `seccomp-${process.pid}`;
  const state = ['--root', join(work, 'state'), '--cgroup-manager', 'cgroupfs'];
  const hide = fileURLToPath(new URL('hide-cgroup2.sh', import.meta.url));
  try {
    const rootfs = join(work, 'rootfs');
    makeRootfs(rootfs);
    const args = ['/bin/sleep', '60'];
    const bundle = makeBundle(
      join(work, 'bundle'),
      defaultConfig({ rootfs, args, cgroupsPath: `/${id}`, seccomp }),
    );
    const pidFile = join(work, 'pid');
    const child = spawn('sh', [hide, 'crun', ...state, 'run', '--pid-file', pidFile, '-b', bundle, id], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    let over = false;
    void ended.then(() => (over = true));
    const comm = () => {
      try {
        const pid = readFileSync(pidFile, 'utf8');
        return readFileSync(`/proc/${pid}/comm`, 'utf8');
      } catch {
        return '';
      }
    };
    while (comm() !== 'sleep\n') {
      if (over) throw new Error('crun could not run the bundle');
      await sleep(10);
    }
    try {
      return execFileSync('python3', ['-c', READ_FILTER, readFileSync(pidFile, 'utf8')]);
    } finally {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
      await ended;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const seccomp = ociSeccomp();
const ours = Buffer.from(await compileSeccomp(seccompRules(seccomp)));
const theirs = await filterOfCrun(seccomp);
const [architecture, last] = process.arch === 'arm64' ? [0xc00000b7, 470] : [0xc000003e, 470];
const counts = Array.from({ length: last }, (_, number) => {
  const [a, b] = [runFilter(ours, number, architecture), runFilter(theirs, number, architecture)];
  if (a.action !== b.action) throw new Error(`the filters do not agree on the system call ${number}`);
  return { ours: a.steps, crun: b.steps };
});
const median = (/** @type {number[]} */ list) => [...list].sort((x, y) => x - y)[list.length >> 1];
const summary = (/** @type {'ours' | 'crun'} */ whose, /** @type {Buffer} */ filter) => {
  const list = counts.map((count) => count[whose]);
  const sum = list.reduce((total, one) => total + one, 0);
  return {
    instructions: filter.length / 8,
    median: median(list),
    mean: Number((sum / list.length).toFixed(1)),
    most: Math.max(...list),
  };
};
console.log(
  JSON.stringify({
    row: 'instructions of the filter for each system call',
    systemCalls: counts.length,
    ours: summary('ours', ours),
    crun: summary('crun', theirs),
    dearerThanCrun: counts.flatMap(({ ours: a, crun: b }, number) =>
      a > b ? [{ number, ours: a, crun: b }] : [],
    ),
  }),
);
