import path from 'node:path';
import { LibpodError } from '../base/errors.js';
import { compileLaunch } from '../launch/compile.js';
import { encodeProgram } from '../launch/encode.js';
import { explainFailure } from '../launch/explain.js';
import type { LaunchProgram } from '../launch/program.js';
import { detectCgroups } from '../linux/cgroups/cgroups.js';
import type { IdMaps } from '../linux/namespaces/id-map.js';
import { mapsOfNamespace } from '../linux/namespace-maps.js';
import { MonitorConnection } from '../monitor/connection.js';
import { earlyEnd } from '../monitor/early-end.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { movedDevices, movesDevices } from '../runtimes/net-devices.js';
import { SeccompCache } from '../runtimes/seccomp-cache.js';
import { parseBundle } from './bundle.js';
import { cgroupPathOf } from './cgroup-path.js';
import { delegatedHierarchy } from '../linux/cgroups/delegated.js';
import { withHome } from './home.js';
import { launcherGone, startLauncher, type Launcher } from './launcher.js';
import { inScope, scopeOf } from './scope.js';
import { replaceFile, type ContainerFiles, type ContainerRecord } from './state-directory.js';
import { launchStreams, type StreamOptions } from './streams.js';

/** How a container of a bundle is made. */
export interface CreateOptions extends StreamOptions {
  /** The bundle's directory. */
  readonly bundle: string;
  /** Another file in place of its config.json. */
  readonly config?: string | undefined;
  /** Where the init's PID is written. */
  readonly pidFile?: string | undefined;
  /** Whether it keeps the session keyring of the caller. */
  readonly keepKeyring?: boolean | undefined;
  /** Whether the root is moved over the host's instead of pivoted to. */
  readonly noPivot?: boolean | undefined;
  /** Whether systemd makes a scope for it. */
  readonly systemdCgroup?: boolean | undefined;
  /** Whether the caller stays, and serves the terminal. */
  readonly kept?: boolean | undefined;
}

/** A container that was made, while its launcher is still there. */
export interface CreatedContainer {
  readonly record: ContainerRecord;
  readonly spec: RuntimeSpec;
  readonly program: LaunchProgram;
  /** To the launcher, which tells of the container's end as long as this is open. */
  readonly connection: MonitorConnection;
  /** Lets the launcher go; the container is then left to whoever reaps. */
  leave(): Promise<void>;
}

/**
 * Makes a container of a bundle; its program waits to be started. The launcher is the init's parent until it leaves; then
 * the nearest subreaper is (PR_SET_CHILD_SUBREAPER of prctl(2)).
 *
 * @throws LibpodError, and nothing of the container is left then
 */
export async function createContainer(
  files: ContainerFiles,
  options: CreateOptions,
): Promise<CreatedContainer> {
  const { spec: asWritten, rootDirectory } = parseBundle(options.bundle, options.config);
  const streams = launchStreams(asWritten.process.terminal === true, options.kept === true, options);
  const spec = withEnvironment(asWritten, streams.env, rootDirectory);
  const scope = options.systemdCgroup === true ? scopeOf(spec, files.id) : undefined;
  const cgroupPath = scope?.cgroupPath ?? cgroupPathOf(spec, files.id);
  const { seccomp } = spec.linux ?? {};
  const { env: _env, ...foreign } = streams;
  const network = movesDevices(spec) ? { ...(await movedDevices(spec)), down: [] } : undefined;
  const request = {
    spec,
    root: { kind: 'directory', directory: rootDirectory },
    attachAt: files.attachAt,
    cgroups: scope === undefined ? detectCgroups() : [delegatedHierarchy(scope.path)],
    cgroupPath,
    gate: files.gate,
    id: files.id,
    bundle: path.resolve(options.bundle),
    ...foreign,
    keepKeyring: options.keepKeyring,
    noPivot: options.noPivot,
    idMaps: await joinedMaps(spec),
    network,
    stdinOnce: false,
    joined: [],
    init: false,
    pause: false,
    timeout: 0,
    freshDirectories: [],
    files: [],
    removeAtEnd: [],
  } as const;
  // What cannot be is refused before anything is there.
  compileLaunch({ ...request, seccompFilter: NO_FILTER });
  using _held = await files.make();
  try {
    const seccompFilter =
      seccomp === undefined ? undefined : await new SeccompCache(seccompDirectory(files)).get(seccomp);
    const program = compileLaunch({ ...request, seccompFilter });
    const launch = () => launched(files, program);
    const { connection, launcher, created } =
      scope === undefined ? await launch() : await inScope(scope, files.attachAt, launch);
    const record: ContainerRecord = {
      schema: 1,
      ociVersion: spec.ociVersion,
      id: files.id,
      pid: created.pid,
      startTicks: String(created.startTicks),
      bundle: path.resolve(options.bundle),
      rootfs: rootDirectory,
      created: new Date().toISOString(),
      cgroupPath,
      scope: scope?.path,
      ...(spec.annotations && { annotations: spec.annotations }),
    };
    try {
      // Without what is this process's alone: exec makes its own of it.
      files.write(record, asWritten);
      if (options.pidFile !== undefined)
        replaceFile(path.resolve(options.pidFile), String(created.pid), 0o644);
    } catch (error) {
      // Without a word to stay it undoes everything.
      connection.close();
      await launcher.ended;
      throw error;
    }
    connection.send({ type: 'keep' });
    const leave = async (): Promise<void> => {
      connection.close();
      await launcher.ended;
    };
    return { record, spec, program, connection, leave };
  } catch (error) {
    files.remove();
    throw error;
  }
}

/** The ID maps of a user namespace that is joined; the specification has those of a new one. */
async function joinedMaps({ linux }: RuntimeSpec): Promise<IdMaps | undefined> {
  const path = linux?.namespaces?.find(({ type }) => type === 'user')?.path;
  return path ? mapsOfNamespace(path) : undefined;
}

/** In place of one that is not compiled yet. */
const NO_FILTER = new Uint8Array();

/** Filters that were compiled are kept beside the containers: a start costs ten times as much without. */
function seccompDirectory(files: ContainerFiles): string {
  return path.join(path.dirname(files.directory), '.seccomp');
}

function withEnvironment(spec: RuntimeSpec, env: readonly string[], root: string): RuntimeSpec {
  const process = withHome(spec.process, root);
  return { ...spec, process: { ...process, env: [...(process.env ?? []), ...env] } };
}

/** A container whose init waits at its gate. */
interface Launched {
  readonly launcher: Launcher;
  readonly connection: MonitorConnection;
  readonly created: { readonly pid: number; readonly startTicks: bigint };
}

async function launched(files: ContainerFiles, program: LaunchProgram): Promise<Launched> {
  const launcher = await startLauncher(encodeProgram(program), files.attachAt);
  const connection = MonitorConnection.ofDescriptor(launcher.socket);
  const created = await untilCreated(files.id, connection, launcher, program);
  return { launcher, connection, created };
}

async function untilCreated(
  id: string,
  connection: MonitorConnection,
  launcher: Launcher,
  program: LaunchProgram,
): Promise<Launched['created']> {
  const created = await connection.next('created');
  if (created !== undefined) return created;
  const failed = connection.seen('failed');
  await launcher.ended;
  connection.close();
  if (failed !== undefined) throw explainFailure(program, failed, id);
  const exited = connection.seen('exited');
  if (exited === undefined) throw launcherGone(`the launch of container ${id}`);
  throw new LibpodError('ERR_MONITOR', `the launch did not finish: ${earlyEnd(exited)}`, { containerId: id });
}
