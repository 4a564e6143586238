import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { RuntimeSpec } from '../../../src/oci/runtime-spec.js';
import { RLIM_INFINITY } from '../../../src/oci/names.js';
import { validateRuntimeSpec } from '../../../src/oci/validate.js';
import { generateSpec } from '../../../src/spec/generate.js';
import type { NamespaceChoice, SpecOptions } from '../../../src/spec/options.js';

function generate(options: Partial<SpecOptions> = {}): RuntimeSpec {
  return generateSpec({ rootfs: '/r', command: ['sh'], hostname: 'h', architecture: 'x64', ...options });
}

function mountAt(spec: RuntimeSpec, destination: string) {
  return spec.mounts?.find((mount) => mount.destination === destination);
}

function types(spec: RuntimeSpec) {
  return spec.linux?.namespaces?.map(({ type }) => type);
}

const DISK = { '/dev/a': { major: 8, minor: 1 } };
const MAPPINGS = [{ containerID: 0, hostID: 100000, size: 65536 }];

describe('namespaces of the host', () => {
  it('leaves a network of the host alone', () => {
    const spec = generate({ namespaces: { network: 'host' } });
    expect(types(spec)).toEqual(['pid', 'ipc', 'uts', 'mount', 'cgroup']);
    expect(spec.linux?.sysctl).toBeUndefined();
    expect(mountAt(spec, '/sys')?.type).toBe('sysfs');
  });

  it('sets no host name in the host uts namespace', () => {
    const spec = generate({ namespaces: { uts: 'host' } });
    expect(spec.hostname).toBeUndefined();
    expect(spec.process.env).toContain('HOSTNAME=h');
  });

  it('binds /dev/shm of the host ipc namespace', () => {
    const spec = generate({ namespaces: { ipc: 'host' } });
    expect(mountAt(spec, '/dev/shm')).toEqual({
      destination: '/dev/shm',
      type: 'bind',
      source: '/dev/shm',
      options: ['bind', 'rprivate', 'nosuid', 'noexec', 'nodev'],
    });
    expect(mountAt(spec, '/dev/mqueue')?.type).toBe('mqueue');
  });

  it('keeps /proc with the host pid namespace', () => {
    expect(mountAt(generate({ namespaces: { pid: 'host' } }), '/proc')?.type).toBe('proc');
  });

  it('joins a namespace by its path, in which it sets nothing', () => {
    const spec = generate({ namespaces: { network: { path: '/run/netns/n' } } });
    expect(spec.linux?.namespaces).toContainEqual({ type: 'network', path: '/run/netns/n' });
    expect(spec.linux?.sysctl).toBeUndefined();
  });
});

describe('a namespace of another container', () => {
  it('has no path yet, and no name that would be set in it', () => {
    const spec = generate({ namespaces: { network: { container: 'x' }, uts: { container: 'x' } } });
    expect(spec.linux?.namespaces).toContainEqual({ type: 'network' });
    expect(spec.hostname).toBeUndefined();
    expect(spec.linux?.sysctl).toBeUndefined();
  });
});

describe('a user namespace', () => {
  it('maps IDs', () => {
    const spec = generate({ namespaces: { user: 'private' }, uidMappings: MAPPINGS });
    expect(types(spec)).toContain('user');
    expect(spec.linux).toMatchObject({ uidMappings: MAPPINGS, gidMappings: MAPPINGS });
    expect(mountAt(spec, '/dev/pts')?.options).toContain('gid=5');
  });

  it('names no terminal group that it does not map', () => {
    const uidMappings = [{ containerID: 0, hostID: 1000, size: 1 }];
    const spec = generate({ namespaces: { user: 'private' }, uidMappings });
    expect(mountAt(spec, '/dev/pts')?.options).not.toContain('gid=5');
  });

  // The mounts are those that podman 4.3.1 makes with --uidmap, --network host, --pid host.
  it('binds what it may not mount', () => {
    const spec = generate({
      namespaces: { user: 'private', network: 'host', pid: 'host', ipc: 'host' },
      uidMappings: MAPPINGS,
    });
    expect(mountAt(spec, '/sys')).toMatchObject({
      type: 'bind',
      options: ['rprivate', 'nosuid', 'noexec', 'nodev', 'ro', 'rbind'],
    });
    expect(mountAt(spec, '/proc')).toMatchObject({
      type: 'bind',
      options: ['rbind', 'nosuid', 'noexec', 'nodev', 'rw', 'rprivate'],
    });
    expect(mountAt(spec, '/dev/mqueue')?.type).toBe('bind');
    expect(mountAt(spec, '/sys/fs/cgroup')).toBeUndefined();
  });
});

