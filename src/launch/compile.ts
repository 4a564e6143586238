import { cgroupDirectory } from '../base/cgroup-hierarchy.js';
import { compileCgroupEntry, compileCgroups, oomSource } from './cgroups.js';
import { compileDevices } from './devices.js';
import { addHooks, hasRuntimeHooks } from './hooks.js';
import { CLONE_FLAGS, MOUNT_ATTR, PROPAGATION } from './flags.js';
import { HandedMounts } from './handed-mounts.js';
import { compileHealth } from './health.js';
import type { IdMaps } from './id-maps.js';
import { compileMount, labelOptions, labelWords } from './mounts.js';
import { addNetlink } from './netlink.js';
import { compilePlugins } from './plugins.js';
import { compileProcess } from './process.js';
import { ProgramBuilder, type LaunchProgram } from './program.js';
import type { JoinedNamespace, JoinedProcess, LaunchRequest } from './request.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { compileLog, compileStdio } from './streams.js';
import { listenerPath } from './seccomp-listener.js';
import { refuseUnsupported } from './unsupported.js';
import {
  compileHandedRoot,
  compileUserNamespace,
  compileUserNamespaceOutside,
  idMapsOf,
} from './user-namespace.js';

/** Namespaces that clone3(2) makes; a cgroup namespace is taken after its cgroup was entered. */
const CLONED = new Set(['pid', 'network', 'ipc', 'uts', 'user'] as const);
/** RestartPolicy of native/monitor/succession.h. */
const RESTART_POLICIES = { no: 0, always: 1, 'on-failure': 2 } as const;
type Cloned = typeof CLONED extends Set<infer T> ? T : never;

/** What comes first, whoever makes the container. */
export function compilePrepare(
  builder: ProgramBuilder,
  request: LaunchRequest,
  idMaps: IdMaps | undefined,
): void {
  if (request.lockFile !== undefined)
    builder.add('prepare', { op: 'exclusive', path: request.lockFile }, 'take the container in charge');
  if (request.events !== undefined) builder.add('prepare', { op: 'events', ...request.events });
  if (request.gate !== undefined)
    builder.add('prepare', { op: 'gate', path: request.gate }, `listen at ${request.gate}`);
  if (request.root.kind === 'overlay') {
    const directories = [request.root.upper, request.root.work];
    // Emptied at the start and not at the end, which a killed monitor does not reach.
    if (request.root.fresh)
      for (const path of directories) builder.add('prepare', { op: 'remove', path }, `empty ${path}`);
    for (const path of directories)
      builder.add('prepare', { op: 'mkdir', path, mode: 0o755 }, `make ${path}`);
  }
  for (const path of request.freshDirectories) {
    builder.add('prepare', { op: 'remove', path }, `empty ${path}`);
    builder.add('prepare', { op: 'mkdir', path, mode: 0o755 }, `make ${path}`);
  }
  for (const { path, mode, data } of request.files) {
    builder.add('prepare', { op: 'write-file', path, mode, data: Buffer.from(data) }, `write ${path}`);
  }
  compileLog(builder, request);
  const oom = oomSource(request);
  if (oom !== undefined) builder.add('prepare', { op: 'oom-source', path: oom });
  if (request.controlSocket !== undefined)
    builder.add(
      'prepare',
      { op: 'control-socket', path: request.controlSocket },
      `listen at ${request.controlSocket}`,
    );
  for (const { origin, ...port } of request.network?.held ?? [])
    builder.add('prepare', { op: 'hold-port', ...port }, origin);
  compileStdio(builder, request, idMaps);
  if (request.restart !== undefined) {
    const { policy, retries, next } = request.restart;
    builder.add('prepare', { op: 'restart', policy: RESTART_POLICIES[policy], retries, next });
  }
  compileHealth(builder, request);
  compileStay(builder, request);
  if (request.timeout > 0) builder.add('prepare', { op: 'timeout', seconds: request.timeout });
}

/** The infra container of a pod with the exit policy `stop`. */
function compileStay(builder: ProgramBuilder, { company }: LaunchRequest): void {
  if (company?.stays === undefined) return;
  const { signal, timeout } = company.stays;
  builder.add(
    'prepare',
    {
      op: 'keep-company',
      directory: company.directory,
      stopSignal: signal,
      stopTimeoutMs: BigInt(timeout),
    },
    'stay as long as another container of the pod',
  );
}

