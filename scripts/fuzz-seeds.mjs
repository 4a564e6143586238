// What the fuzz targets start from: launch programs of real specifications, made by the compiler in dist/ (npm run
// build:ts), and frames of every message. Pure: no root, no container.
import { encodeProgram } from '../dist/launch/encode.js';
import { compileLaunch } from '../dist/launch/compile.js';
import { compileSession } from '../dist/launch/session.js';
import { HOOK_POINTS } from '../dist/oci/names.js';
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

const STEP = { origin: 'set the loopback up', protocol: 0, messages: Buffer.alloc(32, 1), pidAt: 0 };
const NETWORK = {
  outside: [{ ...STEP, pidAt: 16 }],
  inside: [STEP],
  down: [STEP],
};

const CHECK = { program: Buffer.from('LPOD'), interval: 1000, timeout: 500, retries: 3 };
const HEALTH = {
  ...CHECK,
  ...{
    file: '/run/c/health.json',
    stopped: '/c/stopped',
    startPeriod: 10,
    action: 'stop',
    stopSignal: 15,
    stopTimeout: 10_000,
  },
  startup: { ...CHECK, successes: 2 },
};

const HOOK = { path: '/bin/hook', args: ['hook', 'a'], env: ['A=b'], timeout: 5 };
const HOOKS = Object.fromEntries(HOOK_POINTS.map((point) => [point, [HOOK]]));

const ATTRIBUTES = generateSpec({ rootfs: '/rootfs', hostname: 'a', command: ['sh'], seccomp: 'unconfined' });

function request(spec, more) {
  return {
    spec,
    network: {
      outside: [],
      inside: [],
      down: [],
      namespace: '/run/networks/.namespaces/abc',
      plugins: {
        calls: [
          { path: '/usr/lib/cni/bridge', environment: ['CNI_COMMAND=DEL'], input: '{}', timeoutMs: 60000 },
        ],
        record: '/var/networks/.cni/abc.json',
      },
    },
    leaves: { networks: '/run/networks', hosts: '/run/networks/.hosts', id: 'abc' },
    root: { kind: 'directory', directory: '/rootfs' },
    attachAt: '/run/empty',
    cgroups: CGROUPS_1,
    cgroupPath: '/libpod_parent/libpod-1',
    events: { directory: '/run/events', id: 'abc', subject: '"type":"container"' },
    lockFile: '/run/c/lock',
    controlSocket: '/run/c/ctl.sock',
    log: { path: '/c/ctr.log', format: 'k8s-file', maxSize: 0, maxFiles: 1, attributes: '' },
    joined: [],
    init: false,
    pause: false,
    timeout: 0,
    stdin: true,
    stdinOnce: false,
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
      restart: { policy: 'on-failure', retries: 3, next: '/run/c/next' },
      pidFile: '/run/c.pid',
      freshDirectories: ['/run/c/overlay-1'],
    }),
    user: request(generateSpec({ ...SPEC, user: { uid: 1000, gid: 1000, additionalGids: [1, 2] } })),
    infra: request(generateSpec({ ...SPEC, command: ['pause'] }), {
      pause: true,
      company: { directory: '/run/companies/1', id: 'abc', stays: { signal: 15, timeout: 10_000 } },
    }),
    pod: request(generateSpec({ ...SPEC, command: ['pause'] }), {
      pause: true,
      log: undefined,
      podCgroup: { path: '/libpod_parent/pod', resources: { memory: { limit: 1 << 26 } } },
      removeAtEnd: [],
    }),
    network: request(generateSpec(SPEC), { network: NETWORK }),
    company: request(generateSpec(SPEC), { company: { directory: '/run/companies/1', id: 'abc' } }),
    health: request(generateSpec(SPEC), { health: HEALTH }),
    attributes: request({
      ...ATTRIBUTES,
      process: {
        ...ATTRIBUTES.process,
        ...{ scheduler: { policy: 'SCHED_BATCH' }, ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 1 } },
        ...{ apparmorProfile: 'a', selinuxLabel: 'b' },
      },
      linux: {
        ...ATTRIBUTES.linux,
        namespaces: [{ type: 'mount' }, { type: 'time' }],
        ...{ rootfsPropagation: 'rshared', personality: { domain: 'LINUX32' } },
        memoryPolicy: { mode: 'MPOL_BIND', nodes: '0' },
      },
    }),
    hooks: request({ ...generateSpec(SPEC), hooks: HOOKS }, { bundle: '/bundle' }),
  };
  const session = {
    process: { ...generateSpec(SPEC).process, execCPUAffinity: { initial: '0', final: '0-1' } },
    cgroups: CGROUPS_1,
    cgroupPath: '/libpod_parent/1',
    stdin: true,
    late: true,
    preserve: { pid: 1, startTicks: 1n, descriptors: [3, 4] },
  };
  const programs = Object.entries(requests).map(([name, made]) => [name, compileLaunch(made)]);
  return [...programs, ['session', compileSession(session)]].map(([name, made]) => [
    name,
    encodeProgram(made),
  ]);
}

