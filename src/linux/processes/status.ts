import { errnoName, isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';
import type { ProcessIdentity } from './processes.js';

/** What a process does, by the letter of field 3 of /proc/PID/stat (proc_pid_stat(5)). */
export type ProcessState =
  | 'running'
  | 'sleeping'
  | 'waiting' // in uninterruptible sleep
  | 'stopped'
  | 'traced'
  | 'zombie'
  | 'dead'
  | 'idle' // a thread of the kernel
  | 'unknown';

const STATES: Readonly<Record<string, ProcessState>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting',
  T: 'stopped',
  t: 'traced',
  Z: 'zombie',
  X: 'dead',
  x: 'dead',
  I: 'idle',
};

/** The fields of /proc/PID/stat that are of use (proc_pid_stat(5)); all numbers are as this process's namespaces show them. */
export interface ProcessStat extends ProcessIdentity {
  /** The name of the executable, cut to 15 bytes, or what the process calls itself (prctl(2), PR_SET_NAME). */
  readonly name: string;
  readonly state: ProcessState;
  /** 0: it is in another PID namespace, or there is none. */
  readonly parent: number;
  readonly processGroup: number;
  readonly session: number;
  /** Time on the processor, in clock ticks (sysconf(3), _SC_CLK_TCK: 100 a second). */
  readonly userTicks: bigint;
  readonly systemTicks: bigint;
  readonly nice: number;
  readonly threads: number;
  readonly virtualBytes: number;
  readonly residentPages: number;
}

/**
 * Parses the text of /proc/PID/stat:
 *
 *     1234 (name) S 1 1234 1234 0 -1 4194560 ...
 *
 * The name may hold anything, also parentheses and newlines: the fields are counted from the last one.
 *
 * @returns undefined for a text of another shape
 */
export function parseProcStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  // fields[0] is field 3 of the man page; there are some fifty.
  const fields = text.slice(close + 2).split(' ', 22);
  const number = (field: number): number => Number(fields[field - 3]);
  const start = fields[22 - 3];
  const pid = Number.parseInt(text, 10);
  if (start === undefined || !/^\d+$/.test(start) || !(pid > 0) || fields.length < 22) return undefined;
  return {
    pid,
    name: text.slice(open + 1, close),
    state: STATES[fields[0] ?? ''] ?? 'unknown',
    parent: number(4),
    processGroup: number(5),
    session: number(6),
    userTicks: wide(fields[14 - 3]),
    systemTicks: wide(fields[15 - 3]),
    nice: number(19),
    threads: number(20),
    startTicks: BigInt(start),
    virtualBytes: number(23),
    residentPages: number(24),
  };
}