function compileNamespaces(
  builder: ProgramBuilder,
  request: LaunchRequest,
  born: string,
  idMaps: IdMaps | undefined,
): void {
  let flags = 0n;
  const namespaces = [...(request.spec.linux?.namespaces ?? [])];
  // Last, as what is entered before needs rights that it does not give.
  namespaces.sort((a, b) => Number(a.type === 'user') - Number(b.type === 'user'));
  for (const { type, path } of namespaces) {
    // Entered later, each in its place.
    if ((type === 'time' && (idMaps === undefined || !path)) || type === 'mount') {
      if (type === 'mount' && !path) flags |= CLONE_FLAGS.mount;
      continue;
    }
    const flag = CLONE_FLAGS[type];
    const other = request.joined.find((joined) => joined.type === type);
    const from = other?.path ?? path;
    if (from) {
      const { pid, startTicks }: Pick<JoinedNamespace, 'pid' | 'startTicks'> = other ?? {
        pid: 0,
        startTicks: 0n,
      };
      const join = { path: from, type: Number(flag), pid, startTicks };
      const origin = `join the ${type} namespace ${from}`;
      if (idMaps !== undefined) builder.add('clone', { op: 'intermediate-join', ...join }, origin);
      // A PID namespace is entered by children only (setns(2)), so the monitor joins it before the clone.
      else builder.add(type === 'pid' ? 'prepare' : 'enter', { op: 'namespace-join', ...join }, origin);
    } else if (CLONED.has(type as Cloned)) {
      flags |= flag;
    }
  }
  builder.add('clone', { op: 'clone', flags, cgroup: born }, 'make the namespaces');
}

function compileRoot(builder: ProgramBuilder, request: LaunchRequest): void {
  const { root, attachAt } = request;
  // A slave: what the host unmounts still goes away here, and nothing done here reaches the host.
  builder.add('enter', { op: 'propagation', flags: PROPAGATION.slave }, 'make the mount tree a slave');
  if (root.kind === 'directory') {
    builder.add(
      'enter',
      // Hooks find the root where the specification says that it is.
      { op: 'root-bind', directory: root.directory, at: request.spec.hooks ? root.directory : attachAt },
      `use ${root.directory} as the root`,
    );
  } else {
    const { lower, upper, work, options } = root;
    builder.add(
      'enter',
      {
        op: 'root-overlay',
        ...{ lower, upper, work, at: attachAt },
        options: [...options, ...labelOptions('overlay', request)],
      },
      `mount an overlay over ${lower.join(':')}${labelWords('overlay', request)}`,
    );
  }
}

/** The clocks of the container. The process numbers of joined namespaces are checked by start times, so only after these. */
function compileTimeNamespace(
  builder: ProgramBuilder,
  { spec: { linux } }: LaunchRequest,
  idMaps?: IdMaps,
): void {
  const namespace = linux?.namespaces?.find(({ type }) => type === 'time');
  if (namespace === undefined) return;
  if (namespace.path) {
    // With a user namespace the intermediate has entered it.
    if (idMaps === undefined) addJoin(builder, 'time', namespace.path);
    return;
  }
  const offsets = (['monotonic', 'boottime'] as const).map((clock) => {
    const { secs = 0, nanosecs = 0 } = linux?.timeOffsets?.[clock] ?? {};
    return `${clock} ${secs} ${nanosecs}\n`;
  });
  builder.add(
    'enter',
    { op: 'time-namespace', offsets: linux?.timeOffsets === undefined ? '' : offsets.join('') },
    'make a time namespace (linux.timeOffsets)',
  );
}

function addJoin(builder: ProgramBuilder, type: 'time' | 'mount', path: string): void {
  builder.add(
    'enter',
    { op: 'namespace-join', path, type: Number(CLONE_FLAGS[type]), pid: 0, startTicks: 0n },
    `join the ${type} namespace ${path}`,
  );
}

/** The /dev/shm of another container: POSIX shared memory is the part of IPC that no namespace holds (shm_overview(7)). */
export function compileSharedMemory(
  builder: ProgramBuilder,
  { pid, startTicks }: JoinedProcess,
  handed: HandedMounts | undefined,
  target = '/dev/shm',
): void {
  const set = MOUNT_ATTR.nosuid | MOUNT_ATTR.nodev | MOUNT_ATTR.noexec;
  const bind = {
    op: 'bind-joined',
    ...{ pid, startTicks, from: '/dev/shm', target, set },
    propagation: PROPAGATION.private,
  } as const;
  const origin = 'share the /dev/shm of the container whose IPC namespace is joined';
  if (handed === undefined) builder.add('enter', bind, origin);
  else handed.attach(bind, target, origin);
}