describe('a privileged container', () => {
  const spec = generate({ privileged: true });

  it('is what podman makes it', () => {
    expect(spec.linux?.seccomp).toBeUndefined();
    expect(spec.linux?.maskedPaths).toEqual([]);
    expect(spec.linux?.readonlyPaths).toEqual([]);
    expect(spec.linux?.resources?.devices).toEqual([{ allow: true, access: 'rwm' }]);
    expect(mountAt(spec, '/sys')?.options).toEqual(['rprivate', 'nosuid', 'noexec', 'nodev', 'rw']);
    expect(mountAt(spec, '/sys/fs/cgroup')?.options?.at(-1)).toBe('rw');
  });

  it('is filtered where a filter is named', () => {
    expect(generate({ privileged: true, seccomp: 'default' }).linux?.seccomp).toBeDefined();
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
    expect(generate({ privileged: true, seccomp }).linux?.seccomp).toEqual(seccomp);
  });
});

describe('mounts', () => {
  const volume = (destination: string) => ({ destination, type: 'bind', source: '/v', options: ['rbind'] });

  it('replaces a default', () => {
    const spec = generate({ mounts: [volume('/dev/shm/')] });
    expect(spec.mounts?.filter(({ destination }) => destination.startsWith('/dev/shm'))).toEqual([
      volume('/dev/shm/'),
    ]);
  });

  it('replaces all of /dev', () => {
    const spec = generate({ mounts: [volume('/dev')] });
    expect(spec.mounts?.filter(({ destination }) => destination.startsWith('/dev'))).toEqual([
      volume('/dev'),
    ]);
  });

  it('covers none with a later one', () => {
    const spec = generate({ mounts: [volume('/run')], networkFiles: { containerenv: '/c' } });
    const places = spec.mounts?.map(({ destination }) => destination) ?? [];
    expect(places.indexOf('/run')).toBeLessThan(places.indexOf('/run/.containerenv'));
  });

  it('makes the root read-only, with three writable directories and read-only files', () => {
    const spec = generate({ readOnlyRootfs: true, networkFiles: { hosts: '/h' } });
    expect(spec.root.readonly).toBe(true);
    for (const directory of ['/run', '/tmp', '/var/tmp']) {
      expect(mountAt(spec, directory)?.options).toEqual(['rw', 'rprivate', 'nosuid', 'nodev', 'tmpcopyup']);
    }
    const hosts = ['bind', 'rprivate', 'ro', 'nosuid', 'noexec', 'nodev'];
    expect(mountAt(spec, '/etc/hosts')?.options).toEqual(hosts);
    const bare = generate({ readOnlyRootfs: true, readWriteTmpfs: false });
    expect(mountAt(bare, '/tmp')).toBeUndefined();
  });
});

