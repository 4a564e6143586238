import { describe, expect, it } from 'vitest';
import type { CgroupHierarchy } from '../../../src/base/cgroup-hierarchy.js';
import { limitWrites } from '../../../src/launch/limit-writes.js';
import type { LinuxResources } from '../../../src/oci/runtime-spec.js';

const V1: readonly CgroupHierarchy[] = [
  ...['cpu', 'cpuset', 'memory', 'pids', 'blkio', 'hugetlb', 'net_cls', 'net_prio', 'rdma'].map((name) => ({
    version: 1 as const,
    controllers: [name],
    mountpoint: `/${name}`,
  })),
];
const V2: readonly CgroupHierarchy[] = [
  {
    version: 2,
    controllers: ['cpu', 'cpuset', 'memory', 'io', 'pids', 'hugetlb', 'rdma'],
    mountpoint: '/v2',
  },
];

/** The files of each version, and what is written to them. */
const WRITES: readonly (readonly [
  field: string,
  LinuxResources,
  v1: readonly string[],
  v2: readonly string[],
])[] = [
  [
    'cpu.burst and cpu.idle',
    { cpu: { quota: 50_000, burst: 10_000, idle: 1 } },
    ['/cpu/c/cpu.cfs_quota_us=50000', '/cpu/c/cpu.cfs_burst_us=10000', '/cpu/c/cpu.idle=1'],
    ['/v2/c/cpu.max=50000 100000', '/v2/c/cpu.max.burst=10000', '/v2/c/cpu.idle=1'],
  ],
  [
    'hugepageLimits',
    { hugepageLimits: [{ pageSize: '2MB', limit: 4_194_304 }] },
    ['/hugetlb/c/hugetlb.2MB.limit_in_bytes=4194304'],
    ['/v2/c/hugetlb.2MB.max=4194304', '/v2/c/hugetlb.2MB.rsvd.max=4194304'],
  ],
  [
    'rdma',
    { rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 }, mlx4_0: { hcaObjects: 1 } } },
    ['/rdma/c/rdma.max=mlx5_1 hca_handle=3 hca_object=10000', '/rdma/c/rdma.max=mlx4_0 hca_object=1'],
    ['/v2/c/rdma.max=mlx5_1 hca_handle=3 hca_object=10000', '/v2/c/rdma.max=mlx4_0 hca_object=1'],
  ],
];

/** What a version cannot do, and the words that name it. */
const REFUSED: readonly (readonly [LinuxResources, readonly CgroupHierarchy[], words: string])[] = [
  [{ memory: { kernel: 1 } }, V2, 'memory.kernel'],
  [{ memory: { kernelTCP: 1 } }, V2, 'memory.kernelTCP'],
  [{ memory: { swappiness: 1 } }, V2, 'memory.swappiness'],
  [{ cpu: { realtimeRuntime: 1 } }, V2, 'cpu.realtimeRuntime'],
  [{ cpu: { realtimePeriod: 1 } }, V2, 'cpu.realtimePeriod'],
  [{ network: { classID: 7 } }, V2, 'net_cls.classid'],
  [{ network: { priorities: [{ name: 'eth0', priority: 1 }] } }, V2, 'net_prio.ifpriomap'],
  [{ blockIO: { leafWeight: 10 } }, V1, 'blockIO.leafWeight'],
  [{ blockIO: { weightDevice: [{ major: 8, minor: 0, leafWeight: 10 }] } }, V2, 'blockIO.leafWeight'],
  [{ unified: { 'memory.high': '1' } }, V1, 'memory.high'],
  [{ unified: { 'cgroup.max.depth': '1' } }, V1, 'cgroup.max.depth'],
];

function written(cgroups: readonly CgroupHierarchy[], resources: LinuxResources): string[] {
  return ([1, 2] as const).flatMap((version) =>
    limitWrites(cgroups, '/c', resources, version).map(({ path, value }) => `${path}=${value}`),
  );
}

describe('resources', () => {
  it.each(WRITES)('%s are written as each version has them', (_field, resources, v1, v2) => {
    expect(written(V1, resources)).toEqual(v1);
    expect(written(V2, resources)).toEqual(v2);
  });

  it('network, kernel memory and realtime time are written where version 1 is', () => {
    const resources: LinuxResources = {
      network: { classID: 7, priorities: [{ name: 'eth0', priority: 5 }] },
      memory: { kernel: 1, kernelTCP: 2 },
      cpu: { realtimePeriod: 3, realtimeRuntime: 4 },
    };
    expect(written(V1, resources)).toEqual([
      '/memory/c/memory.kmem.limit_in_bytes=1',
      '/memory/c/memory.kmem.tcp.limit_in_bytes=2',
      '/cpu/c/cpu.rt_period_us=3',
      '/cpu/c/cpu.rt_runtime_us=4',
      '/net_cls/c/net_cls.classid=7',
      '/net_prio/c/net_prio.ifpriomap=eth0 5',
    ]);
  });

  it('unified are files of version 2, those of its core too', () => {
    expect(written(V2, { unified: { 'memory.high': '1', 'cgroup.max.depth': '3' } })).toEqual([
      '/v2/c/memory.high=1',
      '/v2/c/cgroup.max.depth=3',
    ]);
  });

  it.each(REFUSED)('that a machine cannot hold are refused by name: %j', (resources, cgroups, words) => {
    expect(() => written(cgroups, resources)).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', message: expect.stringContaining(words) as string }),
    );
  });
});