/**
 * Compiles a launch: what the monitor and the container's child will do to the kernel, in order. Pure.
 *
 * @throws LibpodError ERR_SPEC_UNSUPPORTED, ERR_SPEC_INVALID, ERR_UNSUPPORTED
 */
export function compileLaunch(request: LaunchRequest): LaunchProgram {
  const { spec } = request;
  refuseUnsupported(spec);
  const builder = new ProgramBuilder();
  const idMaps = idMapsOf(request);
  compilePrepare(builder, request, idMaps);
  const cgroupNamespace = spec.linux?.namespaces?.find(({ type }) => type === 'cgroup');
  const ownCgroupNamespace =
    cgroupNamespace !== undefined &&
    !cgroupNamespace.path &&
    !request.joined.some(({ type }) => type === 'cgroup');
  const bound =
    !ownCgroupNamespace && spec.mounts?.some(({ type }) => type === 'cgroup' || type === 'cgroup2');
  const born = compileCgroups(builder, request, idMaps !== undefined && bound === true);
  compileNamespaces(builder, request, born, idMaps);
  const handed = new HandedMounts(builder);
  if (request.pidFile !== undefined)
    builder.add('parent', { op: 'pid-file', path: request.pidFile }, `write the PID file ${request.pidFile}`);
  for (const step of request.network?.outside ?? []) addNetlink(builder, 'parent', step);
  if (idMaps !== undefined) compileUserNamespaceOutside(builder, request, idMaps);
  builder.add('parent', { op: 'release-child' });
  addHooks(builder, request, 'prestart');
  addHooks(builder, request, 'createRuntime');
  // Where no monitor stays, those who start and delete the container run the hooks of then.
  if (request.gate === undefined) addHooks(builder, request, 'poststart');

  const listener = spec.linux?.seccomp && listenerPath(spec.linux.seccomp);
  if (listener !== undefined)
    builder.add(
      'enter',
      { op: 'seccomp-listener', path: listener },
      `connect to ${listener} (linux.seccomp.listenerPath)`,
    );
  let entered = false;
  const enterOnce = (): void => {
    if (!entered) compileCgroupEntry(builder, request, ownCgroupNamespace);
    entered = true;
  };
  const mounts = spec.linux?.namespaces?.find(({ type }) => type === 'mount');
  if (mounts?.path) {
    enterOnce();
    compileOutside(builder, request, idMaps);
    addJoin(builder, 'mount', mounts.path);
    if (spec.process.terminal === true)
      builder.add('enter', { op: 'terminal', ...consoleSize(spec) }, 'open a terminal');
    compileProcess(builder, request);
    compileTeardown(builder, request);
    return builder.build();
  }
  if (idMaps === undefined) {
    compileRoot(builder, request);
  } else {
    // Its IDs come from the monitor, and its cgroups are entered by the host's root, which it is until it has them.
    const root = compileHandedRoot(handed, request, idMaps, labelOptions('overlay', request));
    enterOnce();
    compileTimeNamespace(builder, request, idMaps);
    compileUserNamespace(builder, request, PROPAGATION.slave, root);
  }
  compilePropagation(builder, spec, 'enter');
  for (const mount of spec.mounts ?? []) {
    // As late as can be, so that the monitor makes the cgroups while the child mounts: a mount of them is the first
    // thing that needs them.
    // And what a tmpfs begins with is to count as the container's memory.
    if (mount.type === 'cgroup' || mount.type === 'cgroup2' || mount.options?.includes('tmpcopyup'))
      enterOnce();
    if (mount.destination === '/dev/shm' && request.shm !== undefined)
      compileSharedMemory(builder, request.shm, idMaps && handed);
    else compileMount(builder, mount, { request, ownCgroupNamespace, handed, idMaps });
    if (mount.destination === '/dev' && idMaps !== undefined) compileDevices(builder, spec, idMaps);
  }
  enterOnce();
  if (idMaps === undefined) compileDevices(builder, spec);
  if (spec.process.terminal === true)
    builder.add('enter', { op: 'console', ...consoleSize(spec) }, 'open a terminal');
  for (const path of spec.linux?.maskedPaths ?? [])
    builder.add('enter', { op: 'mask', path }, `mask ${path}`);
  for (const path of spec.linux?.readonlyPaths ?? [])
    builder.add('enter', { op: 'read-only', path }, `make ${path} read-only`);
  if (spec.root.readonly === true)
    builder.add('enter', { op: 'root-attributes', set: MOUNT_ATTR.rdonly }, 'make the root read-only');
  compileOutside(builder, request, idMaps);
  if (request.noPivot === true)
    builder.add('enter', { op: 'move-root' }, 'move the root over that of the host');
  else builder.add('enter', { op: 'pivot-root' }, 'pivot to the root');
  compilePropagation(builder, spec, 'init');

  compileProcess(builder, request);
  compileTeardown(builder, request);
  return builder.build();
}

