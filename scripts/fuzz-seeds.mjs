// What the fuzz targets start from: launch programs of real specifications, made by the compiler in dist/ (npm run
// build:ts), and frames of every message. Pure: no root, no container.
import { encodeProgram } from '../dist/launch/encode.js';
import { compileLaunch } from '../dist/launch/compile.js';
import { encodeMessage } from '../dist/monitor/codec.js';
import { generateSpec } from '../dist/spec/generate.js';

const CGROUPS_1 = ['cpu', 'cpuset', 'devices', 'memory', 'pids'].map((name) => ({
  version: 1,
  controllers: [name],
  mountpoint: `/sys/fs/cgroup/${name}`,
}));
const HYBRID = [...CGROUPS_1, { version: 2, controllers: ['hugetlb'], mountpoint: '/sys/fs/cgroup/unified' }];
const OVERLAY = {
  kind: 'overlay',
  lower: ['/lower/a', '/lower/b'],
  upper: '/c/upper',
  work: '/c/work',
  options: ['volatile'],
  fresh: true,
};

function request(spec, more) {
  return {
    spec,
    root: { kind: 'directory', directory: '/rootfs' },
    attachAt: '/run/empty',
    cgroups: CGROUPS_1,
    cgroupPath: '/libpod_parent/libpod-1',
    lockFile: '/run/c/lock',
    controlSocket: '/run/c/ctl.sock',
    logFile: '/c/ctr.log',
    joined: [],
    init: false,
    timeout: 0,
    stdin: true,
    freshDirectories: [],
    files: [{ path: '/run/c/hosts', mode: 0o644, data: '127.0.0.1 localhost\n' }],
    removeAtEnd: ['/run/c/ctl.sock'],
    ...more,
  };
}

const SPEC = {
  rootfs: '/rootfs',
  hostname: 'host',
  command: ['sh', '-c', 'echo hello'],
  seccomp: 'unconfined',
};

/** Name and bytes of each seed for fuzz-program. */
export function programSeeds() {
  const requests = {
    plain: request(generateSpec(SPEC)),
    overlay: request(generateSpec(SPEC), { root: OVERLAY, cgroups: HYBRID }),
    terminal: request(generateSpec({ ...SPEC, terminal: true }), { stdin: false }),
    privileged: request(generateSpec({ ...SPEC, privileged: true })),
    host: request(
      generateSpec({ ...SPEC, namespaces: { pid: 'host', network: 'host', ipc: 'host', uts: 'host' } }),
    ),
    limits: request(generateSpec({ ...SPEC, resources: { memory: 64 * 1024 * 1024, pidsLimit: 10 } })),
    options: request(generateSpec({ ...SPEC, readOnlyRootfs: true }), {
      joined: [{ type: 'network', path: '/proc/7/ns/net', pid: 7, startTicks: 1234n }],
      init: true,
      timeout: 60,
      freshDirectories: ['/run/c/overlay-1'],
    }),
    user: request(generateSpec({ ...SPEC, user: { uid: 1000, gid: 1000, additionalGids: [1, 2] } })),
  };
  return Object.entries(requests).map(([name, made]) => [name, encodeProgram(compileLaunch(made))]);
}

/** Name and bytes of each seed for fuzz-frames: the size of the pieces, then what a client says. */
export function frameSeeds() {
  const messages = [
    { type: 'start' },
    { type: 'keep' },
    { type: 'attach' },
    { type: 'signal', signal: 15 },
    { type: 'resize', rows: 24, columns: 80 },
    { type: 'stdin', data: Buffer.from('input\n') },
    { type: 'stdin-close' },
  ];
  const frames = messages.map(encodeMessage);
  const pieces = [0, 1, 255];
  const all = pieces.map((piece) => [`all-${piece}`, Buffer.concat([Buffer.of(piece), ...frames])]);
  return [...all, ...frames.map((frame, i) => [messages[i].type, Buffer.concat([Buffer.of(0), frame])])];
}
