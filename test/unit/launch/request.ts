import type { CgroupHierarchy } from '../../../src/base/cgroup-hierarchy.js';
import type { LaunchRequest } from '../../../src/launch/request.js';
import type { RuntimeSpec } from '../../../src/oci/runtime-spec.js';
import { generateSpec } from '../../../src/spec/generate.js';

/** A machine with both versions: the limits are in v1, v2 has one controller. */
export const HYBRID: readonly CgroupHierarchy[] = [
  { version: 2, controllers: ['hugetlb'], mountpoint: '/sys/fs/cgroup/unified' },
  { version: 1, controllers: ['cpu', 'cpuacct'], mountpoint: '/sys/fs/cgroup/cpu,cpuacct' },
  { version: 1, controllers: ['cpuset'], mountpoint: '/sys/fs/cgroup/cpuset' },
  { version: 1, controllers: ['memory'], mountpoint: '/sys/fs/cgroup/memory' },
  { version: 1, controllers: ['devices'], mountpoint: '/sys/fs/cgroup/devices' },
  { version: 1, controllers: ['pids'], mountpoint: '/sys/fs/cgroup/pids' },
  { version: 1, controllers: ['blkio'], mountpoint: '/sys/fs/cgroup/blkio' },
  { version: 1, controllers: [], name: 'systemd', mountpoint: '/sys/fs/cgroup/systemd' },
];

/** A machine of today. */
export const UNIFIED: readonly CgroupHierarchy[] = [
  { version: 2, controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'], mountpoint: '/sys/fs/cgroup' },
];

/** The specification of a container that asks for nothing. */
export function defaultSpec(): RuntimeSpec {
  return generateSpec({
    rootfs: '/rootfs',
    command: ['sh', '-c', 'true'],
    hostname: 'box',
    seccomp: 'unconfined',
  });
}

/** A launch of a specification over a directory. */
export function requestOf(spec: RuntimeSpec, more: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    spec,
    root: { kind: 'directory', directory: '/rootfs' },
    attachAt: '/run/libpod/empty',
    cgroups: UNIFIED,
    cgroupPath: '/parent/libpod-id',
    events: { directory: '/run/events', id: 'abc', subject: '"type":"container"' },
    lockFile: '/run/libpod/id/lock',
    controlSocket: '/run/libpod/id/ctl.sock',
    log: { path: '/var/lib/libpod/id/ctr.log', format: 'k8s-file', maxSize: 0, maxFiles: 1, attributes: '' },
    stdin: false,
    stdinOnce: false,
    joined: [],
    init: false,
    pause: false,
    timeout: 0,
    freshDirectories: [],
    files: [],
    removeAtEnd: ['/run/libpod/id/ctl.sock'],
    ...more,
  };
}
