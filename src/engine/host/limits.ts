import { readFileSync } from 'node:fs';
import { CAPABILITIES } from '../../base/capabilities.js';

/** The lines of proc_pid_limits(5), by the names of getrlimit(2). */
const LABELS: Readonly<Record<string, string>> = {
  cpu: 'Max cpu time',
  fsize: 'Max file size',
  data: 'Max data size',
  stack: 'Max stack size',
  core: 'Max core file size',
  rss: 'Max resident set',
  nproc: 'Max processes',
  nofile: 'Max open files',
  memlock: 'Max locked memory',
  as: 'Max address space',
  locks: 'Max file locks',
  sigpending: 'Max pending signals',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
};

/** The hard limits in the text of a /proc/PID/limits, by name; one that is `unlimited` is left out. */
export function parseHardLimits(text: string): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const [name, label] of Object.entries(LABELS)) {
    const match = new RegExp(`^${label} +\\S+ +(\\d+)`, 'm').exec(text);
    if (match) limits[name] = Number(match[1]);
  }
  return limits;
}

/** Whether CAP_SYS_RESOURCE is in effect, by the text of a /proc/PID/status: prlimit(2) then raises hard limits. */
export function mayRaiseLimits(status: string): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return ((effective >> BigInt(CAPABILITIES.CAP_SYS_RESOURCE)) & 1n) === 1n;
}

let known: Record<string, number> | undefined;

/** The hard limits that this process, and so a container, may set at most. Asked for once. */
export function settableLimits(): Readonly<Record<string, number>> {
  return (known ??= mayRaiseLimits(readFileSync('/proc/self/status', 'utf8'))
    ? // That of open files has a bound also for root: proc_sys_fs(5), nr_open.
      { nofile: Number(readFileSync('/proc/sys/fs/nr_open', 'utf8')) }
    : parseHardLimits(readFileSync('/proc/self/limits', 'utf8')));
}
