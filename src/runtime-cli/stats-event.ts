import type { CgroupLimits } from '../linux/cgroups/limits.js';
import type { CgroupStats } from '../linux/cgroups/stats.js';

const NSEC_PER_USEC = 1000;

/** What version 1 has for a limit that there is not. Readers take 64 bits, which the largest number as JSON writes it would exceed. */
const NO_LIMIT = 2 ** 63 - 4096;

/** A limit as a number of JSON. */
function limitOf(limit: number | bigint | 'max' | undefined): number | undefined {
  if (limit === undefined) return undefined;
  return limit === 'max' ? NO_LIMIT : Number(limit);
}

function nsec(usec: number | undefined): number | undefined {
  return usec === undefined ? undefined : usec * NSEC_PER_USEC;
}

/** Numbers of one disk, as runc lists them by operation. */
function entries(
  io: CgroupStats['io'],
  read: 'readBytes' | 'readOperations',
  write: 'writeBytes' | 'writeOperations',
): { major: number; minor: number; op: string; value: number }[] {
  return (io ?? []).flatMap(({ device, ...numbers }) => {
    const [major = 0, minor = 0] = device.split(':').map(Number);
    return [
      { major, minor, op: 'Read', value: numbers[read] },
      { major, minor, op: 'Write', value: numbers[write] },
    ];
  });
}

/** The usage of a cgroup in the shape of the `data` of runc's events: times in nanoseconds, memory in bytes. */
export function statsEvent(stats: CgroupStats, limits: CgroupLimits): Readonly<Record<string, unknown>> {
  const { cpu, memory, pids, io, hugetlb } = stats;
  return {
    cpu: {
      usage: { total: nsec(cpu?.usageUsec), kernel: nsec(cpu?.systemUsec), user: nsec(cpu?.userUsec) },
      throttling: {
        periods: cpu?.periods,
        throttledPeriods: cpu?.throttledPeriods,
        throttledTime: nsec(cpu?.throttledUsec),
      },
    },
    memory: {
      cache: memory?.stat['cache'] ?? memory?.stat['file'],
      usage: {
        limit: limitOf(limits.memory?.max),
        usage: memory?.usage,
        max: memory?.peak,
        failcnt: memory?.events?.max,
      },
      swap: { limit: limitOf(limits.memory?.swap), usage: memory?.swapUsage, max: memory?.swapPeak },
      raw: memory?.stat,
    },
    pids: {
      current: pids?.current,
      limit: limits.pids?.max === 'max' ? undefined : limitOf(limits.pids?.max),
    },
    blkio: {
      ioServiceBytesRecursive: entries(io, 'readBytes', 'writeBytes'),
      ioServicedRecursive: entries(io, 'readOperations', 'writeOperations'),
    },
    hugetlb: Object.fromEntries(
      Object.entries(hugetlb ?? {}).map(([size, usage]) => [size, { usage: limitOf(usage) }]),
    ),
  };
}
