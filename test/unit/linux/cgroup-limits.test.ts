import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blkioOfIoWeight,
  ioWeightOfBlkio,
  sharesOfWeight,
  weightOfShares,
} from '../../../src/base/cgroup-weights.js';
import { LIMITS_V1 } from '../../../src/linux/cgroups/limits-v1.js';
import { LIMITS_V2 } from '../../../src/linux/cgroups/limits-v2.js';
import type { CgroupLimits, LimitCodec, LimitKind, LimitWrite } from '../../../src/linux/cgroups/limits.js';
import { STATS_V2 } from '../../../src/linux/cgroups/stats.js';

const INVALID = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const none = (): undefined => undefined;

/** Files of a cgroup, as the kernel shows them. */
const reading = (files: Readonly<Record<string, string>>) => (file: string) => files[file];

describe('weights', () => {
  it('of version 2 lead to shares that lead back', () => {
    for (let weight = 1; weight <= 10_000; weight++)
      expect(weightOfShares(sharesOfWeight(weight))).toBe(weight);
    expect([weightOfShares(2), weightOfShares(262_144), weightOfShares(0)]).toEqual([1, 10_000, 0]);
  });

  it('of blkio span those of io', () => {
    expect([ioWeightOfBlkio(10), ioWeightOfBlkio(1000)]).toEqual([1, 10_000]);
    for (let weight = 10; weight <= 1000; weight++)
      expect(Math.abs(blkioOfIoWeight(ioWeightOfBlkio(weight)) - weight)).toBeLessThanOrEqual(1);
  });
});

describe('limits of version 2', () => {
  it('are written as cgroup-v2.rst has them', () => {
    expect(LIMITS_V2.cpu.encode({ weight: 50, quota: 20_000, burst: 5, idle: false }, none)).toEqual([
      { file: 'cpu.idle', value: '0' },
      { file: 'cpu.weight', value: '50' },
      { file: 'cpu.max', value: '20000' },
      { file: 'cpu.max.burst', value: '5' },
    ]);
    const cpuMax = reading({ 'cpu.max': '30000 100000\n' });
    expect(LIMITS_V2.cpu.encode({ period: 50_000 }, cpuMax)).toEqual([
      { file: 'cpu.max', value: '30000 50000' },
    ]);
    expect(LIMITS_V2.cpu.encode({ quota: 'max', period: 50_000 }, cpuMax)).toEqual([
      { file: 'cpu.max', value: 'max 50000' },
    ]);
    expect(
      LIMITS_V2.memory.encode({ max: 10, high: 'max', low: 3, min: 2, swap: 0, oomGroup: true }, none),
    ).toEqual([
      { file: 'memory.min', value: '2' },
      { file: 'memory.low', value: '3' },
      { file: 'memory.high', value: 'max' },
      { file: 'memory.max', value: '10' },
      { file: 'memory.swap.max', value: '0' },
      { file: 'memory.oom.group', value: '1' },
    ]);
    expect(
      LIMITS_V2.io.encode(
        { weight: 7, max: [{ device: '8:0', readBytes: 5, writeOperations: 'max' }] },
        none,
      ),
    ).toEqual([
      { file: 'io.weight', value: 'default 7' },
      { file: 'io.max', value: '8:0 rbps=5 wiops=max' },
    ]);
    expect(LIMITS_V2.cpuset.encode({ cpus: [0, 1, 2], mems: [] }, none)).toEqual([
      { file: 'cpuset.cpus', value: '0-2\n' },
      { file: 'cpuset.mems', value: '\n' },
    ]);
    expect(LIMITS_V2.rdma.encode({ mlx4_0: { handles: 2, objects: 'max' } }, none)).toEqual([
      { file: 'rdma.max', value: 'mlx4_0 hca_handle=2 hca_object=max' },
    ]);
    expect(LIMITS_V2.hugetlb.encode({ '2MB': 'max' }, none)).toEqual([
      { file: 'hugetlb.2MB.max', value: 'max' },
    ]);
  });

  it('are read as the kernel shows them', () => {
    const read = reading({
      'cpu.weight': '100\n',
      'cpu.max': 'max 100000\n',
      'cpu.max.burst': '0\n',
      'cpu.idle': '0\n',
      'memory.max': '134217728\n',
      'memory.high': 'max\n',
      'memory.low': '0\n',
      'memory.min': '4096\n',
      'memory.swap.max': 'max\n',
      'memory.oom.group': '1\n',
      'io.weight': 'default 100\n8:16 200\n',
      'io.max': '8:16 rbps=2097152 wbps=max riops=max wiops=120\n',
      'cpuset.cpus': '\n',
      'pids.max': '100\n',
      'rdma.max': 'mlx4_0 hca_handle=2 hca_object=max\n',
      'hugetlb.2MB.max': 'max\n',
    });
    expect(LIMITS_V2.cpu.decode(read)).toEqual({
      weight: 100,
      quota: 'max',
      period: 100_000,
      burst: 0,
      idle: false,
    });
    expect(LIMITS_V2.memory.decode(read)).toEqual({
      max: 134_217_728,
      high: 'max',
      low: 0,
      min: 4096,
      swap: 'max',
      oomGroup: true,
    });
    expect(LIMITS_V2.io.decode(read)).toEqual({
      weight: 100,
      max: [
        {
          device: '8:16',
          readBytes: 2_097_152,
          writeBytes: 'max',
          readOperations: 'max',
          writeOperations: 120,
        },
      ],
    });
    expect(LIMITS_V2.cpuset.decode(read)).toEqual({ cpus: [] });
    expect(LIMITS_V2.pids.decode(read)).toEqual({ max: 100 });
    expect(LIMITS_V2.rdma.decode(read)).toEqual({ mlx4_0: { handles: 2, objects: 'max' } });
    expect(LIMITS_V2.hugetlb.decode(read)).toEqual({ '2MB': 'max' });
  });
});

