import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { runFileSteps } from '../../linux/files/files.js';
import type { EventStatus } from '../../model/event.js';
import { nextState, type ContainerState } from '../../model/state.js';
import type { MonitorTrace } from '../../monitor/journal.js';
import type { ContainerCore } from '../core.js';
import { noteTold, tellOwed } from './owed-events.js';
import { recordedState } from './recorded.js';
import { clearRemains } from '../remains.js';
import { lineOf, owe, tellingStep } from '../tell.js';
import { traceOf } from './trace.js';
import { truthOf, type Truth } from './truth.js';

/** How often to look again at a launch whose engine died. */
const LOOK_AGAIN_MS = 2;

/**
 * Records a state.
 *
 * @param status the event that tells of it
 * @param later whether tellState tells it, once what the record says is done
 * @throws LibpodError ERR_NO_SPACE and other answers of the file system
 */
export async function writeState(
  core: ContainerCore,
  before: ContainerState,
  change: Partial<ContainerState>,
  status?: EventStatus,
  later = false,
): Promise<void> {
  const event = status && owe(core, before, status);
  const after = nextState(before, { ...change, event });
  core.lastState = after;
  try {
    const told = event === undefined || later ? [] : [tellingStep(core, event)];
    await core.services.records.writeState(core.paths, after, told);
    if (event !== undefined && !later) noteTold(core, 'state', event.key);
  } catch (error) {
    // The monitor of a throwaway container has just taken its records away.
    const gone = core.config.autoRemove && hasErrno(error, 'ENOENT');
    if (!gone) throw error;
  }
}

/** Tells the event of the state that was recorded last. */
export async function tellState(core: ContainerCore): Promise<void> {
  const event = core.lastState?.event;
  if (event === undefined) return;
  await core.services.events.tell(lineOf(core, event));
  noteTold(core, 'state', event.key);
}

/**
 * The same for what can do without: a full disk, which the container itself may have filled, must not keep anybody from
 * stopping or removing it.
 *
 * @returns whether it is recorded
 */
export async function tryWriteState(
  core: ContainerCore,
  before: ContainerState,
  change: Partial<ContainerState>,
  status?: EventStatus,
): Promise<boolean> {
  try {
    await writeState(core, before, change, status);
    return true;
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_NO_SPACE')) throw error;
    return false;
  }
}

/** What a truth was made of. */
interface Sources {
  readonly recorded: ContainerState;
  readonly trace: MonitorTrace;
  /** Whether the recorded state is damaged. */
  readonly damaged: boolean;
}

/**
 * What the records and the monitor's own words tell, without waiting for anybody.
 *
 * @throws LibpodError ERR_REMOVED if a throwaway container has gone
 */
export function observe(core: ContainerCore): Truth & Sources {
  const { recorded, damaged } = recordedState(core.services.records, core.id, core.paths);
  const trace = traceOf(core.id, core.paths);
  if (trace === undefined) throw core.removedError();
  const truth = truthOf(recorded, trace, new Date().toISOString());
  core.lastState = truth.state;
  return { ...truth, recorded, trace, damaged };
}

/**
 * Refuses to make anything for a throwaway container whose monitor is taking it away: it would stay, without a container.
 *
 * @throws LibpodError ERR_REMOVED
 */
export function refuseLeaving(core: ContainerCore): void {
  if (core.config.autoRemove && observe(core).monitor === 'leaving') throw core.removedError();
}

/** Clears away what a killed monitor left, and its words with it once the end that nobody saw is recorded. */
async function bury(core: ContainerCore, state: ContainerState): Promise<boolean> {
  const recorded = state.state !== 'exited' || (await tryWriteState(core, state, {}));
  if (!(await clearRemains(core.services, core.config.cgroupPath, core.paths))) return false;
  if (core.config.createNetNS) await core.services.networks.reclaim(core.id);
  core.services.records.leaveCompany(core.config);
  if (recorded)
    await runFileSteps('forget a monitor', [{ op: 'write', path: core.paths.lock, mode: 0o600, data: '' }]);
  return true;
}

/**
 * The truth; the caller holds the lock. A launch that an engine has left behind is waited for; what a killed monitor left
 * is cleared away.
 *
 * @throws LibpodError ERR_REMOVED if a throwaway container has gone meanwhile
 */
export async function sync(core: ContainerCore): Promise<ContainerState> {
  for (;;) {
    const { state, monitor, recorded, trace, damaged } = observe(core);
    if (damaged) await core.services.records.setStateAside(core.paths);
    if (monitor !== 'launching') await tellOwed(core, recorded, trace);
    if (monitor !== 'launching' && (monitor !== 'killed' || (await bury(core, state)))) return state;
    await sleep(LOOK_AGAIN_MS);
  }
}
