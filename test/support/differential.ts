import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CreateOptions, Runtime } from '../../src/index.js';
import { parseMountinfo } from '../../src/linux/mounts/mountinfo.js';
import type { RuntimeSpec } from '../../src/oci/runtime-spec.js';
import { bundleOf, type Changeable } from './bundles.js';
import { busyboxRoot, compileC } from './rootfs.js';

/** What a process in a container reports: values by area and key. */
export type Report = ReadonlyMap<string, string>;

/** A difference between two runtimes that is known, and why it is there. */
export interface Known {
  /** Which facts: `area key`. */
  readonly fact: RegExp;
  readonly peers: readonly ('crun' | 'runc')[];
  /** Whether this difference is the one that is meant; undefined is a fact that is absent. */
  readonly is: (ours: string | undefined, theirs: string | undefined) => boolean;
  readonly why: string;
}

/** Numbers that look random and are the same for a seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Capabilities that a machine's root has in any case, and that cannot change the machine. */
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT NET_RAW AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

const MASKED = [
  '/proc/keys',
  '/proc/timer_list',
  '/proc/acpi',
  '/proc/fs',
  '/sys/firmware',
  '/proc/nowhere',
  '/etc/hidden',
];
const READ_ONLY = ['/proc/sys', '/proc/irq', '/proc/bus', '/proc/sysrq-trigger', '/proc/fs', '/proc/nowhere'];

