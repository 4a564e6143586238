import { readFileSync } from 'node:fs';
import { readProcFiles } from '../../linux/processes/proc-files.js';
import {
  parseProcStat,
  parseProcStatus,
  type ProcessStat,
  type ProcessStatus,
} from '../../linux/processes/status.js';

/** What `top` knows of a process. */
export interface TopProcess {
  readonly stat: ProcessStat;
  readonly status: ProcessStatus;
  /** The executable's name, or what the process calls itself. */
  readonly name: string;
  /** Field 3 of proc_pid_stat(5). */
  readonly stateLetter: string;
  /** tty_nr of proc_pid_stat(5). */
  readonly terminal: number;
  /** The command with its arguments; '' of a zombie. */
  readonly args: string;
  /** The SELinux or AppArmor label; '' without. */
  readonly label: string;
  /** As the container's PID namespace numbers them; a parent outside of it is 0. */
  readonly pid: number;
  readonly parent: number;
  readonly processGroup: number;
  readonly elapsedNs: bigint;
  readonly cpuNs: bigint;
  readonly started: Date;
}

/** How IDs are shown: by a name of the container's or the host's files, or as numbers. */
export interface TopNames {
  /** A user ID as it is in the container's user namespace. */
  readonly userId: (id: number) => number;
  readonly users: (id: number) => string;
  readonly groups: (id: number) => string;
  readonly hostUsers: (id: number) => string;
  readonly hostGroups: (id: number) => string;
}

/** _SC_CLK_TCK: 100 a second on every Linux that Node runs on. */
const NS_PER_TICK = 10_000_000n;
const NS_PER_MS = 1_000_000n;

/** A command's arguments are the process's own memory: of those that fill it, this many bytes. */
const MOST_ARGS = 4096;

/** The time since boot, in nanoseconds, and the time of the boot. */
export interface Clock {
  readonly uptimeNs: bigint;
  readonly bootedMs: number;
}

/** Reads the first number of /proc/uptime: seconds with two digits behind the point. */
export function readClock(): Clock {
  const [uptime = '0'] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const seconds = Number(uptime);
  return { uptimeNs: BigInt(Math.round(seconds * 100)) * NS_PER_TICK, bootedMs: Date.now() - seconds * 1000 };
}

/** The numbers of a line of /proc/PID/status: one for each PID namespace that the process is in. */
function numbersOf(status: string, name: string): number[] {
  const match = new RegExp(`^${name}:(.*)$`, 'm').exec(status);
  return (match?.[1] ?? '').trim().split(/\s+/).map(Number);
}

/** What was read of a process; undefined for one that has gone. */
export interface ProcessTexts {
  readonly stat: string | undefined;
  readonly status: string | undefined;
  readonly cmdline: string | undefined;
  readonly label: string | undefined;
}

/** Reads what /proc tells of some processes, in one trip to a worker thread. */
export async function readProcesses(pids: readonly number[]): Promise<ProcessTexts[]> {
  const files = ['stat', 'status', 'cmdline', 'attr/current'];
  const texts = await readProcFiles(pids.flatMap((pid) => files.map((file) => `/proc/${pid}/${file}`)));
  return pids.map((_, at) => {
    const [stat, status, cmdline, label] = texts.slice(at * files.length, (at + 1) * files.length);
    return { stat, status, cmdline, label };
  });
}

/**
 * Makes processes of what was read of them. Pure.
 *
 * @param level how deep the container's PID namespace is: the place of its numbers in NSpid
 */
export function toProcesses(texts: readonly ProcessTexts[], level: number, clock: Clock): TopProcess[] {
  const read = texts.flatMap(({ stat, status, cmdline = '', label = '' }) => {
    const [parsedStat, parsedStatus] = [parseProcStat(stat ?? ''), parseProcStatus(status ?? '')];
    if (parsedStat === undefined || parsedStatus === undefined) return [];
    const pid = parsedStatus.namespacePids[level] ?? parsedStatus.pid;
    return [
      {
        stat: parsedStat,
        status: parsedStatus,
        text: stat ?? '',
        statusText: status ?? '',
        cmdline,
        label,
        pid,
      },
    ];
  });
  const inside = new Map(read.map(({ stat, pid }) => [stat.pid, pid]));
  return read.map(({ stat, status, text, statusText, cmdline, label, pid }) => {
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const startedNs = stat.startTicks * NS_PER_TICK;
    const elapsed = clock.uptimeNs - startedNs;
    return {
      stat,
      status,
      name: stat.name,
      stateLetter: fields[0] ?? '?',
      terminal: Number(fields[4] ?? 0),
      args: cmdline.slice(0, MOST_ARGS).replace(/\0+$/, '').replaceAll('\0', ' '),
      label: label.replace(/[\0\n]+$/, ''),
      pid,
      parent: inside.get(stat.parent) ?? 0,
      processGroup: numbersOf(statusText, 'NSpgid')[level] ?? stat.processGroup,
      elapsedNs: elapsed < 0n ? 0n : elapsed,
      cpuNs: (stat.userTicks + stat.systemTicks) * NS_PER_TICK,
      started: new Date(clock.bootedMs + Number(startedNs / NS_PER_MS)),
    };
  });
}
