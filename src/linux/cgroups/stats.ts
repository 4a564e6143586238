import { decodeHuge, hugeFiles } from './hugetlb.js';
import { defined, type ReadFile } from './limits.js';
import {
  parseFlat,
  parseNested,
  parseNumber,
  parseOperations,
  parsePressure,
  type Limit,
  type Pressure,
} from './text.js';

/** Processor time in microseconds. */
export interface CpuStats {
  readonly usageUsec?: number;
  readonly userUsec?: number;
  readonly systemUsec?: number;
  /** Periods of its quota that passed; those in which it was throttled, and for how long in all. */
  readonly periods?: number;
  readonly throttledPeriods?: number;
  readonly throttledUsec?: number;
  /** Periods in which it used more than its quota, out of its burst, and how much. */
  readonly bursts?: number;
  readonly burstUsec?: number;
}

/** How often memory's limits were met (memory.events; of version 1 the two that it counts). */
export interface MemoryEvents {
  readonly low?: number;
  readonly high?: number;
  readonly max?: number;
  readonly oom?: number;
  readonly oomKill?: number;
  readonly oomGroupKill?: number;
}

/** Bytes. */
export interface MemoryStats {
  readonly usage?: number;
  readonly peak?: number;
  /** Swap alone; of version 1 what memory and swap together have beyond memory. */
  readonly swapUsage?: number;
  readonly swapPeak?: number;
  readonly events?: MemoryEvents;
  /** memory.stat, by the names of the version; of the cgroup and those beneath it. */
  readonly stat: Readonly<Record<string, number>>;
}

export interface PidsStats {
  readonly current?: number;
  readonly peak?: number;
  /** How often a fork was refused. */
  readonly refused?: number;
}

/** What went to and from one block device. */
export interface IoStats {
  /** Its numbers: `8:0`. */
  readonly device: string;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly readOperations: number;
  readonly writeOperations: number;
  readonly discardBytes: number;
  readonly discardOperations: number;
}

/** What a cgroup and those beneath it have used; the controllers that the machine has. */
export interface CgroupStats {
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly pids?: PidsStats;
  readonly io?: readonly IoStats[];
  /** Bytes, by the size of the pages. */
  readonly hugetlb?: Readonly<Record<string, Limit>>;
  readonly rdma?: Readonly<Record<string, { readonly handles?: Limit; readonly objects?: Limit }>>;
  /** Only of version 2, or of a hybrid machine, if the kernel counts it (CONFIG_PSI). */
  readonly pressure?: {
    readonly cpu?: Pressure;
    readonly memory?: Pressure;
    readonly io?: Pressure;
    readonly irq?: Pressure;
  };
}

/** How one version tells one part of the statistics. */
export interface StatsReader<Part extends keyof CgroupStats> {
  /** The controllers any of which has the files: a file is looked for where its name begins with one. */
  readonly files: readonly string[];
  decode(read: ReadFile): CgroupStats[Part] | undefined;
}

export type StatsReaders = { readonly [Part in keyof CgroupStats]?: StatsReader<Part> };

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseNumber(text);

const flat = (read: ReadFile, file: string): Record<string, number> => parseFlat(read(file) ?? '');

const USEC_PER_NSEC = 1 / 1000;

/** Nanoseconds as microseconds. */
function usec(nsec: number | undefined): number | undefined {
  return nsec === undefined ? undefined : Math.floor(nsec * USEC_PER_NSEC);
}

/** Undefined if nothing is known. */
function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

const pids: StatsReader<'pids'> = {
  files: ['pids.current', 'pids.peak', 'pids.events'],
  decode: (read) =>
    unlessEmpty(
      defined({
        current: numberOf(read('pids.current')),
        peak: numberOf(read('pids.peak')),
        refused: flat(read, 'pids.events')['max'],
      }),
    ),
};

const rdma: StatsReader<'rdma'> = {
  files: ['rdma.current'],
  decode: (read) => {
    const text = read('rdma.current');
    if (text === undefined) return undefined;
    return Object.fromEntries(
      [...parseNested(text)].map(([device, values]) => [
        device,
        defined({ handles: values['hca_handle'], objects: values['hca_object'] }),
      ]),
    );
  },
};

const PRESSURES = ['cpu', 'memory', 'io', 'irq'] as const;

/** The counts of memory.events. */
export function parseMemoryEvents(text: string): MemoryEvents {
  const counts = parseFlat(text);
  return defined({
    low: counts['low'],
    high: counts['high'],
    max: counts['max'],
    oom: counts['oom'],
    oomKill: counts['oom_kill'],
    oomGroupKill: counts['oom_group_kill'],
  });
}