/** A specification of the seed's, made of one that the engine generated. */
export function vary(seed: number, host: string): (spec: Changeable<RuntimeSpec>) => void {
  const random = randomOf(seed);
  const chance = (part: number): boolean => random() < part;
  const some = <T>(items: readonly T[], part = 0.5): T[] => items.filter(() => chance(part));
  const one = <T>(...items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  return (spec) => {
    const { process, linux } = spec;
    if (process === undefined || linux === undefined) return;
    process.args = ['/introspect'];
    process.env = ['PATH=/bin', 'HOME=/', ...some(['A=1', 'EMPTY=', 'SPACES=a b  c', 'QUOTES="\'$A'])];
    process.cwd = one('/', '/tmp', '/home/app', '/proc');
    const [uid, gid] = one([0, 0], [0, 0], [1000, 1000], [12, 34]);
    process.user = {
      uid,
      gid,
      umask: one(0o22, 0o77, 0),
      additionalGids: some([gid, 2000, 3000]),
    };
    process.noNewPrivileges = chance(0.5);
    process.oomScoreAdj = one(0, 100, 500);
    const bounding = some(CAPABILITIES, one(0.1, 0.6, 1));
    const permitted = some(bounding, 0.8);
    const effective = some(permitted, 0.9);
    const inheritable = chance(0.3) ? some(permitted, 0.5) : [];
    process.capabilities = {
      bounding,
      permitted,
      effective,
      inheritable,
      ambient: some(
        inheritable.filter((name) => permitted.includes(name)),
        0.5,
      ),
    };
    process.rlimits = some([
      { type: 'RLIMIT_NOFILE', soft: one(64, 256), hard: one(256, 1024) },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
      { type: 'RLIMIT_NPROC', soft: 500, hard: 800 },
      { type: 'RLIMIT_STACK', soft: 4 << 20, hard: 8 << 20 },
      { type: 'RLIMIT_MSGQUEUE', soft: 1000, hard: 2000 },
    ]);
    if (chance(0.3))
      linux.namespaces = (linux.namespaces ?? []).filter(({ type }) => type !== one('ipc', 'uts', 'network'));
    const has = (type: string): boolean =>
      linux.namespaces?.some((namespace) => namespace.type === type) ?? false;
    if (has('uts')) spec.hostname = one('box', 'a-longer.host-name');
    else delete spec.hostname;
    linux.sysctl = {};
    if (has('ipc'))
      for (const [name, value] of some([
        ['kernel.shm_rmid_forced', '1'],
        ['kernel.msgmax', '4096'],
        ['fs.mqueue.msg_max', '20'],
      ] as const))
        linux.sysctl[name] = value;
    if (has('network'))
      for (const [name, value] of some([
        ['net.ipv4.ip_unprivileged_port_start', '80'],
        ['net.ipv4.ping_group_range', '0 1'],
        // Not ip_forward: a new network namespace begins with the host's, which others change meanwhile.
        ['net.ipv4.icmp_echo_ignore_all', '1'],
      ] as const))
        linux.sysctl[name] = value;
    spec.root.readonly = chance(0.5);
    linux.maskedPaths = some(MASKED);
    linux.readonlyPaths = some(READ_ONLY);
    const flags = (): string[] => some(['ro', 'nosuid', 'nodev', 'noexec', 'noatime']);
    spec.mounts = [
      ...(spec.mounts ?? []),
      ...some([
        {
          destination: '/mnt/bind',
          type: 'bind',
          source: host,
          options: ['bind', ...flags()],
        },
        {
          destination: '/mnt/rbind',
          type: 'bind',
          source: host,
          options: ['rbind', one('rprivate', 'rslave', 'private'), ...flags()],
        },
        {
          destination: '/mnt/file',
          type: 'bind',
          source: `${host}/file`,
          options: ['bind', ...flags()],
        },
        {
          destination: '/mnt/tmpfs',
          type: 'tmpfs',
          source: 'tmpfs',
          options: [`size=${one(64, 1024)}k`, `mode=${one('700', '1777', '755')}`, ...flags()],
        },
      ]),
    ];
    const swapless = one(32, 64) << 20;
    const previous = linux.resources?.devices ?? [];
    linux.resources = {
      devices: previous,
      ...(chance(0.5) && { memory: { limit: swapless } }),
      ...(chance(0.5) && { pids: { limit: one(50, 500) } }),
      ...(chance(0.5) && {
        cpu: {
          shares: one(200, 2000),
          ...(chance(0.5) && { quota: 50_000, period: 100_000 }),
        },
      }),
    };
    const device = {
      path: one('/dev/extra', '/dev/deep/extra'),
      type: 'c' as const,
      major: 1,
      minor: 5,
      fileMode: one(0o600, 0o644),
      uid: one(0, 1000),
      gid: one(0, 2000),
    };
    linux.devices = [...(linux.devices ?? []), ...(chance(0.5) ? [device] : [])];
    if (chance(0.25)) delete linux.seccomp;
    else if (chance(0.3))
      linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
        syscalls: [
          {
            names: some(['mkdir', 'link', 'chmod', 'getpriority', 'uname', 'sysinfo']).concat('acct'),
            action: 'SCMP_ACT_ERRNO',
            errnoRet: one(1, 13, 38),
          },
          {
            names: ['personality'],
            action: 'SCMP_ACT_ERRNO',
            args: [{ index: 0, value: 8, op: one('SCMP_CMP_EQ', 'SCMP_CMP_GE') }],
          },
        ],
      };
  };
}

/** The report of the program in test/support/introspect.c, with what is of one run alone made plain. */
export function readReport(text: string, replace: readonly (readonly [string, string])[]): Report {
  const report = new Map<string, string>();
  const mounts: string[] = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const { area, key, value } = JSON.parse(line) as {
      area: string;
      key: string;
      value: string;
    };
    if (area === 'mounts') mounts.push(key);
    else if (area === 'namespaces')
      report.set(`${area} ${key}`, readlinkSync(`/proc/self/ns/${key}`) === value ? 'host' : 'own');
    else if (key.endsWith('/devices.list'))
      report.set(`${area} ${key}`, value.trim().split('\n').sort().join());
    else
      report.set(
        `${area} ${replace.reduce((words, [what, by]) => words.replaceAll(what, by), key)}`,
        // crun gives its streams to a container's user, and with them the host's null device, which masks files.
        key.startsWith('/proc/') ? value.replace(/^20666 \d+:\d+ 1:3 /, '20666 OWNER 1:3 ') : value,
      );
  }
  for (const mount of parseMountinfo(mounts.join('\n'))) {
    const { mountpoint, type, options, superOptions } = mount;
    const words = replace.reduce((all, [what, by]) => all.replaceAll(what, by), mount.root);
    const line = [type, words, [...options].sort().join(), [...superOptions].sort().join()].join(' ');
    report.set(`mounts ${mountpoint}`, line);
  }
  // The interfaces and parameters of the host change with what others do between two runs.
  if (report.get('namespaces net') === 'host')
    for (const fact of report.keys())
      if (/^(interfaces |parameters .*\/net\/)/.test(fact)) report.delete(fact);
  return report;
}