function consoleSize({ process }: RuntimeSpec): { readonly rows: number; readonly columns: number } {
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  return { rows: height, columns: width };
}

/** What comes last of that which needs the host's tree, and the hooks, which see all that is made. */
function compileOutside(builder: ProgramBuilder, request: LaunchRequest, idMaps: IdMaps | undefined): void {
  const { oomScoreAdj } = request.spec.process;
  // In a user namespace, before its root is become.
  const early = idMaps !== undefined;
  if ((request.init || request.pause) && !early)
    builder.add('enter', { op: 'init-executable' }, "keep the container's init at hand");
  if (oomScoreAdj !== undefined && !early)
    builder.add(
      'enter',
      { op: 'oom-score', value: BigInt(oomScoreAdj) },
      `set oom_score_adj to ${oomScoreAdj}`,
    );
  if (!early) compileTimeNamespace(builder, request);
  if (hasRuntimeHooks(request)) builder.add('enter', { op: 'await-hooks' }, 'wait for the hooks');
  addHooks(builder, request, 'createContainer');
}

/**
 * How the root propagates. It is no peer of the host's in any case: what is mounted in the container stays there. `slave` is
 * how it comes. A private one is so before others are mounted in it, with propagations of their own; those that
 * pivot_root(2), or a mount inside, would be refused by come last.
 */
function compilePropagation(
  builder: ProgramBuilder,
  { linux }: RuntimeSpec,
  section: 'enter' | 'init',
): void {
  const propagation = linux?.rootfsPropagation ?? 'slave';
  const recursive = propagation.startsWith('r');
  const kind = (recursive ? propagation.slice(1) : propagation) as keyof typeof PROPAGATION;
  if (kind === 'slave' || (kind === 'private') !== (section === 'enter')) return;
  const flags = PROPAGATION[kind] | (recursive ? PROPAGATION.rec : 0n);
  builder.add(
    section,
    { op: 'root-propagation', flags },
    `make the root ${propagation} (linux.rootfsPropagation)`,
  );
}

/** What is undone at the end. */
export function compileTeardown(builder: ProgramBuilder, request: LaunchRequest): void {
  const directories = request.cgroups.map((hierarchy) => cgroupDirectory(hierarchy, request.cgroupPath));
  // Without a PID namespace of its own a container's processes outlive its init.
  const pid = request.spec.linux?.namespaces?.find(({ type }) => type === 'pid');
  if (pid === undefined || pid.path || request.joined.some(({ type }) => type === 'pid')) {
    for (const path of directories) builder.add('teardown', { op: 'cgroup-kill', path });
  }
  for (const step of request.network?.down ?? []) addNetlink(builder, 'teardown', step);
  compilePlugins(builder, request);
  if (request.leaves !== undefined)
    builder.add('teardown', { op: 'leave-networks', ...request.leaves }, 'leave the networks');
  for (const path of directories) builder.add('teardown', { op: 'cgroup-remove', path });
  if (request.gate === undefined) addHooks(builder, request, 'poststop');
  if (request.company !== undefined && request.company.stays === undefined) {
    const { directory, id } = request.company;
    builder.add('teardown', { op: 'leave-company', directory, id });
  }
  if (request.nameLink !== undefined) builder.add('teardown', { op: 'unlink-name', ...request.nameLink });
  if (request.ownDirectory !== undefined)
    builder.add('teardown', { op: 'retire', path: request.ownDirectory });
  for (const path of request.removeAtEnd) builder.add('teardown', { op: 'remove', path });
}
