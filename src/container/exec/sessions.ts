import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../base/ids.js';
import { LibpodError } from '../../base/errors.js';
import { millisecondsOf } from '../../base/seconds.js';
import type { ExecSession, ExecSessionState } from '../../model/exec-session.js';
import type { ContainerState } from '../../model/state.js';
import { isActive } from '../../model/status.js';
import type { MonitorMessage } from '../../monitor/messages.js';
import { programMessages, SessionConnection, type SessionMessage } from '../../monitor/session-connection.js';
import { requireShape } from '../../spec/shape.js';
import type { Access } from '../locking/access.js';
import type { ContainerCore } from '../core.js';
import { ExecProcess, prepareSession, type BegunSession } from './exec.js';
import { noSuchSession, refusal } from './failure.js';
import {
  EXEC_ATTACH_OPTIONS,
  EXEC_CREATE_OPTIONS,
  type ExecAttachOptions,
  type ExecProcessOptions,
} from './options.js';
import { observe } from '../state/state.js';
import { isoOfNanoseconds } from '../state/truth.js';

/** The states of a session, by the monitor's numbers (native/monitor/session.h); `starting` is not seen from outside. */
const STATES: readonly ExecSessionState[] = ['created', 'running', 'running', 'stopped'];

/** Seconds from SIGTERM to SIGKILL, as podman's containers have. */
const STOP_TIMEOUT = 10;

const iso = (ns: bigint): string => (ns === 0n ? '' : isoOfNanoseconds(ns));

function sessionOf(core: ContainerCore, message: SessionMessage): ExecSession {
  return {
    id: message.id,
    containerId: core.id,
    command: message.command,
    pid: message.pid,
    state: STATES[message.state] ?? 'stopped',
    exitCode: message.exitCode,
    signal: message.signal,
    timedOut: message.timedOut !== 0,
    tty: message.terminal !== 0,
    stdin: message.stdin !== 0,
    createdTime: iso(message.createdNs),
    startedTime: iso(message.startedNs),
    finishedTime: iso(message.finishedNs),
  };
}

/** Runs something with a connection of its own. */
async function withConnection<T>(
  core: ContainerCore,
  run: (connection: SessionConnection) => Promise<T>,
): Promise<T> {
  const connection = SessionConnection.dial(core.paths.controlSocket);
  try {
    return await run(connection);
  } finally {
    connection.close();
  }
}

/** The answer, or what kept it from coming. */
function answered<T extends MonitorMessage>(
  core: ContainerCore,
  id: string,
  answer: T | { readonly type: 'session-refused'; readonly errno: number } | undefined,
): Exclude<T, { type: 'session-refused' }> {
  // A container that does not run has no sessions.
  if (answer === undefined) throw noSuchSession(core, id);
  if (answer.type === 'session-refused') throw refusal(core, id, (answer as { errno: number }).errno);
  return answer as Exclude<T, { type: 'session-refused' }>;
}

async function select(core: ContainerCore, connection: SessionConnection, id: string): Promise<ExecSession> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw noSuchSession(core, id);
  const answer = await connection.ask({ type: 'session-select', id }, 'session');
  return sessionOf(core, answered(core, id, answer));
}

/** The IDs of a container's sessions: those that run, and those that were made by `createSession` and not removed. */
export function listSessions(core: ContainerCore, state: ContainerState): Promise<string[]> {
  if (!isActive(state.state)) return Promise.resolve([]);
  return withConnection(core, async (connection) => {
    const answer = await connection.ask({ type: 'session-list' }, 'session-ids');
    return answer?.type === 'session-ids' ? [...answer.ids].sort() : [];
  });
}

/**
 * What is known of a session.
 *
 * @throws LibpodError ERR_NO_SUCH_EXEC_SESSION
 */
export function describeSession(core: ContainerCore, id: string): Promise<ExecSession> {
  return withConnection(core, (connection) => select(core, connection, id));
}

/**
 * Makes a session that waits to be started (libpod's ExecCreate). It stays until it is removed or the container ends.
 *
 * @returns its ID
 * @throws LibpodError ERR_INVALID_STATE unless the container runs, ERR_INVALID_ARGUMENT
 */
export function createSession(
  core: ContainerCore,
  access: Access,
  command: readonly string[],
  options: ExecProcessOptions = {},
): Promise<string> {
  const id = newId();
  return access(async (state) => {
    requireShape('execCreate', EXEC_CREATE_OPTIONS, options);
    const prepared = await prepareSession(core, state, command, options, options.stdin === true);
    return withConnection(core, async (connection) => {
      connection.send(...programMessages(prepared.bytes));
      const create = { type: 'session-create', id, kept: 1, tied: 0, timeoutMs: 0n } as const;
      const answer = answered(core, id, await connection.ask(create, 'session'));
      return answer.id;
    });
  });
}