describe('limits', () => {
  it('has those of block devices, by their numbers', () => {
    const disk = [{ path: '/dev/a', rate: 5 }];
    const { resources } =
      generate({
        resources: {
          blkioWeight: 20,
          blkioWeightDevice: [{ path: '/dev/a', weight: 30 }],
          deviceReadBps: disk,
          deviceWriteBps: disk,
          deviceReadIops: disk,
          deviceWriteIops: disk,
        },
        blockDevices: DISK,
      }).linux ?? {};
    const rate = [{ major: 8, minor: 1, rate: 5 }];
    expect(resources?.blockIO).toEqual({
      weight: 20,
      weightDevice: [{ major: 8, minor: 1, weight: 30 }],
      throttleReadBpsDevice: rate,
      throttleWriteBpsDevice: rate,
      throttleReadIOPSDevice: rate,
      throttleWriteIOPSDevice: rate,
    });
  });

  it('leaves memory to the machine where -1 says so', () => {
    const memory = generate({ resources: { memory: 5, memorySwappiness: -1 } }).linux?.resources?.memory;
    expect(memory).toEqual({ limit: 5, swap: 10 });
    const asked = generate({ resources: { memory: 5, memorySwappiness: 0, oomKillDisable: true } });
    expect(asked.linux?.resources?.memory).toMatchObject({ swappiness: 0, disableOOMKiller: true });
  });

  it('are those of this process where that is asked for', () => {
    expect(generate({ ulimits: 'host' }).process.rlimits).toEqual([]);
  });

  it('denies all devices first, and allows what is asked for then', () => {
    const spec = generate({
      devices: [{ path: '/dev/x', type: 'c', major: 1, minor: 2, access: 'r' }],
      deviceCgroupRules: [{ allow: true, type: 'b', major: 7, access: 'w' }],
    });
    expect(spec.linux?.resources?.devices).toEqual([
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', major: 1, minor: 2, access: 'r' },
      { allow: true, type: 'b', major: 7, access: 'w' },
    ]);
    expect(spec.linux?.devices).toEqual([{ path: '/dev/x', type: 'c', major: 1, minor: 2 }]);
  });

  it('doubles the memory for swap', () => {
    const { resources } = generate({ resources: { memory: 1000 } }).linux ?? {};
    expect(resources?.memory).toEqual({ limit: 1000, swap: 2000 });
  });

  it('has no member for what has no limit', () => {
    const { resources } = generate({ resources: { memory: 1000, memorySwap: -1, pidsLimit: 0 } }).linux ?? {};
    expect(resources).toEqual({ devices: [{ allow: false, access: 'rwm' }], memory: { limit: 1000 } });
  });

  it('passes the others on', () => {
    const { resources } =
      generate({
        resources: {
          memory: 1000,
          memoryReservation: 500,
          cpuQuota: 50000,
          cpuPeriod: 100000,
          cpuShares: 512,
          cpusetCpus: '0-1',
          cpusetMems: '0',
          blkioWeight: 100,
        },
      }).linux ?? {};
    expect(resources).toMatchObject({
      memory: { limit: 1000, reservation: 500, swap: 2000 },
      cpu: { quota: 50000, period: 100000, shares: 512, cpus: '0-1', mems: '0' },
      blockIO: { weight: 100 },
    });
  });

  it('keeps the default ulimits that the user does not name, below what the host allows', () => {
    const { rlimits } = generate({
      ulimits: [{ name: 'nofile', soft: 10, hard: -1 }],
      hardLimits: { nproc: 100 },
    }).process;
    expect(rlimits).toEqual([
      { type: 'RLIMIT_NPROC', soft: 100, hard: 100 },
      { type: 'RLIMIT_NOFILE', soft: 10, hard: RLIM_INFINITY },
    ]);
  });

  it('allows the devices that it makes', () => {
    const fuse = { path: '/dev/fuse', type: 'c', major: 10, minor: 229 } as const;
    const { linux } = generate({ devices: [fuse] });
    expect(linux?.devices).toEqual([fuse]);
    expect(linux?.resources?.devices?.[1]).toEqual({
      allow: true,
      type: 'c',
      major: 10,
      minor: 229,
      access: 'rwm',
    });
  });
});