describe('limits of version 1', () => {
  it('make room before memory grows, and take it away after', () => {
    const both = reading({
      'memory.memsw.limit_in_bytes': '100\n',
      'memory.limit_in_bytes': '80\n',
    });
    const files = (writes: readonly LimitWrite[]): string[] =>
      writes.map(({ file, value }) => `${file} ${value}`);
    const [memory, memsw] = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'];
    expect(files(LIMITS_V1.memory.encode({ max: 200, swap: 0 }, both))).toEqual([
      `${memsw} 200`,
      `${memory} 200`,
    ]);
    expect(files(LIMITS_V1.memory.encode({ max: 50, swap: 10 }, both))).toEqual([
      `${memory} 50`,
      `${memsw} 60`,
    ]);
    expect(files(LIMITS_V1.memory.encode({ swap: 30 }, both))).toEqual([`${memsw} 110`]);
    expect(files(LIMITS_V1.memory.encode({ max: 'max', swap: 'max' }, both))).toEqual([
      `${memsw} -1`,
      `${memory} -1`,
    ]);
  });
});

/** Writes and reads again, where each write replaces a file: one limit at a time for those that have a line a device. */
function roundTrip<Kind extends LimitKind>(
  codec: LimitCodec<Kind>,
  limits: NonNullable<CgroupLimits[Kind]>,
): unknown {
  const files: Record<string, string> = {};
  for (const { file, value } of codec.encode(limits, none)) files[file] = `${value}\n`;
  return codec.decode(reading(files));
}

