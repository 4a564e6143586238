import { LibpodError } from '../base/errors.js';
import { membersAt } from '../linux/cgroups/members.js';
import { CgroupPlace } from '../linux/cgroups/place.js';
import { detectCgroups } from '../linux/cgroups/cgroups.js';
import { signalProcess, startTicks } from '../linux/processes/processes.js';
import { thawContainer } from './pause.js';
import type { ContainerFiles, ContainerRecord } from './state-directory.js';
import { statusOf } from './status.js';

const SIGKILL = 9;

/** The processes in a container's cgroup and beneath, in order. */
export function processesOf({ cgroupPath }: ContainerRecord): number[] {
  return membersAt(new CgroupPlace(cgroupPath, detectCgroups()), 'processes', true);
}

/** Sends a signal to every process of a container. One that goes meanwhile is nobody else's: its start time is looked at. */
function signalAll(record: ContainerRecord, signal: number): void {
  const targets = processesOf(record).map((pid) => ({ pid, startTicks: startTicks(pid) }));
  // Whoever has left the cgroup by now, or got the number of one that has, is not meant.
  const still = new Set(processesOf(record));
  for (const target of targets)
    if (still.has(target.pid) && target.startTicks !== 0n) signalProcess(target, signal);
}

/**
 * Sends a signal to the init of a container, or to all of its processes.
 *
 * @throws LibpodError ERR_INVALID_STATE if it does not run
 */
export async function signalContainer(files: ContainerFiles, signal: number, all: boolean): Promise<void> {
  const record = files.requireRecord();
  const status = await statusOf(files, record);
  if (all) {
    // Others may live on in it when its init has ended.
    signalAll(record, signal);
  } else {
    const init = { pid: record.pid, startTicks: BigInt(record.startTicks) };
    if (status === 'stopped' || !signalProcess(init, signal))
      throw new LibpodError('ERR_INVALID_STATE', `container not running: ${files.id}`);
  }
  // Of a frozen one the kernel's version 1 freezer holds even what was killed.
  if (signal === SIGKILL && status === 'paused') await thawContainer(record);
}