describe('the process', () => {
  it('has the variables of the user over the defaults', () => {
    const { env } = generate({
      terminal: true,
      env: { PATH: '/bin', A: 'b=c' },
      user: { uid: 0, gid: 0, home: '/root' },
    }).process;
    expect(env).toEqual(['PATH=/bin', 'TERM=xterm', 'container=libpod', 'HOME=/root', 'HOSTNAME=h', 'A=b=c']);
  });

  it('has its group among the others', () => {
    expect(generate({ user: { uid: 1000, gid: 1000, additionalGids: [5] } }).process.user).toEqual({
      uid: 1000,
      gid: 1000,
      umask: 0o022,
      additionalGids: [1000, 5],
    });
  });

  it('records what the user chose', () => {
    const spec = generate({
      noNewPrivileges: true,
      oomScoreAdj: 100,
      cwd: '/srv',
      umask: 0o077,
      stdinOpen: true,
      annotations: { a: 'b' },
      cgroupsPath: '/libpod/x',
    });
    expect(spec.process).toMatchObject({
      noNewPrivileges: true,
      oomScoreAdj: 100,
      cwd: '/srv',
      user: { umask: 63 },
    });
    expect(spec.annotations).toEqual({ 'io.kubernetes.cri-o.Stdin': 'true', a: 'b' });
    expect(spec.linux?.cgroupsPath).toBe('/libpod/x');
  });
});

describe('paths', () => {
  it('are unmasked by name and by pattern', () => {
    const { linux } = generate({ unmask: ['/proc/s*', '/sys/firmware/'], mask: ['/secret'] });
    expect(linux?.maskedPaths).not.toContain('/proc/scsi');
    expect(linux?.maskedPaths).not.toContain('/sys/firmware');
    expect(linux?.maskedPaths).toContain('/proc/kcore');
    expect(linux?.maskedPaths?.at(-1)).toBe('/secret');
    expect(linux?.readonlyPaths).not.toContain('/proc/sys');
  });

  it('are all unmasked by ALL, but for those that are asked for', () => {
    for (const unmask of ['ALL' as const, ['all']]) {
      const { linux } = generate({ unmask, mask: ['/secret'] });
      expect(linux).toMatchObject({ maskedPaths: ['/secret'], readonlyPaths: [] });
    }
  });
});