describe('limits of both versions', () => {
  const limit = fc.oneof(fc.nat(), fc.constant('max' as const));
  it('are what was set', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        limit,
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.nat(),
        fc.boolean(),
        (weight, quota, period, burst, idle) => {
          const cpu = { weight, quota, period, burst, idle };
          expect(roundTrip(LIMITS_V1.cpu, cpu)).toEqual(cpu);
          expect(roundTrip(LIMITS_V2.cpu, cpu)).toEqual(cpu);
        },
      ),
    );
    fc.assert(
      fc.property(fc.nat(), limit, limit, (max, low, swap) => {
        expect(roundTrip(LIMITS_V1.memory, { max, low, swap })).toEqual({ max, low, swap });
        expect(roundTrip(LIMITS_V2.memory, { max, low, swap })).toEqual({ max, low, swap });
      }),
    );
  });

  it.each([
    ['cpu', { weight: 0 }],
    ['cpu', { period: 0 }],
    ['cpu', { burst: -1 }],
    ['memory', { max: 1.5 }],
    ['memory', { max: Number.NaN }],
    ['pids', { max: -5 }],
    ['io', { weight: 10_001 }],
    ['io', { max: [{ device: '8', readBytes: 1 }] }],
    ['hugetlb', { huge: 1 }],
  ] as const)('of %s may not be %j', (kind, limits) => {
    for (const codecs of [LIMITS_V1, LIMITS_V2])
      expect(() => (codecs[kind] as unknown as LimitCodec<LimitKind>).encode(limits, none)).toThrow(INVALID);
  });

  it('that only the other version has are refused by name', () => {
    expect(() => LIMITS_V1.memory.encode({ high: 1 }, none)).toThrow(/memory.high is of cgroup version 2/);
    expect(() => LIMITS_V2.memory.encode({ oomKill: false }, none)).toThrow(/of cgroup version 1/);
    expect(() => LIMITS_V1.cpuset.encode({ cpus: [] }, none)).toThrow(/may not be empty/);
    expect(() => LIMITS_V1.memory.encode({ swap: 1 }, none)).toThrow(/needs memory.max/);
  });
});

describe('statistics of version 2', () => {
  it('are read as the kernel shows them', () => {
    const read = reading({
      'cpu.stat':
        'usage_usec 1000\nuser_usec 600\nsystem_usec 400\nnice_usec 0\nnr_periods 5\nnr_throttled 2\nthrottled_usec 77\nnr_bursts 1\nburst_usec 9\n',
      'memory.current': '4096\n',
      'memory.peak': '8192\n',
      'memory.swap.current': '0\n',
      'memory.events': 'low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 0\n',
      'memory.stat': 'anon 100\nfile 200\nslab_reclaimable 7\n',
      'io.stat': '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:16 \n',
      'pids.current': '3\n',
      'pids.peak': '9\n',
      'pids.events': 'max 1\n',
      'rdma.current': 'mlx4_0 hca_handle=1 hca_object=20\n',
      'hugetlb.2MB.current': '2097152\n',
    });
    expect(STATS_V2.cpu?.decode(read)).toEqual({
      usageUsec: 1000,
      userUsec: 600,
      systemUsec: 400,
      periods: 5,
      throttledPeriods: 2,
      throttledUsec: 77,
      bursts: 1,
      burstUsec: 9,
    });
    expect(STATS_V2.memory?.decode(read)).toEqual({
      usage: 4096,
      peak: 8192,
      swapUsage: 0,
      events: { low: 0, high: 1, max: 2, oom: 3, oomKill: 4, oomGroupKill: 0 },
      stat: { anon: 100, file: 200, slab_reclaimable: 7 },
    });
    const nothing = { readBytes: 0, writeBytes: 0, readOperations: 0, writeOperations: 0 };
    expect(STATS_V2.io?.decode(read)).toEqual([
      {
        device: '8:0',
        readBytes: 1,
        writeBytes: 2,
        readOperations: 3,
        writeOperations: 4,
        discardBytes: 5,
        discardOperations: 6,
      },
      { device: '8:16', ...nothing, discardBytes: 0, discardOperations: 0 },
    ]);
    expect(STATS_V2.pids?.decode(read)).toEqual({ current: 3, peak: 9, refused: 1 });
    expect(STATS_V2.rdma?.decode(read)).toEqual({ mlx4_0: { handles: 1, objects: 20 } });
    expect(STATS_V2.hugetlb?.decode(read)).toEqual({ '2MB': 2_097_152 });
    expect(STATS_V2.memory?.decode(none)).toBeUndefined();
  });
});
