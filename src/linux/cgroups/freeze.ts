import { setTimeout as sleep } from 'node:timers/promises';
import { isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { parseFlat } from './text.js';
import { kernelError, throwIfAborted } from '../kernel-error.js';

/** Where a cgroup is frozen. */
export interface Freezer {
  /** The cgroup, for errors. */
  readonly name: string;
  readonly directory: string;
  readonly version: 1 | 2;
}

/** How often it is asked whether all stand still: less and less often. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 50;

async function write({ name, directory, version }: Freezer, frozen: boolean): Promise<void> {
  const [file, text] =
    version === 2 ? ['cgroup.freeze', frozen ? '1' : '0'] : ['freezer.state', frozen ? 'FROZEN' : 'THAWED'];
  const answer = await addon.writeKernelFiles([`${directory}/${file}`, text]);
  if (isFailure(answer)) throw kernelError(`${frozen ? 'freeze' : 'thaw'} cgroup ${name}`, answer);
}

async function untilFrozenV2({ name, directory }: Freezer, signal?: AbortSignal): Promise<void> {
  // Asked again and again rather than watched: of a cgroup that goes meanwhile its events file tells nothing more.
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
    throwIfAborted(`freeze cgroup ${name}`, signal);
    const answer = addon.readKernelFilesAtOnce([`${directory}/cgroup.events`]);
    if (isFailure(answer)) throw kernelError(`freeze cgroup ${name}`, answer);
    if (answer[0] === undefined)
      throw new LibpodError('ERR_NOT_FOUND', `cannot freeze cgroup ${name}: it has gone`);
    const { frozen, populated } = parseFlat(answer[0]);
    if (frozen === 1 || populated === 0) return;
    await sleep(pause);
  }
}

async function untilFrozenV1({ name, directory }: Freezer, signal?: AbortSignal): Promise<void> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
    throwIfAborted(`freeze cgroup ${name}`, signal);
    const answer = addon.readKernelFilesAtOnce([`${directory}/freezer.state`]);
    if (isFailure(answer)) throw kernelError(`freeze cgroup ${name}`, answer);
    if (answer[0] === undefined)
      throw new LibpodError('ERR_NOT_FOUND', `cannot freeze cgroup ${name}: it has gone`);
    if (answer[0].trim() === 'FROZEN') return;
    await sleep(pause);
    // A process that forked meanwhile may have been missed; asking again reaches it (freezer-subsystem.rst).
    await write({ name, directory, version: 1 }, true);
  }
}

/** Freezes and waits until every process stands still; thaws again if it is given up. */
export async function freezeCgroup(freezer: Freezer, signal?: AbortSignal): Promise<void> {
  throwIfAborted(`freeze cgroup ${freezer.name}`, signal);
  await write(freezer, true);
  try {
    await (freezer.version === 2 ? untilFrozenV2(freezer, signal) : untilFrozenV1(freezer, signal));
  } catch (error) {
    // Where it has gone there is nothing to thaw.
    await write(freezer, false).catch(() => undefined);
    throw error;
  }
}

/** Lets the processes go on. */
export async function thawCgroup(freezer: Freezer): Promise<void> {
  await write(freezer, false);
}