it.each<[Partial<SpecOptions>, string]>([
  [{ hostname: 'x'.repeat(65) }, 'hostname is'],
  [{ command: [] }, 'process.args is empty'],
  [{ command: ['a', '\0'] }, 'process.args[1] contains a NUL'],
  [{ cwd: 'srv' }, 'cwd is "srv"'],
  [{ env: { 'A=B': 'c' } }, 'the variable "A=B"'],
  [{ user: { uid: 2 ** 32 - 1, gid: 0 } }, 'process.user.uid is 4294967295'],
  [{ umask: 0o1000 }, 'umask is 512'],
  [{ ulimits: [{ name: 'nofile', soft: 1, hard: 11 }], hardLimits: { nofile: 10 } }, 'is above 10, the most'],
  [
    { ulimits: [{ name: 'core', soft: 1, hard: -1 }], hardLimits: { core: 10 } },
    'hard limit -1 of ulimit "core"',
  ],
  [{ resources: { memorySwappiness: 101 } }, 'memorySwappiness is 101'],
  [{ resources: { oomKillDisable: true } }, 'oomKillDisable is set'],
  [
    { resources: { blkioWeightDevice: [{ path: '/dev/a', weight: 9 }] }, blockDevices: DISK },
    'weight of /dev/a',
  ],
  [{ resources: { deviceReadBps: [{ path: '/dev/a', rate: 0 }] }, blockDevices: DISK }, 'deviceReadBps is 0'],
  [{ resources: { deviceWriteIops: [{ path: '/dev/b', rate: 1 }] } }, 'deviceWriteIops names "/dev/b"'],
  [{ deviceCgroupRules: [{ allow: true, access: 'x' }] }, 'the access "x"'],
  [{ deviceCgroupRules: [{ allow: true, type: 'a', major: 1 }] }, 'the type "a", which is all'],
  [{ deviceCgroupRules: [{ allow: true, access: 'r' }] }, 'the type "a", which is all'],
  [{ deviceCgroupRules: [{ allow: true }], privileged: true }, 'privileged container may use all devices'],
  [{ shmSize: 1, namespaces: { ipc: 'host' } }, 'shmSize is given'],
  [{ shmSize: 1, namespaces: { ipc: 'none' } }, 'shmSize is given'],
  [{ shmSize: 1, namespaces: { ipc: { container: 'a' } } }, 'shmSize is given'],
  [{ oomScoreAdj: -1001 }, 'oomScoreAdj is -1001'],
  [{ mounts: [{ destination: 'x' }] }, 'the mount destination "x" is relative'],
  [{ mounts: [{ destination: '/x' }, { destination: '/x/' }] }, 'the mount destination "/x/" is given twice'],
  [{ mounts: [{ destination: '/x', options: ['ro', 'bind', 'ro', 'rw'] }] }, '"/x" is both ro and rw'],
  [{ mounts: [{ destination: '/x', options: ['shared', 'rslave'] }] }, '"/x" is both shared and rslave'],
  [{ mounts: [{ destination: '/x', options: ['noexec', 'exec'] }] }, '"/x" is both noexec and exec'],
  [
    {
      ulimits: [
        { name: 'core', soft: 1, hard: 1 },
        { name: 'RLIMIT_CORE', soft: 2, hard: 2 },
      ],
    },
    'ulimit "RLIMIT_CORE" is given twice',
  ],
  [{ resources: { unified: { '../x': '1' } } }, 'unified names "../x"'],
  [{ resources: { unified: { 'memory/x.y': '1' } } }, 'unified names "memory/x.y"'],
  [{ mask: ['a'] }, 'the path "a" of mask is relative'],
  [{ namespaces: { user: 'private' } }, 'no IDs are mapped'],
  [{ uidMappings: MAPPINGS }, 'without a private user namespace'],
  [{ namespaces: { network: 'host' }, sysctl: { 'net.ipv4.ip_forward': '1' } }, 'shares with the host'],
  [{ sysctl: { 'vm.swappiness': '1' } }, 'belongs to the whole machine'],
  [{ ulimits: [{ name: 'files', soft: 1, hard: 1 }] }, '"files" is no resource limit'],
  [{ ulimits: [{ name: 'core', soft: -1, hard: 1 }] }, 'the soft limit -1 of ulimit "core"'],
  [{ resources: { memory: 0 } }, 'memory is 0'],
  [{ resources: { memory: 10, memorySwap: 5 } }, 'memorySwap is 5'],
  [{ resources: { memorySwap: 5 } }, 'memory has no limit'],
  [{ resources: { memory: 10, memoryReservation: 11 } }, 'memoryReservation is 11'],
  [{ resources: { cpusetCpus: '0;1' } }, 'cpusetCpus is "0;1"'],
  [{ resources: { blkioWeight: 5 } }, 'blkioWeight is 5'],
  [{ resources: { pidsLimit: 1.5 } }, 'pidsLimit is 1.5'],
  [{ shmSize: -1 }, 'shmSize is -1'],
  [{ cgroupsPath: '../x' }, 'linux.cgroupsPath is "../x"'],
])('%j is refused: %s', (options, sentence) => {
  expect(() => generate(options)).toThrow(
    expect.objectContaining({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(sentence) as string,
    }),
  );
});

it('has no default filter for another processor', () => {
  expect(() => generate({ architecture: 'riscv64' as 'x64' })).toThrow(
    expect.objectContaining({ code: 'ERR_UNSUPPORTED' }),
  );
});

it('makes valid specifications of all choices', () => {
  const choice = fc.constantFrom<NamespaceChoice | undefined>(
    'private',
    'host',
    { path: '/run/n' },
    undefined,
  );
  const options: fc.Arbitrary<Partial<SpecOptions>> = fc.record({
    privileged: fc.boolean(),
    terminal: fc.boolean(),
    readOnlyRootfs: fc.boolean(),
    capAdd: fc.subarray(['NET_ADMIN', 'SYS_ADMIN', 'audit_write']),
    capDrop: fc.subarray(['CHOWN', 'KILL']),
    user: fc.constantFrom(undefined, { uid: 1000, gid: 1000 }),
    namespaces: fc.record({ pid: choice, ipc: choice, uts: choice, network: choice, cgroup: choice }),
    architecture: fc.constantFrom('x64', 'arm64'),
  });
  fc.assert(
    fc.property(options, (chosen) => {
      const spec = generate(chosen);
      expect(validateRuntimeSpec(structuredClone(spec), 'generated')).toEqual(spec);
    }),
  );
});
