import { cgroupDirectory, hierarchyOf, type CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { parseLimit, parseNested, parseNumber, parseOperations } from '../linux/cgroups/text.js';
import { readProcFiles } from '../linux/processes/proc-files.js';
import { millisecondsSince } from '../linux/processes/processes.js';
import type { ContainerConfig } from '../model/config.js';
import type { ContainerStatus } from '../model/status.js';

/** What a container uses; zeros for one that does not run. */
export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerStatus;
  /** When it was read. */
  readonly time: Date;
  /** Processor time since its start, in nanoseconds. */
  readonly cpuNano: number;
  /** Percent of one processor since the sample before, and since the start; of the first sample both since the start. */
  readonly cpuPercent: number;
  readonly averageCpuPercent: number;
  /** Bytes, with the page cache. */
  readonly memoryUsage: number;
  /** Its limit, or the memory of the machine if that is less. */
  readonly memoryLimit: number;
  readonly memoryPercent: number;
  /** Bytes over the interfaces of its network namespace, but the loopback; 0 in that of the host. */
  readonly networkInput: number;
  readonly networkOutput: number;
  /** Bytes from and to block devices. */
  readonly blockInput: number;
  readonly blockOutput: number;
  /** Processes and threads. */
  readonly pids: number;
}

/** A container to be measured, as a listing has it. */
export interface Measured {
  readonly config: Pick<ContainerConfig, 'id' | 'cgroupPath' | 'createNetNS' | 'netNsCtr'>;
  readonly name: string;
  readonly state: ContainerStatus;
  readonly pid: number;
  /** When that process started; 0n for none. */
  readonly startTicks: bigint;
}

/** A moment, by the clock of the day and by one that nobody sets. */
interface Moment {
  readonly time: Date;
  readonly monotonicMs: number;
}

/** When samples were taken, for the next one. */
const takenAt = new WeakMap<ContainerStats, number>();

/** The files of one container, or what is in them, by what they tell. */
interface Files {
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
  readonly memoryLimit: string | undefined;
  readonly io: string | undefined;
  readonly pids: string | undefined;
  readonly network: string | undefined;
}

/** Which file of which controller tells it, in version 1 and in version 2 of cgroups. */
const SOURCES = {
  cpu: { 1: ['cpuacct', 'cpuacct.usage'], 2: ['cpu', 'cpu.stat'] },
  memory: { 1: ['memory', 'memory.usage_in_bytes'], 2: ['memory', 'memory.current'] },
  memoryLimit: { 1: ['memory', 'memory.limit_in_bytes'], 2: ['memory', 'memory.max'] },
  io: { 1: ['blkio', 'blkio.throttle.io_service_bytes_recursive'], 2: ['io', 'io.stat'] },
  pids: { 1: ['pids', 'pids.current'], 2: ['pids', 'pids.current'] },
} as const;

function isLive({ state, pid }: Measured): boolean {
  return pid > 0 && (state === 'running' || state === 'stopping' || state === 'paused');
}

function filesOf(cgroups: readonly CgroupHierarchy[], one: Measured): Files {
  const { config, pid } = one;
  const place = (name: keyof typeof SOURCES): string | undefined => {
    for (const version of [1, 2] as const) {
      const [controller, file] = SOURCES[name][version];
      const hierarchy = hierarchyOf(cgroups, controller);
      if (hierarchy?.version === version) return `${cgroupDirectory(hierarchy, config.cgroupPath)}/${file}`;
    }
    return undefined;
  };
  const ownNetwork = config.createNetNS || config.netNsCtr !== undefined;
  return {
    cpu: place('cpu'),
    memory: place('memory'),
    memoryLimit: place('memoryLimit'),
    io: place('io'),
    pids: place('pids'),
    network: ownNetwork ? `/proc/${pid}/net/dev` : undefined,
  };
}

/** Nanoseconds: the one number of cpuacct.usage, or usage_usec of cpu.stat. */
export function parseCpu(text: string): number {
  const usec = /^usage_usec (\d+)$/m.exec(text)?.[1];
  return usec === undefined ? parseNumber(text) : Number(usec) * 1000;
}

/** Bytes: of version 1 `8:0 Read 4096`, of version 2 `8:0 rbytes=4096 wbytes=0`. */
export function parseIo(text: string): { readonly read: number; readonly written: number } {
  let [read, written] = [0, 0];
  const add = (more: unknown): number => (typeof more === 'number' ? more : 0);
  if (text.includes('rbytes=')) {
    for (const values of parseNested(text).values()) {
      read += add(values['rbytes']);
      written += add(values['wbytes']);
    }
  } else {
    for (const values of parseOperations(text).values()) {
      read += values['Read'] ?? 0;
      written += values['Write'] ?? 0;
    }
  }
  return { read, written };
}

