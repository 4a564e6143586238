import { setTimeout as sleep } from 'node:timers/promises';
import { errnoName, hasErrno } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { millisecondsOf } from '../base/seconds.js';
import { signalName } from '../linux/processes/signals.js';
import { signalProcess } from '../linux/processes/processes.js';
import type { ContainerState } from '../model/state.js';
import { isActive, requireState } from '../model/status.js';
import type { Access } from './locking/access.js';
import type { ContainerCore } from './core.js';
import { thaw } from './pause.js';
import { callOffNextRun, callOffRestarts, endsPolicy, rememberStopped } from './restart-policy.js';
import { sync, tryWriteState } from './state/state.js';
import { tell } from './tell.js';

const SIGKILL = 9;
/** How long SIGKILL may take: a process in an uninterruptible wait dies when that is over. */
const KILL_PATIENCE_MS = 10_000;

async function signalInit(core: ContainerCore, state: ContainerState, signal: number): Promise<void> {
  const connection = await core.connect();
  const errno = await connection?.signal(signal);
  if (errno === 0 || errnoName(errno ?? 0) === 'ESRCH') return;
  if (errno !== undefined) {
    throw new LibpodError(
      'ERR_SYSTEM',
      `cannot send ${signalName(signal)} to container ${core.name}: ${errnoName(errno)}`,
      { containerId: core.id, errno },
    );
  }
  // No monitor: it was killed, or it is just leaving.
  if (state.pid > 0) signalProcess({ pid: state.pid, startTicks: BigInt(state.startTicks) }, signal);
}

/** Waits for the end, for a time; answers whether it came. */
async function endsWithin(core: ContainerCore, milliseconds: number): Promise<boolean> {
  const connection = await core.connect();
  if (connection === undefined) return true;
  const timer = new AbortController();
  try {
    const late = sleep(milliseconds, 'late' as const, { signal: timer.signal });
    return (await Promise.race([connection.next('exited'), late])) !== 'late';
  } finally {
    timer.abort();
  }
}

/** Lets a frozen container die; version 2 may have let it, so that its cgroup is gone. */
async function thawTheDying(core: ContainerCore): Promise<void> {
  try {
    await thaw(core);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

/**
 * Sends a signal to the container's init.
 *
 * @throws LibpodError ERR_INVALID_STATE if no process of it exists
 */
export function kill(core: ContainerCore, access: Access, signal: number): Promise<void> {
  return access(async (state) => {
    requireState('kill', state.state, core.name, core.id);
    const last = endsPolicy(core, signal);
    if (last) await rememberStopped(core, true);
    if (state.state === 'restarting') {
      // Nothing runs that could get another signal.
      if (!last)
        throw new LibpodError(
          'ERR_INVALID_STATE',
          `cannot send ${signalName(signal)} to container ${core.name}: it is restarting, and nothing of it runs`,
          { containerId: core.id },
        );
      if (!(await callOffNextRun(core))) await signalInit(core, await sync(core), signal);
    } else {
      if (last) await callOffRestarts(core);
      await signalInit(core, state, signal);
    }
    await tell(core, 'kill');
  });
}

/**
 * Stops the container: its stop signal, then SIGKILL after the timeout. One that has ended already is fine. No lock is held
 * while waiting, so that others can look, or kill.
 *
 * @param timeout seconds; 0 kills at once
 * @param options.kill end one that is paused, too, which answers no signal but SIGKILL
 * @throws LibpodError ERR_INVALID_STATE if it is paused
 */
export async function stop(
  core: ContainerCore,
  timeout: number,
  { kill = false }: { readonly kill?: boolean } = {},
): Promise<void> {
  const patience = millisecondsOf('the timeout of a stop', timeout);
  // A run that its restart policy made in the meantime is stopped, too.
  for (let runs = -1; ;) {
    const marked = await mark(core, timeout, kill);
    if (marked === undefined) return;
    const { state, direct } = marked;
    if (state.state === 'restarting') continue;
    const run = state.restartCount ?? 0;
    if (run === runs) return;
    runs = run;
    if (direct || !(await endsWithin(core, patience))) {
      if (!direct) await signalInit(core, state, SIGKILL);
      if (!(await endsWithin(core, KILL_PATIENCE_MS))) {
        throw new LibpodError(
          'ERR_TIMEOUT',
          `container ${core.name} is still there ${KILL_PATIENCE_MS / 1000} seconds after SIGKILL`,
          { containerId: core.id },
        );
      }
    }
    if (core.config.autoRemove) {
      await core.connection?.end();
      return;
    }
    const after = await core.locked(() => sync(core));
    if (after.state !== 'restarting' && (after.restartCount ?? 0) === run) return;
  }
}

/** Records that it stops, and sends the first signal; undefined if there is nothing to stop. */
function mark(
  core: ContainerCore,
  timeout: number,
  kill: boolean,
): Promise<{ readonly state: ContainerState; readonly direct: boolean } | undefined> {
  return core.locked(async () => {
    const state = await sync(core);
    await rememberStopped(core, true);
    if (state.state === 'restarting') {
      await tell(core, 'stop');
      await callOffNextRun(core);
      return { state, direct: true };
    }
    if (!isActive(state.state)) return undefined;
    const paused = state.state === 'paused';
    if (!kill) requireState('stop', state.state, core.name, core.id);
    // Nothing runs yet in a created one that could answer a signal, and a paused one would not.
    const direct = state.state === 'created' || paused || timeout === 0;
    if (state.state === 'running' || paused) await tryWriteState(core, state, { state: 'stopping' }, 'stop');
    else if (state.state !== 'stopping') await tell(core, 'stop');
    await callOffRestarts(core);
    await signalInit(core, state, direct ? SIGKILL : core.config.stopSignal);
    // Version 1 holds what is frozen also from dying.
    if (paused) await thawTheDying(core);
    return { state, direct };
  });
}