/** A session that there is already, made in this process or another. */
async function takeUp(core: ContainerCore, id: string, start: boolean): Promise<BegunSession> {
  const { state } = observe(core);
  const connection = SessionConnection.dial(core.paths.controlSocket);
  try {
    const session = await select(core, connection, id);
    const wanted = start ? 'created' : 'running';
    if (session.state !== wanted) {
      throw new LibpodError(
        'ERR_INVALID_STATE',
        `cannot ${start ? 'start' : 'attach to'} exec session ${id}: it is ${session.state}, and must be ${wanted}`,
        { containerId: core.id },
      );
    }
    if (start && state.state === 'paused') {
      throw new LibpodError(
        'ERR_INVALID_STATE',
        `cannot start exec session ${id}: container ${core.name} is paused, and must be running`,
        { containerId: core.id },
      );
    }
    const running = start ? undefined : session.pid;
    return { connection, messages: [], start, running, command: session.command, tty: session.tty };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function takePart(
  core: ContainerCore,
  id: string,
  operation: string,
  options: ExecAttachOptions,
  start: boolean,
): ExecProcess {
  const begin = (): Promise<BegunSession> => takeUp(core, id, start);
  return new ExecProcess(core, [], options, { id, begin, operation, shape: EXEC_ATTACH_OPTIONS });
}

/**
 * Starts a session and leaves it alone (libpod's ExecStart).
 *
 * @throws LibpodError ERR_NO_SUCH_EXEC_SESSION, ERR_INVALID_STATE unless it is created, and what kept it from running
 */
export async function startSession(core: ContainerCore, id: string): Promise<void> {
  await new ExecProcess(core, [], { detach: true }, { id, begin: () => takeUp(core, id, true) });
}

/** Starts a session with its streams in hand from the first byte (libpod's ExecStartAndAttach). */
export function startAndAttachSession(
  core: ContainerCore,
  id: string,
  options: ExecAttachOptions = {},
): ExecProcess {
  return takePart(core, id, 'execStartAndAttach', options, true);
}

/** Streams of a session that runs, from now on. */
export function attachSession(core: ContainerCore, id: string, options: ExecAttachOptions = {}): ExecProcess {
  return takePart(core, id, 'execAttach', options, false);
}

/**
 * Ends a session: SIGTERM, then SIGKILL to every process of it after the timeout. One that has ended is fine.
 *
 * @param timeout seconds; 10 unless given; 0 kills at once
 * @throws LibpodError ERR_NO_SUCH_EXEC_SESSION
 */
export async function stopSession(core: ContainerCore, id: string, timeout = STOP_TIMEOUT): Promise<void> {
  const patience = millisecondsOf('the stop timeout of an exec session', timeout);
  await withConnection(core, async (connection) => {
    const session = await select(core, connection, id);
    if (session.state !== 'running') return;
    if (patience > 0) {
      connection.send({ type: 'signal', signal: 15 });
      const timer = new AbortController();
      const late = sleep(patience, undefined, { signal: timer.signal }).catch(() => undefined);
      const ended = connection.outcome.then(() => timer.abort());
      await Promise.race([ended, late]);
      timer.abort();
    }
    connection.send({ type: 'session-kill' });
    await connection.outcome;
  });
}

/** Tells the terminal of a session its new size. */
export function resizeSession(core: ContainerCore, id: string, rows: number, columns: number): Promise<void> {
  return withConnection(core, async (connection) => {
    await select(core, connection, id);
    connection.send({ type: 'resize', rows, columns });
    // An answer to what comes behind it proves that it was heard.
    await connection.ask({ type: 'session-list' }, 'session-ids');
  });
}

/**
 * Forgets a session.
 *
 * @param force whether to kill it first if it runs
 * @throws LibpodError ERR_NO_SUCH_EXEC_SESSION, ERR_INVALID_STATE if it runs
 */
export async function removeSession(core: ContainerCore, id: string, force = false): Promise<void> {
  if (force) await stopSession(core, id, 0);
  await withConnection(core, async (connection) => {
    try {
      await select(core, connection, id);
    } catch (error) {
      // One that was not made to be kept went when it was stopped.
      if (force && LibpodError.is(error, 'ERR_NO_SUCH_EXEC_SESSION')) return;
      throw error;
    }
    const done = await connection.ask({ type: 'session-remove' }, 'done');
    if (answered(core, id, done).errno === 0) return;
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `cannot remove exec session ${id}: it is running, and must be created or stopped`,
      { containerId: core.id },
    );
  });
}
