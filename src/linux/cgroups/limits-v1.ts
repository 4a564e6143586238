import {
  blkioOfIoWeight,
  ioWeightOfBlkio,
  sharesOfWeight,
  weightOfShares,
} from '../../base/cgroup-weights.js';
import { decodeHuge, hugeFiles, hugeText } from './hugetlb.js';
import { LIMITS_V2 } from './limits-v2.js';
import { defined, deviceText, limitText, wholeText, type LimitCodecs, type LimitWrite } from './limits.js';
import { formatIdList, parseFlat, parseLimit, parseNumber, parseRates, type Limit } from './text.js';
import { invalid } from '../kernel-error.js';

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseNumber(text);
const limitOf = (text: string | undefined): Limit | undefined =>
  text === undefined ? undefined : parseLimit(text);

const THROTTLES = {
  readBytes: 'blkio.throttle.read_bps_device',
  writeBytes: 'blkio.throttle.write_bps_device',
  readOperations: 'blkio.throttle.read_iops_device',
  writeOperations: 'blkio.throttle.write_iops_device',
} as const;
const THROTTLE_NAMES = Object.keys(THROTTLES) as (keyof typeof THROTTLES)[];

/** How much of a limit of memory and swap together is swap. */
function swapOf(max: Limit | undefined, both: Limit | undefined): Limit | undefined {
  if (both === undefined || both === 'max') return both;
  return max === undefined || max === 'max' ? 'max' : Math.max(0, both - max);
}

