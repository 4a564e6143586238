import { setTimeout as sleep } from 'node:timers/promises';
import { errnoName } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { runFileSteps } from '../linux/files.js';
import { nextState, type ContainerState } from '../model/state.js';
import { readMonitorTrace } from '../monitor/journal.js';
import type { ContainerCore } from './core.js';
import { clearRemains } from './remains.js';
import { truthOf, type Truth } from './truth.js';

/** How often to look again at a launch whose engine died. */
const LOOK_AGAIN_MS = 2;

/**
 * Records a state.
 *
 * @throws LibpodError ERR_NO_SPACE and other answers of the file system
 */
export async function writeState(
  core: ContainerCore,
  before: ContainerState,
  change: Partial<ContainerState>,
): Promise<void> {
  const after = nextState(before, change);
  core.lastState = after;
  try {
    await core.services.records.writeState(core.paths, after);
  } catch (error) {
    // The monitor of a throwaway container has just taken its records away.
    const gone = core.config.autoRemove && LibpodError.is(error) && errnoName(error.errno ?? 0) === 'ENOENT';
    if (!gone) throw error;
  }
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
): Promise<boolean> {
  try {
    await writeState(core, before, change);
    return true;
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_NO_SPACE')) throw error;
    return false;
  }
}

/**
 * What the records and the monitor's own words tell, without waiting for anybody.
 *
 * @throws LibpodError ERR_REMOVED if a throwaway container has gone
 */
export function observe(core: ContainerCore): Truth {
  const recorded = core.services.records.state(core.paths);
  const trace = readMonitorTrace(core.paths.lock);
  if (trace === undefined) throw core.removedError();
  const truth = truthOf(recorded, trace, new Date().toISOString());
  core.lastState = truth.state;
  return truth;
}

/** Clears away what a killed monitor left, and its words with it once the end that nobody saw is recorded. */
async function bury(core: ContainerCore, state: ContainerState): Promise<boolean> {
  const recorded = state.state !== 'exited' || (await tryWriteState(core, state, {}));
  if (!(await clearRemains(core.services, core.config.cgroupPath, core.paths))) return false;
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
    const { state, monitor } = observe(core);
    if (monitor !== 'launching' && (monitor !== 'killed' || (await bury(core, state)))) return state;
    await sleep(LOOK_AGAIN_MS);
  }
}
