import path from 'node:path';
import { newId } from '../base/ids.js';
import { LibpodError } from '../base/errors.js';
import { encodeProgram } from '../launch/encode.js';
import { explainFailure } from '../launch/explain.js';
import type { LaunchProgram } from '../launch/program.js';
import { compileSession, compileStandBeside, mayTrace } from '../launch/session.js';
import { refuseUnsupported } from '../launch/unsupported.js';
import { detectCgroups } from '../linux/cgroups/cgroups.js';
import { readIdMaps, type IdMaps } from '../linux/namespaces/id-map.js';
import { SocketOutputs } from '../monitor/output.js';
import { programMessages, SessionConnection, type SessionExited } from '../monitor/session-connection.js';
import type { Process, RuntimeSpec } from '../oci/runtime-spec.js';
import { SeccompCache } from '../runtimes/seccomp-cache.js';
import { withHome } from './home.js';
import { launcherGone, startLauncher, type Launcher } from './launcher.js';
import { replaceFile, type ContainerFiles, type ContainerRecord } from './state-directory.js';
import { statusOf } from './status.js';
import { launchStreams, type StreamOptions } from './streams.js';
import { serveTerminal } from './terminal.js';

/** How a further process of a container is run. */
export interface ExecOptions extends StreamOptions {
  readonly detach: boolean;
  readonly pidFile?: string | undefined;
  /** Whether a paused container is fine: the process then waits in it. */
  readonly ignorePaused: boolean;
  /** The process, made of the specification that the container has. */
  readonly process: (spec: RuntimeSpec) => Process | Promise<Process>;
  /** Called when it runs, unless it is left alone; answers what is called when it has ended. */
  readonly whileRunning: (process: { readonly pid: number; readonly startTicks: string }) => () => void;
}

/** A session that was begun. */
interface BegunSession {
  readonly connection: SessionConnection;
  readonly program: LaunchProgram;
  readonly process: Process;
  readonly launcher: Launcher;
  readonly record: ContainerRecord;
}

/**
 * Runs a further process in a container.
 *
 * @returns its exit status as a shell counts; 0 if it was left alone
 * @throws LibpodError ERR_INVALID_STATE if the container does not run; what failed if the process cannot be run
 */
export async function execInContainer(files: ContainerFiles, options: ExecOptions): Promise<number> {
  const session = await begin(files, options);
  const { connection, launcher, process: asked } = session;
  try {
    const terminal = asked.terminal === true && options.consoleSocket === undefined;
    const served = terminal
      ? serveTerminal(
          {
            attach: () => {
              const outputs = new SocketOutputs();
              outputs.stderr.resume();
              connection.attach(outputs);
              return outputs;
            },
            stdin: () => connection.stdin(),
          },
          ({ rows, columns }) => connection.send({ type: 'resize', rows, columns }),
        )
      : undefined;
    try {
      if (terminal) connection.send({ type: 'session-attach' });
      connection.send({ type: 'session-start' });
      const status = await follow(files, session, options);
      await served?.ended;
      return status;
    } finally {
      served?.[Symbol.dispose]();
    }
  } finally {
    connection.close();
    await launcher.ended;
  }
}

/**
 * Whether somebody in the PID namespace may trace a process that has more capabilities than itself: the container, or others
 * whose namespace it has entered.
 */
function hasTracers({ process, linux }: RuntimeSpec): boolean {
  const pid = linux?.namespaces?.find(({ type }) => type === 'pid');
  return mayTrace(process.capabilities) || pid === undefined || Boolean(pid.path);
}

/** The ID maps of the container's user namespace, joined or its own; none if it has the host's. */
function mapsOf({ linux }: RuntimeSpec, { pid }: ContainerRecord): IdMaps | undefined {
  return linux?.namespaces?.some(({ type }) => type === 'user') === true ? readIdMaps(pid) : undefined;
}

async function begin(files: ContainerFiles, options: ExecOptions): Promise<BegunSession> {
  const record = files.requireRecord();
  const status = await statusOf(files, record);
  const runs = status === 'running' || status === 'created' || (status === 'paused' && options.ignorePaused);
  if (!runs)
    throw new LibpodError('ERR_INVALID_STATE', `cannot exec in container ${files.id}: it is ${status}`);
  const spec = files.readSpec();
  const process = withHome(await options.process(spec), `/proc/${record.pid}/root`);
  // What a container's process may not ask for, this one may not either.
  refuseUnsupported({ ...spec, process });
  const { env, ...streams } = launchStreams(process.terminal === true, !options.detach, options);
  const { seccomp } = spec.linux ?? {};
  const cache = new SeccompCache(path.join(path.dirname(files.directory), '.seccomp'));
  const program = compileSession({
    process: env.length === 0 ? process : { ...process, env: [...(process.env ?? []), ...env] },
    cgroups: detectCgroups(),
    cgroupPath: record.cgroupPath,
    seccomp,
    seccompFilter: seccomp === undefined ? undefined : await cache.get(seccomp),
    outlives: true,
    late: hasTracers(spec),
    shared: spec.linux,
    idMaps: mapsOf(spec, record),
    ...streams,
  });
  const init = { pid: record.pid, startTicks: BigInt(record.startTicks) };
  const launcher = await startLauncher(
    encodeProgram(compileStandBeside(init, !options.detach)),
    files.attachAt,
  );
  const connection = SessionConnection.ofDescriptor(launcher.socket);
  connection.send(...programMessages(encodeProgram(program)), {
    type: 'session-create',
    id: newId(),
    kept: 0,
    tied: 0,
    timeoutMs: 0n,
  });
  return { connection, program, process, launcher, record };
}

async function follow(files: ContainerFiles, session: BegunSession, options: ExecOptions): Promise<number> {
  const { connection } = session;
  const started = await connection.next('session-started');
  if (started === undefined) {
    const early = await connection.outcome;
    if (early?.type !== 'session-exited') throw failureOf(files.id, session, early);
    return early.exitCode;
  }
  if (options.pidFile !== undefined) replaceFile(path.resolve(options.pidFile), String(started.pid), 0o644);
  if (options.detach) return 0;
  const done = options.whileRunning({ pid: started.pid, startTicks: String(started.startTicks) });
  try {
    const outcome = await connection.outcome;
    if (outcome?.type !== 'session-exited') throw failureOf(files.id, session, outcome);
    return outcome.exitCode;
  } finally {
    done();
  }
}

function failureOf(
  id: string,
  { program }: BegunSession,
  outcome: Exclude<Awaited<SessionConnection['outcome']>, SessionExited>,
): LibpodError {
  if (outcome?.type === 'session-failed') return explainFailure(program, outcome, id);
  if (outcome?.type === 'session-refused')
    return new LibpodError('ERR_INVALID_STATE', `cannot exec in container ${id}: it has ended`, {
      errno: outcome.errno,
    });
  return launcherGone(`the exec in container ${id}`);
}
