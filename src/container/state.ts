import { existsSync } from 'node:fs';
import { errnoName } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { nextState, type ContainerState } from '../model/state.js';
import { isActive, type ContainerStatus } from '../model/status.js';
import type { ExitMessage, MonitorConnection } from '../monitor/connection.js';
import { readExitRecord, type ExitRecord } from '../monitor/exit-record.js';
import { MONITOR_STATES } from '../monitor/messages.js';
import type { ContainerCore } from './core.js';
import { clearRemains } from './remains.js';

/** Nanoseconds since the epoch as ISO 8601 with all nine digits; '' for never. */
export function isoOfNanoseconds(ns: bigint): string {
  if (ns === 0n) return '';
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** Records a state, if it changed. */
export async function writeState(
  core: ContainerCore,
  before: ContainerState,
  change: Partial<ContainerState>,
): Promise<ContainerState> {
  const changed = Object.entries(change).some(
    ([key, value]) => before[key as keyof ContainerState] !== value,
  );
  if (!changed) return before;
  const after = nextState(before, change);
  core.lastState = after;
  core.unrecorded = undefined;
  try {
    await core.services.records.writeState(core.paths, after);
  } catch (error) {
    if (!LibpodError.is(error)) throw error;
    // The monitor of a throwaway container has just taken its records away.
    const gone = core.config.autoRemove && errnoName(error.errno ?? 0) === 'ENOENT';
    // Others learn from the socket and from the exit record what the state would say. A full disk, which the container
    // itself may have filled, must not keep anybody from waiting for it, stopping or removing it.
    if (!gone && error.code !== 'ERR_NO_SPACE') throw error;
    if (!gone) core.unrecorded = after;
  }
  return after;
}

/** The change that an exit record tells. */
export function exitChange(exit: ExitRecord): Partial<ContainerState> {
  return {
    state: 'exited',
    pid: 0,
    startTicks: '0',
    exitCode: exit.exitCode,
    signal: exit.signal,
    oomKilled: exit.oomKilled,
    finishedTime: isoOfNanoseconds(exit.finishedNs),
    logLost: exit.logLost,
    ...(exit.startedNs === 0n ? {} : { startedTime: isoOfNanoseconds(exit.startedNs) }),
  };
}

/** The change that a monitor's last word tells. */
export function exitMessageChange(exit: ExitMessage): Partial<ContainerState> {
  return {
    state: 'exited',
    pid: 0,
    startTicks: '0',
    exitCode: exit.exitCode,
    signal: exit.signal,
    oomKilled: exit.oomKilled !== 0,
    finishedTime: isoOfNanoseconds(exit.finishedNs),
  };
}

function liveChange(connection: MonitorConnection, before: ContainerStatus): Partial<ContainerState> {
  const hello = connection.hello;
  const created = connection.seen('created');
  const started = connection.seen('started');
  const pid = created?.pid ?? hello?.pid ?? 0;
  const startTicks = String(created?.startTicks ?? hello?.startTicks ?? 0n);
  const startedNs = started?.startedNs ?? hello?.startedNs ?? 0n;
  const running = started !== undefined || MONITOR_STATES[hello?.state ?? 0] === 'running';
  const state = running ? (before === 'stopping' || before === 'paused' ? before : 'running') : 'created';
  return {
    state,
    pid,
    startTicks,
    ...(startedNs === 0n ? {} : { startedTime: isoOfNanoseconds(startedNs) }),
  };
}

/**
 * Brings the recorded state up to the truth; the caller holds the lock. Who knows, in this order: an exit record that is
 * not in the state yet; a living monitor; else, for a container that should have one, nobody: the monitor was killed, and
 * what it left is cleared away.
 */
export async function sync(core: ContainerCore): Promise<ContainerState> {
  const recorded = core.services.records.state(core.paths);
  const { unrecorded } = core;
  const before =
    unrecorded !== undefined && unrecorded.generation > recorded.generation ? unrecorded : recorded;
  core.lastState = before;
  const exit = readExitRecord(core.paths.exit);
  if (
    exit !== undefined &&
    (isActive(before.state) || isoOfNanoseconds(exit.finishedNs) !== before.finishedTime)
  ) {
    return writeState(core, before, exitChange(exit));
  }
  // An engine may have died between the launch and the record of it: the socket tells.
  if (!isActive(before.state) && (exit !== undefined || !existsSync(core.paths.controlSocket))) return before;
  const connection = await core.connect();
  if (connection !== undefined) {
    const exited = connection.seen('exited');
    if (exited !== undefined) return writeState(core, before, exitMessageChange(exited));
    const state = MONITOR_STATES[connection.hello?.state ?? 0];
    const settled = state !== 'creating' || (await connection.next('created')) !== undefined;
    if (settled && state !== 'stopped') return writeState(core, before, liveChange(connection, before.state));
    // It is about to record the exit, or to undo a launch.
    await connection.end();
  }
  const late = readExitRecord(core.paths.exit);
  if (late !== undefined) return writeState(core, before, exitChange(late));
  // A full disk may have kept the record from being written; then the monitor's last word counts.
  const last = connection?.seen('exited') ?? (before === unrecorded ? core.lastExit : undefined);
  if (last !== undefined && !core.config.autoRemove) return writeState(core, before, exitMessageChange(last));
  // A throwaway container leaves no record, and its monitor may just have told us the end.
  if (core.config.autoRemove && !existsSync(core.paths.lock)) throw core.removedError();
  await clearRemains(core.services, core.config.cgroupPath, core.paths);
  if (!isActive(before.state)) return before;
  return writeState(core, before, {
    state: 'exited',
    pid: 0,
    startTicks: '0',
    exitCode: -1,
    signal: 0,
    finishedTime: new Date().toISOString(),
  });
}