/** Name and bytes of each seed for fuzz-frames: the size of the pieces, then what a client says. */
export function frameSeeds() {
  const messages = [
    { type: 'start' },
    { type: 'keep' },
    { type: 'attach', input: 1, patience: 0 },
    { type: 'signal', signal: 15 },
    { type: 'resize', rows: 24, columns: 80 },
    { type: 'stdin', data: Buffer.from('input\n') },
    { type: 'stdin-close' },
    { type: 'detach' },
    { type: 'tie' },
    { type: 'session-program', data: Buffer.from('LPOD') },
    { type: 'session-create', id: 'abc', kept: 1, tied: 0, timeoutMs: 1000n },
    { type: 'session-select', id: 'abc' },
    { type: 'session-start' },
    { type: 'session-attach' },
    { type: 'session-kill' },
    { type: 'session-remove' },
    { type: 'session-list' },
    { type: 'health-run' },
  ];
  const frames = messages.map(encodeMessage);
  const pieces = [0, 1, 255];
  const all = pieces.map((piece) => [`all-${piece}`, Buffer.concat([Buffer.of(piece), ...frames])]);
  return [...all, ...frames.map((frame, i) => [messages[i].type, Buffer.concat([Buffer.of(0), frame])])];
}

/**
 * Trees, as native/fuzz/fuzz_tree.cc reads them: how paths are resolved, then for each entry what it is, its path, and where
 * it leads if it does.
 */
export function treeSeeds() {
  const [directory, file, , link, hardLink, fifo, whiteout, opaque] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [a, insideA, victim] = [0, 64, 3];
  return Array.from({ length: 4 }, (_, kind) => [
    `tree-${kind}`,
    Buffer.from([
      ...[kind, directory, a, file, insideA, link, victim, 3, file, victim, hardLink, insideA, victim],
      ...[link, 1, 6, file, 65, fifo, 2, whiteout, 66, opaque, 1, hardLink, 2, 1],
    ]),
  ]);
}

/** Words about sessions, as native/fuzz/fuzz_sessions.cc reads them: which client, which word, how long its arguments are. */
export function sessionSeeds() {
  const WORDS = [
    ...[
      'session-program',
      'session-create',
      'session-select',
      'session-attach',
      'session-kill',
      'session-remove',
    ],
    ...['session-list', 'signal', 'stdin', 'stdin-close', 'resize', 'health-run'],
  ];
  const [, session] = programSeeds().find(([name]) => name === 'session');
  const pieces = [];
  for (let at = 0; at < session.length; at += 200)
    pieces.push({ type: 'session-program', data: session.subarray(at, at + 200) });
  const life = [
    ...pieces,
    { type: 'session-create', id: 'abc', kept: 1, tied: 0, timeoutMs: 1000n },
    ...[{ type: 'session-attach' }, { type: 'resize', rows: 24, columns: 80 }, { type: 'session-list' }],
    ...[{ type: 'session-select', id: 'abc' }, { type: 'signal', signal: 15 }, { type: 'session-kill' }],
    ...[{ type: 'stdin', data: Buffer.from('in') }, { type: 'stdin-close' }, { type: 'session-remove' }],
  ];
  // Without the length and the type, which the target writes itself.
  const said = (client, message) => {
    const words = encodeMessage(message).subarray(5);
    return Buffer.concat([Buffer.of(client, WORDS.indexOf(message.type), words.length), words]);
  };
  const one = Buffer.concat(life.map((message) => said(0, message)));
  const several = Buffer.concat(life.map((message, at) => said(at % 3, message)));
  return [
    ['one', one],
    ['several', several],
  ];
}

/** Headers and trees, as native/fuzz/fuzz_tar.cc reads them: the size of the pieces, and which of both it is. */
export function tarSeeds() {
  const text = Buffer.from('a file with a name');
  const header = Buffer.from([
    32,
    1,
    0,
    text.length,
    0,
    ...text,
    0,
    0,
    2,
    1,
    0xff,
    1,
    5,
    1,
    6,
    4,
    1,
    2,
    3,
    4,
  ]);
  const tree = [
    0, 3, 0x61, 0x62, 0x63, 1, 4, 2, 0x64, 0x65, 5, 0, 0x78, 1, 1, 0x6c, 2, 1, 0x66, 3, 4, 1, 0x67,
  ];
  return [
    ['header', header],
    ...[0, 2, 4, 6].map((kind) => [`tree-${kind}`, Buffer.from([1, kind, ...tree])]),
  ];
}