function wide(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** The IDs of a user or a group (credentials(7)). */
export interface ProcessIds {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
  readonly fileSystem: number;
}

/** What /proc/PID/status tells beside ProcessStat (proc_pid_status(5)). Masks have bit n - 1 for signal n. */
export interface ProcessStatus {
  readonly name: string;
  /** The umask; undefined of a zombie. */
  readonly umask: number | undefined;
  readonly pid: number;
  readonly parent: number;
  /** The process that traces it, 0 for none. */
  readonly tracer: number;
  readonly uids: ProcessIds;
  readonly gids: ProcessIds;
  readonly groups: readonly number[];
  /** Its PID in each PID namespace that it is in: first the one of /proc, last its own; [] before Linux 4.1. */
  readonly namespacePids: readonly number[];
  readonly threads: number;
  /** Its memory that is in RAM, in KiB; 0 of a thread of the kernel. */
  readonly residentKib: number;
  readonly signals: {
    readonly blocked: bigint;
    readonly ignored: bigint;
    readonly caught: bigint;
  };
  /** Bit n is capability n (capabilities(7)). */
  readonly capabilities: {
    readonly inheritable: bigint;
    readonly permitted: bigint;
    readonly effective: bigint;
    readonly bounding: bigint;
    readonly ambient: bigint;
  };
  readonly noNewPrivileges: boolean;
  readonly seccomp: 'off' | 'strict' | 'filter';
}

const SECCOMP = ['off', 'strict', 'filter'] as const;

/**
 * Parses the text of /proc/PID/status, lines `Name:<tab>value`. Lines that it does not know are passed over, and those that
 * an older kernel lacks are 0 or empty.
 *
 * @returns undefined for a text without a PID
 */
export function parseProcStatus(text: string): ProcessStatus | undefined {
  // Some sixty lines, of which a few are wanted, here in the order that the kernel has them in: looking for the next one
  // from where the last one ended is four times as fast as reading all. One that is elsewhere is still found.
  const lines = `\n${text}`;
  let at = 0;
  const value = (name: string): string | undefined => {
    const ahead = lines.indexOf(name, at);
    const found = ahead < 0 ? lines.indexOf(name) : ahead;
    if (found < 0) return undefined;
    const begin = found + name.length;
    const end = lines.indexOf('\n', begin);
    at = end < 0 ? lines.length : end;
    return lines.slice(begin, at).trim();
  };
  const numbers = (name: string): number[] => (value(name) ?? '').split(/\s+/).filter(Boolean).map(Number);
  const number = (name: string): number => Number.parseInt(value(name) ?? '', 10) || 0;
  const mask = (name: string): bigint => {
    const digits = value(name) ?? '';
    return /^[0-9a-f]+$/.test(digits) ? BigInt(`0x${digits}`) : 0n;
  };
  const ids = (name: string): ProcessIds => {
    const [real = 0, effective = 0, saved = 0, fileSystem = 0] = numbers(name);
    return { real, effective, saved, fileSystem };
  };
  const name = value('\nName:') ?? '';
  const umask = value('\nUmask:');
  const pid = number('\nPid:');
  if (!(pid > 0)) return undefined;
  return {
    // The kernel escapes newline and backslash here.
    name: name.replace(/\\([n\\])/g, (_, kind) => (kind === 'n' ? '\n' : '\\')),
    umask: umask === undefined ? undefined : Number.parseInt(umask, 8),
    pid,
    parent: number('\nPPid:'),
    tracer: number('\nTracerPid:'),
    uids: ids('\nUid:'),
    gids: ids('\nGid:'),
    groups: numbers('\nGroups:'),
    namespacePids: numbers('\nNSpid:'),
    residentKib: number('\nVmRSS:'),
    threads: number('\nThreads:'),
    signals: { blocked: mask('\nSigBlk:'), ignored: mask('\nSigIgn:'), caught: mask('\nSigCgt:') },
    capabilities: {
      inheritable: mask('\nCapInh:'),
      permitted: mask('\nCapPrm:'),
      effective: mask('\nCapEff:'),
      bounding: mask('\nCapBnd:'),
      ambient: mask('\nCapAmb:'),
    },
    noNewPrivileges: number('\nNoNewPrivs:') === 1,
    seccomp: SECCOMP[number('\nSeccomp:')] ?? 'off',
  };
}

function read<T>(pid: number, file: string, parse: (text: string) => T | undefined): T {
  const text = addon.readText(`/proc/${pid}/${file}`);
  // ESRCH: it went between open and read.
  if (isFailure(text) && errnoName(text.errno) !== 'ESRCH')
    throw kernelError(`read /proc/${pid}/${file}`, text);
  const parsed = typeof text === 'string' ? parse(text) : undefined;
  if (parsed !== undefined) return parsed;
  throw new LibpodError('ERR_NO_SUCH_PROCESS', `there is no process ${pid}`);
}

/**
 * What /proc/PID/stat tells of a process; a zombie has one too.
 *
 * @throws LibpodError ERR_NO_SUCH_PROCESS
 */
export function processStat(pid: number): ProcessStat {
  return read(pid, 'stat', parseProcStat);
}

/**
 * What /proc/PID/status tells of a process.
 *
 * @throws LibpodError ERR_NO_SUCH_PROCESS
 */
export function processStatus(pid: number): ProcessStatus {
  return read(pid, 'status', parseProcStatus);
}
