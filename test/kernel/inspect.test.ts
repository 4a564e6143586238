import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { TestStore } from '../support/store.js';

/** Each value is what podman 4.3.1 tells of a container with these options, but for the order of options of mounts. */
describe.runIf(requires({ root: true, busybox: true }))('inspect', () => {
  it('tells what a container gets of its host, as podman does', async () => {
    await using store = TestStore.make();
    const runtime = await store.open();
    const source = store.makeDirectory('source');
    const container = await runtime.createContainer({
      rootfs: busyboxRoot(store.makeDirectory('rootfs')),
      command: ['true'],
      resources: {
        cpuPeriod: 100_000,
        cpuQuota: 50_000,
        memory: 64 << 20,
        memoryReservation: 32 << 20,
        pidsLimit: 50,
        cpuShares: 512,
      },
      capAdd: ['SYS_TIME'],
      capDrop: ['CHOWN'],
      noNewPrivileges: true,
      seccomp: 'unconfined',
      addHosts: ['db:10.0.0.9'],
      mounts: [
        { destination: '/scratch', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
        { destination: '/mnt', type: 'bind', source, options: ['rbind', 'ro'] },
      ],
      ulimits: [{ name: 'nofile', soft: 100, hard: 200 }],
      oomScoreAdj: 100,
      namespaces: { uts: 'host', pid: 'host', ipc: 'private' },
      annotations: { x: 'y' },
    });
    const { HostConfig, BoundingCaps } = await container.inspect();
    expect(BoundingCaps).toContain('CAP_SYS_TIME');
    expect(HostConfig).toMatchObject({
      Binds: [`${source}:/mnt:rbind,ro`],
      Tmpfs: { '/scratch': 'size=1m' },
      Annotations: { x: 'y' },
      CapAdd: ['CAP_SYS_TIME'],
      CapDrop: ['CAP_CHOWN'],
      SecurityOpt: ['seccomp=unconfined', 'no-new-privileges'],
      ExtraHosts: ['db:10.0.0.9'],
      NetworkMode: 'none',
      PortBindings: {},
      IpcMode: 'private',
      PidMode: 'host',
      UTSMode: 'host',
      UsernsMode: '',
      OomScoreAdj: 100,
      Memory: 64 << 20,
      MemoryReservation: 32 << 20,
      MemorySwap: 128 << 20,
      CpuShares: 512,
      CpuPeriod: 100_000,
      CpuQuota: 50_000,
      NanoCpus: 500_000_000,
      PidsLimit: 50,
    });
    expect(HostConfig.Ulimits).toContainEqual({ Name: 'RLIMIT_NOFILE', Soft: 100, Hard: 200 });
    await container.remove();
  });
});