/** The limits of version 1: Documentation/admin-guide/cgroup-v1. */
export const LIMITS_V1: LimitCodecs = {
  cpu: {
    files: ['cpu.shares', 'cpu.cfs_quota_us', 'cpu.cfs_period_us', 'cpu.cfs_burst_us', 'cpu.idle'],
    encode({ weight, quota, period, burst, idle }) {
      const writes: LimitWrite[] = [];
      if (idle !== undefined) writes.push({ file: 'cpu.idle', value: idle ? '1' : '0' });
      if (weight !== undefined) {
        wholeText('cpu.weight', weight, 1, 10_000);
        writes.push({ file: 'cpu.shares', value: String(sharesOfWeight(weight)) });
      }
      // The period first: a quota is checked against it.
      if (period !== undefined)
        writes.push({ file: 'cpu.cfs_period_us', value: wholeText('cpu.period', period, 1) });
      if (quota !== undefined)
        writes.push({ file: 'cpu.cfs_quota_us', value: limitText('cpu.quota', quota, '-1') });
      if (burst !== undefined)
        writes.push({ file: 'cpu.cfs_burst_us', value: wholeText('cpu.burst', burst) });
      return writes;
    },
    decode(read) {
      const shares = numberOf(read('cpu.shares'));
      const idle = numberOf(read('cpu.idle'));
      return defined({
        weight: shares === undefined ? undefined : weightOfShares(shares),
        quota: limitOf(read('cpu.cfs_quota_us')),
        period: numberOf(read('cpu.cfs_period_us')),
        burst: numberOf(read('cpu.cfs_burst_us')),
        idle: idle === undefined ? undefined : idle !== 0,
      });
    },
  },
  cpuset: {
    ...LIMITS_V2.cpuset,
    encode({ cpus, mems }) {
      return (
        [
          ['cpus', cpus],
          ['mems', mems],
        ] as const
      ).flatMap(([name, ids]): LimitWrite[] => {
        if (ids === undefined) return [];
        if (ids.length === 0) throw invalid(`cpuset.${name} of cgroup version 1 may not be empty`);
        return [{ file: `cpuset.${name}`, value: formatIdList(ids) }];
      });
    },
  },
  memory: {
    files: [
      'memory.limit_in_bytes',
      'memory.memsw.limit_in_bytes',
      'memory.soft_limit_in_bytes',
      'memory.oom_control',
      'memory.swappiness',
    ],
    encode({ max, high, low, min, swap, oomGroup, oomKill, swappiness }, read) {
      for (const [name, value] of Object.entries({ high, min, oomGroup }))
        if (value !== undefined)
          throw invalid(`memory.${name} is of cgroup version 2, and this is version 1`);
      const writes: LimitWrite[] = [];
      const limit: LimitWrite[] =
        max === undefined
          ? []
          : [{ file: 'memory.limit_in_bytes', value: limitText('memory.max', max, '-1') }];
      if (swap === undefined) {
        writes.push(...limit);
      } else {
        const base = max ?? parseLimit(read('memory.limit_in_bytes') ?? 'max');
        if (swap !== 'max' && base === 'max')
          throw invalid(
            'memory.swap of cgroup version 1 needs memory.max: it limits memory and swap together',
          );
        const both: Limit = swap === 'max' || base === 'max' ? 'max' : base + swap;
        limitText('memory.swap', swap);
        const write = { file: 'memory.memsw.limit_in_bytes', value: limitText('memory.swap', both, '-1') };
        // Memory alone may never be above both together: what grows makes room first.
        const before = parseLimit(read('memory.memsw.limit_in_bytes') ?? 'max');
        const grows = before !== 'max' && (both === 'max' || both > before);
        writes.push(...(grows ? [write, ...limit] : [...limit, write]));
      }
      if (low !== undefined)
        writes.push({ file: 'memory.soft_limit_in_bytes', value: limitText('memory.low', low, '-1') });
      if (oomKill !== undefined) writes.push({ file: 'memory.oom_control', value: oomKill ? '0' : '1' });
      if (swappiness !== undefined)
        writes.push({
          file: 'memory.swappiness',
          value: wholeText('memory.swappiness', swappiness, 0, 200),
        });
      return writes;
    },
    decode(read) {
      const max = limitOf(read('memory.limit_in_bytes'));
      const disabled = parseFlat(read('memory.oom_control') ?? '')['oom_kill_disable'];
      return defined({
        max,
        low: limitOf(read('memory.soft_limit_in_bytes')),
        swap: swapOf(max, limitOf(read('memory.memsw.limit_in_bytes'))),
        oomKill: disabled === undefined ? undefined : disabled === 0,
        swappiness: numberOf(read('memory.swappiness')),
      });
    },
  },
  pids: LIMITS_V2.pids,
  io: {
    files: ['blkio.bfq.weight', ...Object.values(THROTTLES)],
    encode({ weight, max = [] }) {
      const writes = max.flatMap((limit) =>
        THROTTLE_NAMES.flatMap((name): LimitWrite[] => {
          const value = limit[name];
          // 0 takes the limit away.
          const text = value === undefined ? '' : limitText(`io.max ${name}`, value, '0');
          return text === '' ? [] : [{ file: THROTTLES[name], value: `${deviceText(limit.device)} ${text}` }];
        }),
      );
      if (weight === undefined) return writes;
      wholeText('io.weight', weight, 1, 10_000);
      return [{ file: 'blkio.bfq.weight', value: String(blkioOfIoWeight(weight)) }, ...writes];
    },
    decode(read) {
      const rates = THROTTLE_NAMES.map((name) => [name, parseRates(read(THROTTLES[name]) ?? '')] as const);
      const devices = [...new Set(rates.flatMap(([, found]) => [...found.keys()]))];
      const weight = /(\d+)\s*$/.exec(read('blkio.bfq.weight')?.split('\n')[0] ?? '')?.[1];
      return defined({
        weight: weight === undefined ? undefined : ioWeightOfBlkio(Number(weight)),
        max: devices.map((device) => ({
          device,
          ...Object.fromEntries(rates.map(([name, found]) => [name, found.get(device) ?? 'max'])),
        })),
      });
    },
  },
  hugetlb: {
    files: hugeFiles('limit_in_bytes'),
    encode: (limits) =>
      Object.entries(limits).map(([size, value]) => ({
        file: `hugetlb.${hugeText(size)}.limit_in_bytes`,
        value: limitText(`hugetlb ${size}`, value, '-1'),
      })),
    decode: (read) => decodeHuge(read, 'limit_in_bytes'),
  },
  rdma: LIMITS_V2.rdma,
};