/**
 * Bytes of all interfaces but the loopback, from /proc/PID/net/dev: two lines of headings, then
 * `  eth0: 1234 5 0 0 0 0 0 0 5678 ...`, received in the first column and sent in the ninth.
 */
export function parseNetDev(text: string): { readonly received: number; readonly sent: number } {
  let [received, sent] = [0, 0];
  for (const line of text.split('\n')) {
    const match = /^\s*(\S+):\s*(.*)$/.exec(line);
    if (match === null || match[1] === 'lo') continue;
    const columns = (match[2] ?? '').split(/\s+/).map(Number);
    received += columns[0] ?? 0;
    sent += columns[8] ?? 0;
  }
  return { received, sent };
}

const NS_PER_MS = 1e6;

function percent(part: number, whole: number): number {
  return whole > 0 && part > 0 ? (100 * part) / whole : 0;
}

function toStats(
  one: Measured,
  texts: Files,
  { time, monotonicMs }: Moment,
  machineMemory: number,
  before: ContainerStats | undefined,
): ContainerStats {
  const cpuNano = parseCpu(texts.cpu ?? '0');
  const average = percent(cpuNano, millisecondsSince(one.startTicks) * NS_PER_MS);
  // A counter that went back is another run's.
  const earlierMs = before === undefined ? undefined : takenAt.get(before);
  const follows = before !== undefined && before.cpuNano <= cpuNano && earlierMs !== undefined;
  const limit = parseLimit(texts.memoryLimit ?? 'max');
  const memoryLimit = limit === 'max' ? machineMemory : Math.min(limit, machineMemory);
  const memoryUsage = parseNumber(texts.memory ?? '0');
  const { read, written } = parseIo(texts.io ?? '');
  const { received, sent } = parseNetDev(texts.network ?? '');
  const stats: ContainerStats = {
    id: one.config.id,
    name: one.name,
    state: one.state,
    time,
    cpuNano,
    cpuPercent: follows ? percent(cpuNano - before.cpuNano, (monotonicMs - earlierMs) * NS_PER_MS) : average,
    averageCpuPercent: average,
    memoryUsage,
    memoryLimit,
    memoryPercent: percent(memoryUsage, memoryLimit),
    networkInput: received,
    networkOutput: sent,
    blockInput: read,
    blockOutput: written,
    pids: parseNumber(texts.pids ?? '0'),
  };
  takenAt.set(stats, monotonicMs);
  return stats;
}

function nothing(one: Measured, time: Date): ContainerStats {
  return {
    id: one.config.id,
    name: one.name,
    state: one.state,
    time,
    cpuNano: 0,
    cpuPercent: 0,
    averageCpuPercent: 0,
    memoryUsage: 0,
    memoryLimit: 0,
    memoryPercent: 0,
    networkInput: 0,
    networkOutput: 0,
    blockInput: 0,
    blockOutput: 0,
    pids: 0,
  };
}

/**
 * Measures containers, all in one trip to a worker thread.
 *
 * @param machineMemory the memory of the machine in bytes
 * @param before the sample before, by ID
 */
export async function measure(
  cgroups: readonly CgroupHierarchy[],
  containers: readonly Measured[],
  machineMemory: number,
  before: ReadonlyMap<string, ContainerStats>,
): Promise<ContainerStats[]> {
  const plans = containers.map((one) => (isLive(one) ? filesOf(cgroups, one) : undefined));
  const wanted = [
    ...new Set(
      plans.flatMap((plan) => (plan === undefined ? [] : (Object.values(plan) as (string | undefined)[]))),
    ),
  ];
  const paths = wanted.filter((file): file is string => file !== undefined);
  const read = await readProcFiles(paths);
  const texts = new Map(paths.map((file, at) => [file, read[at]]));
  const time = new Date();
  const monotonicMs = performance.now();
  return containers.map((one, index) => {
    const plan = plans[index];
    if (plan === undefined) return nothing(one, time);
    const textOf = (file: string | undefined): string | undefined =>
      file === undefined ? undefined : texts.get(file);
    const told: Files = {
      cpu: textOf(plan.cpu),
      memory: textOf(plan.memory),
      memoryLimit: textOf(plan.memoryLimit),
      io: textOf(plan.io),
      pids: textOf(plan.pids),
      network: textOf(plan.network),
    };
    return toStats(one, told, { time, monotonicMs }, machineMemory, before.get(one.config.id));
  });
}