/** Version 2: Documentation/admin-guide/cgroup-v2.rst. */
export const STATS_V2: StatsReaders = {
  cpu: {
    files: ['cpu.stat'],
    decode(read) {
      const stat = flat(read, 'cpu.stat');
      return unlessEmpty(
        defined({
          usageUsec: stat['usage_usec'],
          userUsec: stat['user_usec'],
          systemUsec: stat['system_usec'],
          periods: stat['nr_periods'],
          throttledPeriods: stat['nr_throttled'],
          throttledUsec: stat['throttled_usec'],
          bursts: stat['nr_bursts'],
          burstUsec: stat['burst_usec'],
        }),
      );
    },
  },
  memory: {
    files: [
      'memory.current',
      'memory.peak',
      'memory.swap.current',
      'memory.swap.peak',
      'memory.events',
      'memory.stat',
    ],
    decode(read) {
      const stat = read('memory.stat');
      const events = read('memory.events');
      if (stat === undefined) return undefined;
      return {
        ...defined({
          usage: numberOf(read('memory.current')),
          peak: numberOf(read('memory.peak')),
          swapUsage: numberOf(read('memory.swap.current')),
          swapPeak: numberOf(read('memory.swap.peak')),
          events: events === undefined ? undefined : parseMemoryEvents(events),
        }),
        stat: parseFlat(stat),
      };
    },
  },
  pids,
  io: {
    files: ['io.stat'],
    decode(read) {
      const text = read('io.stat');
      if (text === undefined) return undefined;
      return [...parseNested(text)].map(([device, values]) => {
        const count = (key: string): number => Number(values[key] ?? 0);
        return {
          device,
          readBytes: count('rbytes'),
          writeBytes: count('wbytes'),
          readOperations: count('rios'),
          writeOperations: count('wios'),
          discardBytes: count('dbytes'),
          discardOperations: count('dios'),
        };
      });
    },
  },
  hugetlb: {
    files: hugeFiles('current'),
    decode: (read) => unlessEmpty(decodeHuge(read, 'current')),
  },
  rdma,
  pressure: {
    files: PRESSURES.map((resource) => `${resource}.pressure`),
    decode(read) {
      const found = PRESSURES.flatMap((resource) => {
        const text = read(`${resource}.pressure`);
        return text === undefined ? [] : [[resource, parsePressure(text)] as const];
      });
      return unlessEmpty(Object.fromEntries(found));
    },
  },
};

/** Version 1: Documentation/admin-guide/cgroup-v1. */
export const STATS_V1: StatsReaders = {
  cpu: {
    files: ['cpuacct.usage', 'cpuacct.usage_user', 'cpuacct.usage_sys', 'cpu.stat'],
    decode(read) {
      const stat = flat(read, 'cpu.stat');
      return unlessEmpty(
        defined({
          usageUsec: usec(numberOf(read('cpuacct.usage'))),
          userUsec: usec(numberOf(read('cpuacct.usage_user'))),
          systemUsec: usec(numberOf(read('cpuacct.usage_sys'))),
          periods: stat['nr_periods'],
          throttledPeriods: stat['nr_throttled'],
          throttledUsec: usec(stat['throttled_time']),
          bursts: stat['nr_bursts'],
          burstUsec: usec(stat['burst_time']),
        }),
      );
    },
  },
  memory: {
    files: [
      'memory.usage_in_bytes',
      'memory.max_usage_in_bytes',
      'memory.memsw.usage_in_bytes',
      'memory.failcnt',
      'memory.oom_control',
      'memory.stat',
    ],
    decode(read) {
      const stat = read('memory.stat');
      if (stat === undefined) return undefined;
      const usage = numberOf(read('memory.usage_in_bytes'));
      const both = numberOf(read('memory.memsw.usage_in_bytes'));
      return {
        ...defined({
          usage,
          peak: numberOf(read('memory.max_usage_in_bytes')),
          swapUsage: usage === undefined || both === undefined ? undefined : Math.max(0, both - usage),
          events: defined({
            max: numberOf(read('memory.failcnt')),
            oomKill: flat(read, 'memory.oom_control')['oom_kill'],
          }),
        }),
        stat: parseFlat(stat),
      };
    },
  },
  pids,
  io: {
    files: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
    decode(read) {
      const text = read('blkio.throttle.io_service_bytes_recursive');
      if (text === undefined) return undefined;
      const operations = parseOperations(read('blkio.throttle.io_serviced_recursive') ?? '');
      return [...parseOperations(text)].map(([device, bytes]) => {
        const counts = operations.get(device) ?? {};
        return {
          device,
          readBytes: bytes['Read'] ?? 0,
          writeBytes: bytes['Write'] ?? 0,
          readOperations: counts['Read'] ?? 0,
          writeOperations: counts['Write'] ?? 0,
          discardBytes: bytes['Discard'] ?? 0,
          discardOperations: counts['Discard'] ?? 0,
        };
      });
    },
  },
  hugetlb: {
    files: hugeFiles('usage_in_bytes'),
    decode: (read) => unlessEmpty(decodeHuge(read, 'usage_in_bytes')),
  },
  rdma,
};