/** A place for the runs of one specification. */
export interface Bench {
  readonly runtime: Runtime;
  readonly directory: string;
  readonly cgroupParent: string;
}

const HIDE = fileURLToPath(new URL('../../bench/hide-cgroup2.sh', import.meta.url));
const SOURCE = fileURLToPath(new URL('introspect.c', import.meta.url));

/** Makes the root that all run in, once. */
export function makeRoot(directory: string): string {
  const rootfs = path.join(directory, 'rootfs');
  mkdirSync(rootfs);
  busyboxRoot(rootfs);
  mkdirSync(path.join(rootfs, 'mnt'));
  writeFileSync(path.join(rootfs, 'etc/hidden'), 'x');
  const built = compileC(directory, 'introspect', readFileSync(SOURCE, 'utf8'));
  copyFileSync(built, path.join(rootfs, 'introspect'));
  const host = path.join(directory, 'host');
  mkdirSync(host);
  writeFileSync(path.join(host, 'file'), 'x');
  return rootfs;
}

/** Runs the specification of a seed under ours and under the peers. */
export async function reportsOf(
  bench: Bench,
  seed: number,
  peers: readonly string[],
): Promise<Map<string, Report>> {
  const { runtime, directory, cgroupParent } = bench;
  const rootfs = path.join(directory, 'rootfs');
  const options: CreateOptions & { rootfs: string } = {
    rootfs,
    command: ['/introspect'],
  };
  const reports = new Map<string, Report>();
  const bundle = path.join(directory, `bundle-${seed}`);
  await bundleOf(runtime, bundle, options, vary(seed, path.join(directory, 'host')));
  const container = await runtime.createContainer({ bundle });
  await container.start();
  await container.wait();
  const pieces: Buffer[] = [];
  for await (const { data, partial } of container.logs())
    pieces.push(data, ...(partial ? [] : [Buffer.from('\n')]));
  await container.remove();
  const plain = (id: string): [string, string][] => [
    [id, 'ID'],
    [directory, 'DIRECTORY'],
  ];
  reports.set('ours', readReport(Buffer.concat(pieces).toString(), plain(container.id)));
  const spec = JSON.parse(readFileSync(path.join(bundle, 'config.json'), 'utf8')) as Changeable<RuntimeSpec>;
  for (const peer of peers) {
    const id = `${peer}-${seed}`;
    if (spec.linux !== undefined) spec.linux.cgroupsPath = `${cgroupParent}/${id}`;
    writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(spec));
    const state = path.join(directory, `state-${peer}`);
    const how = peer === 'crun' ? ['--cgroup-manager=cgroupfs'] : [];
    const args = [peer, '--root', state, ...how, 'run', '--bundle', bundle, id];
    const { stdout, stderr, status } = spawnSync(HIDE, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
    });
    if (status !== 0)
      throw new Error(`${peer} of seed ${seed} ended with ${status}: ${stderr}${stdout.slice(-300)}`);
    reports.set(peer, readReport(stdout, plain(id)));
  }
  execFileSync('rm', ['-rf', bundle]);
  return reports;
}

/** What is different, but for what is known: one line for each fact. */
export function differences(
  ours: Report,
  theirs: Report,
  peer: string,
  known: readonly Known[],
  used = new Set<Known>(),
): string[] {
  const found: string[] = [];
  for (const fact of new Set([...ours.keys(), ...theirs.keys()])) {
    const [mine, other] = [ours.get(fact), theirs.get(fact)];
    if (mine === other) continue;
    const reason = known.find(
      ({ fact: pattern, peers, is }) =>
        pattern.test(fact) && peers.some((name) => name === peer) && is(mine, other),
    );
    if (reason === undefined)
      found.push(`${fact}: ${JSON.stringify(mine)}, ${peer}: ${JSON.stringify(other)}`);
    else used.add(reason);
  }
  return found.sort();
}
