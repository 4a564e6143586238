import { cgroupDirectory, hierarchyOf, type CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import type { LinuxCapabilities, LinuxSeccomp, Process } from '../oci/runtime-spec.js';
import { maskOf, type SharedAttributes } from './attributes.js';
import { CLONE_FLAGS } from './flags.js';
import { requireMappedUser, type IdMaps } from './id-maps.js';
import { compileConfinement } from './process.js';
import { ProgramBuilder, type LaunchProgram } from './program.js';
import type { JoinedProcess, PreservedDescriptors } from './request.js';
import { compileForeignStreams, streamOwner } from './streams.js';
import { raiseLimits } from './user-namespace.js';

/** All that the launch of an exec session needs to know. All paths are absolute. */
export interface SessionRequest {
  /** What to run, and as whom: paths are the container's. */
  readonly process: Process;
  /** The machine's cgroup hierarchies, and the container's path in each of them. */
  readonly cgroups: readonly CgroupHierarchy[];
  readonly cgroupPath: string;
  /** Whether stdin stays open for clients; else it is /dev/null. */
  readonly stdin: boolean;
  /** Descriptors of a process that began at `startTicks`, which the session's has from 3 on. */
  readonly preserve?: PreservedDescriptors | undefined;
  /** The process whose standard streams the session gets, in place of pipes. */
  readonly passthrough?: JoinedProcess | undefined;
  /** A socket that the terminal's master is handed over to. */
  readonly consoleSocket?: string | undefined;
  /** Whether the session goes on when the process that launched it has gone. */
  readonly outlives?: boolean | undefined;
  /** What the container's specification says of all its processes. */
  readonly shared?: SharedAttributes | undefined;
  /**
   * Whether somebody in the container's PID namespace may trace whoever comes: the process is then confined outside of it, and
   * born inside at last. Its filter has to let it be made: clone(2), setsid(2).
   */
  readonly late: boolean;
  /** The ID maps of the container's user namespace, if it has one. */
  readonly idMaps?: IdMaps | undefined;
  readonly seccomp?: LinuxSeccomp | undefined;
  /** The compiled filter, as struct sock_filter. */
  readonly seccompFilter?: Uint8Array | undefined;
}

/**
 * The namespaces of the container's init that a session enters by itself. That of PIDs is the monitor's part, as setns(2)
 * moves children only; one that the container shares with the host is entered too, which changes nothing.
 */
const JOINED = Number(
  CLONE_FLAGS.mount |
    CLONE_FLAGS.cgroup |
    CLONE_FLAGS.uts |
    CLONE_FLAGS.ipc |
    CLONE_FLAGS.network |
    CLONE_FLAGS.time,
);

/** Whether a process with these capabilities may trace others that have more: capabilities(7), CAP_SYS_PTRACE. */
export function mayTrace(capabilities: LinuxCapabilities | undefined): boolean {
  return Object.values(capabilities ?? {}).some((names: readonly string[] | undefined) =>
    names?.includes('CAP_SYS_PTRACE'),
  );
}

/**
 * The hierarchy in which a session has a cgroup of its own. That of version 2 kills it in one sweep; of version 1 the one
 * without a controller costs least, and the freezer's is there without systemd.
 */
function sessionHierarchy(cgroups: readonly CgroupHierarchy[]): CgroupHierarchy | undefined {
  return (
    cgroups.find(({ version }) => version === 2) ??
    cgroups.find(({ controllers }) => controllers.length === 0) ??
    hierarchyOf(cgroups, 'freezer') ??
    cgroups[0]
  );
}

/**
 * That in which a session of another OCI runtime has one: it puts what it makes where it has the container, and need not know
 * of a version 2 beside version 1.
 */
export function foreignSessionHierarchy(cgroups: readonly CgroupHierarchy[]): CgroupHierarchy | undefined {
  return hierarchyOf(cgroups, 'freezer') ?? cgroups.find(({ version }) => version === 2);
}

/** The cgroup of a session, named by its ID, in the container's. */
export function addSessionCgroup(
  builder: ProgramBuilder,
  hierarchy: CgroupHierarchy,
  cgroupPath: string,
): void {
  const directory = cgroupDirectory(hierarchy, cgroupPath);
  const { version } = hierarchy;
  builder.add('prepare', { op: 'session-cgroup', directory, version }, `make a cgroup in ${directory}`);
}

/**
 * Compiles the launch of an exec session: what the monitor and the session's child will do to the kernel, in order. It
 * does not name the session, so that the same command has the same program each time. Pure.
 *
 * The cgroups come before the namespaces, as their paths are the host's; all else after, when nothing of the host's is in
 * reach any more.
 *
 * @throws LibpodError ERR_SPEC_INVALID
 */
export function compileSession(request: SessionRequest): LaunchProgram {
  const { process, cgroups, cgroupPath, idMaps } = request;
  const builder = new ProgramBuilder();
  const terminal = process.terminal === true;
  if (idMaps !== undefined) requireMappedUser(idMaps, process.user);
  if (!compileForeignStreams(builder, request, request.stdin)) {
    builder.add(
      'prepare',
      {
        op: 'stdio',
        terminal: terminal ? 1 : 0,
        stdin: request.stdin ? 1 : 0,
        once: 0,
        ...streamOwner(process.user, terminal, idMaps),
      },
      'make the standard streams',
    );
  }
  const own = sessionHierarchy(cgroups);
  if (own !== undefined) addSessionCgroup(builder, own, cgroupPath);
  builder.add(
    'clone',
    // In a user namespace nobody has rights over the memory of a process that came from outside (ptrace(2)).
    {
      op: 'session-clone',
      late: request.late && idMaps === undefined ? 1 : 0,
      tracer: mayTrace(process.capabilities) ? 1 : 0,
    },
    "make a process in the container's PID namespace",
  );
  const { initial, final } = process.execCPUAffinity ?? {};
  if (initial) addAffinity(builder, 'initial', maskOf('process.execCPUAffinity.initial', initial));
  for (const hierarchy of cgroups) {
    if (hierarchy.version !== 1) continue;
    if (hierarchy === own) {
      builder.add('enter', { op: 'session-cgroup-enter' }, "enter the session's cgroup");
      continue;
    }
    const directory = cgroupDirectory(hierarchy, cgroupPath);
    builder.add('enter', { op: 'cgroup-enter', path: `${directory}/tasks` }, `enter cgroup ${directory}`);
  }
  // Without a final one it is what the cgroup allows.
  if (final) addAffinity(builder, 'final', maskOf('process.execCPUAffinity.final', final));
  else if (initial) addAffinity(builder, 'final', new Uint8Array(1024).fill(0xff));
  if (process.oomScoreAdj !== undefined) {
    builder.add(
      'enter',
      { op: 'oom-score', value: BigInt(process.oomScoreAdj) },
      `set oom_score_adj to ${process.oomScoreAdj}`,
    );
  }
  if (idMaps === undefined) {
    builder.add('enter', { op: 'container-join', types: JOINED }, "enter the container's namespaces");
  } else {
    raiseLimits(builder, 'enter', process);
    const types = JOINED | Number(CLONE_FLAGS.user);
    builder.add('enter', { op: 'container-join', types }, "enter the container's namespaces");
    builder.add('enter', { op: 'mapped-root' }, 'become the root of the user namespace');
  }
  if (terminal) {
    const { height = 0, width = 0 } = process.consoleSize ?? {};
    builder.add('enter', { op: 'terminal', rows: height, columns: width }, 'open a terminal');
  }
  builder.add('init', { op: 'session', terminal: terminal ? 1 : 0 }, 'start a session');
  compileConfinement(builder, {
    process,
    gate: false,
    shared: request.shared ?? {},
    outlives: request.outlives,
    seccomp: request.seccomp,
    seccompFilter: request.seccompFilter,
  });
  return builder.build();
}

function addAffinity(builder: ProgramBuilder, when: 'initial' | 'final', processors: Uint8Array): void {
  builder.add(
    'enter',
    { op: 'affinity', processors },
    `set the processors (process.execCPUAffinity.${when})`,
  );
}

/**
 * Compiles what a helper does that runs sessions in the container of an init which another process has launched. Pure.
 *
 * @param reap whether it waits for their ends; else it leaves those to whoever gets them
 */
export function compileStandBeside({ pid, startTicks }: JoinedProcess, reap: boolean): LaunchProgram {
  const builder = new ProgramBuilder();
  builder.add('prepare', { op: 'stand-beside', pid, startTicks, reap: reap ? 1 : 0 }, `open process ${pid}`);
  return builder.build();
}
