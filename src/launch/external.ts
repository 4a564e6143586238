import { cgroupDirectory, type CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { bundleSpec } from './bundle-spec.js';
import { compileCgroupsAbove } from './cgroups.js';
import { compilePrepare, compileSharedMemory, compileTeardown } from './compile.js';
import { CLONE_FLAGS, PROPAGATION } from './flags.js';
import { addNetlink } from './netlink.js';
import { ProgramBuilder, type LaunchProgram } from './program.js';
import { refuseForSession, refuseForOthers } from './refuse-for-others.js';
import type { LaunchRequest } from './request.js';
import { addSessionCgroup, foreignSessionHierarchy, type SessionRequest } from './session.js';
import { streamOwner } from './streams.js';
import { labelOptions, labelWords } from './mounts.js';

/** An OCI runtime that keeps to the command line: runc(8). */
export interface RuntimeCommand {
  /** As the user calls it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
  /** How long one run of it may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Where such a runtime has a container. */
export interface RuntimePlace {
  /** By which it knows the container. */
  readonly id: string;
  /** The container's name, for messages. */
  readonly name: string;
  /** A directory for it and the monitor alone, which goes with the container's end; it is the bundle. */
  readonly directory: string;
}

/** SIGKILL: signal(7). */
const SIGKILL = 9;
const NO_BYTES = new Uint8Array();

/** How a container of another runtime is deleted: a file of its directory. */
export const RUNTIME_RECORD = 'delete.json';

/** What that file says. */
export interface RuntimeRecord {
  /** The command line. */
  readonly words: readonly string[];
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
  readonly timeoutMs: number;
}

/** How a runtime is called, up to its verb. Its state is the container's own, and goes with it. */
export function runtimeWords({ path }: Pick<RuntimeCommand, 'path'>, directory: string): string[] {
  return [path, '--root', `${directory}/state`, '--log-format', 'json'];
}

/** The command line of one run: what is told of it later is in the runtime's own log. */
function runtimeRun(
  runtime: RuntimeCommand,
  { directory, id }: RuntimePlace,
  verb: readonly string[],
): { op: 'runtime-run' } & Record<'path' | 'log', string> &
  Record<'arguments' | 'environment', readonly string[]> & { timeoutMs: bigint } {
  const log = `${directory}/log`;
  return {
    op: 'runtime-run',
    path: runtime.path,
    arguments: [...runtimeWords(runtime, directory), '--log', log, ...verb, id],
    environment: runtime.environment,
    log,
    timeoutMs: BigInt(runtime.timeoutMs),
  };
}

/**
 * Whether the monitor makes the network namespace, because it has to put interfaces into it before the container's program
 * runs; else the runtime makes it, or joins another one.
 */
function makesNetwork({ spec, network, joined }: LaunchRequest): boolean {
  if (network === undefined || network.namespace !== undefined) return false;
  if (joined.some(({ type }) => type === 'network')) return false;
  return spec.linux?.namespaces?.some(({ type, path }) => type === 'network' && !path) ?? false;
}

/** The file that shows a namespace to the runtime. */
function heldAt({ directory }: RuntimePlace, type: string): string {
  return `${directory}/namespaces/${type}`;
}

/** The directory of the bundle that shows the runtime another container's /dev/shm. */
const SHM = '/shm';

function compileBundle(builder: ProgramBuilder, request: LaunchRequest, place: RuntimePlace): void {
  const { directory } = place;
  const held = [
    ...request.joined.map(({ type }) => type),
    ...(makesNetwork(request) ? (['network'] as const) : []),
  ];
  const shown = new Map(held.map((type) => [type, heldAt(place, type)]));
  const spec = bundleSpec(request, shown, directory + SHM);
  // What an earlier run left, whose monitor was killed.
  builder.add('prepare', { op: 'remove', path: directory }, `empty ${directory}`);
  for (const path of [directory, `${directory}/namespaces`])
    builder.add('prepare', { op: 'mkdir', path, mode: 0o700 }, `make ${path}`);
  const path = `${directory}/config.json`;
  const data = Buffer.from(JSON.stringify(spec));
  builder.add('prepare', { op: 'write-file', path, mode: 0o600, data }, `write ${path}`);
}

/** For whoever clears up after a monitor that was killed, and may know no more of the container than its directory. */
function compileRecord(builder: ProgramBuilder, runtime: RuntimeCommand, place: RuntimePlace): void {
  const path = `${place.directory}/${RUNTIME_RECORD}`;
  const words = [...runtimeWords(runtime, place.directory), 'delete', '--force', place.id];
  const { timeoutMs, environment } = runtime;
  const data = Buffer.from(JSON.stringify({ words, environment, timeoutMs } satisfies RuntimeRecord));
  builder.add('prepare', { op: 'write-file', path, mode: 0o600, data }, `write ${path}`);
}

/** The launcher's own mount namespace, where the root, the namespaces and the /dev/shm appear that the bundle names. */
function compileScenery(builder: ProgramBuilder, request: LaunchRequest, place: RuntimePlace): void {
  const { root, shm } = request;
  builder.add('enter', { op: 'propagation', flags: PROPAGATION.slave }, 'make the mount tree a slave');
  builder.add('enter', { op: 'await-parent' });
  for (const { type, path, pid, startTicks } of request.joined)
    builder.add(
      'enter',
      { op: 'namespace-hold', path, pid, startTicks, at: heldAt(place, type) },
      `join the ${type} namespace ${path}`,
    );
  if (shm !== undefined) {
    const { directory } = place;
    // A target is found beneath a root, which the bundle is until the container's takes its place.
    builder.add('enter', { op: 'root-bind', directory, at: directory }, `attach ${directory}`);
    compileSharedMemory(builder, shm, undefined, SHM);
  }
  if (root.kind !== 'overlay') return;
  const { lower, upper, work, options } = root;
  builder.add(
    'enter',
    {
      op: 'root-overlay',
      ...{ lower, upper, work, at: request.attachAt },
      options: [...options, ...labelOptions('overlay', request)],
    },
    `mount an overlay over ${lower.join(':')}${labelWords('overlay', request)}`,
  );
}

/**
 * Compiles the launch of a container that another OCI runtime makes. The child is none of the container: it has the runtime
 * make it, waits at the gate, has the runtime start it, and goes. The container's init falls to the monitor. Pure.
 *
 * @throws LibpodError ERR_UNSUPPORTED for what only this library's own runtime can do
 */
export function compileForRuntime(
  request: LaunchRequest,
  runtime: RuntimeCommand,
  place: RuntimePlace,
): LaunchProgram {
  refuseForOthers(request, runtime.name, place.name);
  const builder = new ProgramBuilder();
  // The runtime runs the hooks.
  const unhooked = { ...request, spec: { ...request.spec, hooks: undefined } };
  compilePrepare(builder, unhooked, undefined);
  compileCgroupsAbove(builder, request);
  compileBundle(builder, request, place);
  compileRecord(builder, runtime, place);
  const network = makesNetwork(request);
  builder.add(
    'clone',
    { op: 'launcher', flags: CLONE_FLAGS.mount | (network ? CLONE_FLAGS.network : 0n) },
    `make a process that runs ${runtime.name}`,
  );
  if (request.pidFile !== undefined)
    builder.add('parent', { op: 'pid-file', path: request.pidFile }, `write the PID file ${request.pidFile}`);
  for (const step of request.network?.outside ?? []) addNetlink(builder, 'parent', step);
  builder.add('parent', { op: 'release-child' });
  compileScenery(builder, request, place);
  builder.add('init', { op: 'death-signal', signal: SIGKILL }, 'tie it to the monitor');
  if (network) {
    builder.add('init', { op: 'loopback-up' }, 'bring the loopback interface up');
    for (const step of request.network?.inside ?? []) addNetlink(builder, 'init', step);
    builder.add('init', { op: 'network-hold', at: heldAt(place, 'network') }, 'show the network namespace');
  }
  const { consoleSize, args } = request.spec.process;
  builder.add(
    'init',
    {
      op: 'runtime-create',
      ...launchWords(runtime, place, ['create', '--bundle', place.directory]),
      process: NO_BYTES,
      command: args ?? [],
      rows: consoleSize?.height ?? 0,
      columns: consoleSize?.width ?? 0,
    },
    `have ${runtime.name} create container ${place.name}`,
  );
  builder.add('gate', { op: 'await-start' });
  builder.add(
    'exec',
    runtimeRun(runtime, place, ['start']),
    `have ${runtime.name} start container ${place.name}`,
  );
  compileEnd(builder, unhooked, runtime, place);
  return builder.build();
}

function launchWords(
  runtime: RuntimeCommand,
  { directory, id }: RuntimePlace,
  verb: readonly string[],
): {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly verb: readonly string[];
  readonly id: string;
  readonly environment: readonly string[];
  readonly directory: string;
  readonly timeoutMs: bigint;
} {
  const { path, environment, timeoutMs } = runtime;
  const words = runtimeWords(runtime, directory);
  return { path, arguments: words, verb, id, environment, directory, timeoutMs: BigInt(timeoutMs) };
}

/** What is left in the cgroups dies first; then the runtime forgets the container, and takes its cgroups away. */
function compileEnd(
  builder: ProgramBuilder,
  request: LaunchRequest,
  runtime: RuntimeCommand,
  place: RuntimePlace,
): void {
  for (const path of directoriesOf(request)) builder.add('teardown', { op: 'cgroup-kill', path });
  builder.add('teardown', runtimeRun(runtime, place, ['delete', '--force']));
  builder.add('teardown', { op: 'remove', path: place.directory });
  compileTeardown(builder, request);
}

function directoriesOf({
  cgroups,
  cgroupPath,
}: {
  readonly cgroups: readonly CgroupHierarchy[];
  readonly cgroupPath: string;
}): string[] {
  return cgroups.map((hierarchy) => cgroupDirectory(hierarchy, cgroupPath));
}

/**
 * Compiles the launch of an exec session in a container of another OCI runtime: that runtime makes the process. Pure.
 *
 * @throws LibpodError ERR_UNSUPPORTED for what only this library's own runtime can do
 */
export function compileSessionForRuntime(
  request: SessionRequest,
  runtime: RuntimeCommand,
  place: RuntimePlace,
): LaunchProgram {
  refuseForSession(request, runtime.name, place.name);
  const { process, stdin, cgroups, cgroupPath } = request;
  const builder = new ProgramBuilder();
  const terminal = process.terminal === true;
  builder.add(
    'prepare',
    {
      op: 'stdio',
      terminal: terminal ? 1 : 0,
      stdin: stdin ? 1 : 0,
      once: 0,
      ...streamOwner(process.user, terminal, undefined),
    },
    'make the standard streams',
  );
  const own = foreignSessionHierarchy(cgroups);
  if (own !== undefined) addSessionCgroup(builder, own, cgroupPath);
  builder.add('clone', { op: 'launcher', flags: 0n }, `make a process that runs ${runtime.name}`);
  builder.add('init', { op: 'death-signal', signal: SIGKILL }, 'tie it to the monitor');
  builder.add(
    'exec',
    {
      op: 'runtime-create',
      ...launchWords(runtime, place, ['exec', '--detach']),
      process: Buffer.from(JSON.stringify(process)),
      command: process.args ?? [],
      rows: process.consoleSize?.height ?? 0,
      columns: process.consoleSize?.width ?? 0,
    },
    `have ${runtime.name} run a command in container ${place.name}`,
  );
  return builder.build();
}
