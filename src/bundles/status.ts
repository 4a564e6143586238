import { readCgroupFiles } from '../linux/cgroups/files.js';
import { detectCgroups } from '../linux/cgroups/cgroups.js';
import { LibpodError } from '../base/errors.js';
import { hierarchyOf } from '../base/cgroup-hierarchy.js';
import { MonitorConnection } from '../monitor/connection.js';
import { processStat } from '../linux/processes/status.js';
import type { ContainerFiles, ContainerRecord } from './state-directory.js';

/** OCI runtime specification, runtime.md, "State"; `paused` is runc's. */
export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** Whether the init is there and not only waits to be reaped. */
export function isAlive({ pid, startTicks }: Pick<ContainerRecord, 'pid' | 'startTicks'>): boolean {
  try {
    const stat = processStat(pid);
    return String(stat.startTicks) === startTicks && stat.state !== 'zombie' && stat.state !== 'dead';
  } catch (error) {
    if (LibpodError.is(error, 'ERR_NO_SUCH_PROCESS')) return false;
    throw error;
  }
}

/** Whether the processes of a cgroup stand still, by either version's freezer. */
export function isFrozen(cgroupPath: string): boolean {
  const hierarchies = detectCgroups();
  const unified = hierarchies.find(({ version }) => version === 2);
  const freezer = hierarchyOf(hierarchies, 'freezer');
  const [events, state] = readCgroupFiles([
    unified === undefined ? '/dev/null' : `${unified.mountpoint}${cgroupPath}/cgroup.events`,
    freezer === undefined ? '/dev/null' : `${freezer.mountpoint}${cgroupPath}/freezer.state`,
  ]);
  return (
    /^frozen 1$/m.test(events ?? '') ||
    (state !== undefined && state.trim() !== '' && state.trim() !== 'THAWED')
  );
}

/**
 * Whether the init waits at its gate. The kernel knows: it has the socket open until its program runs, and nobody else
 * ever has.
 */
async function waitsAtGate(files: ContainerFiles): Promise<boolean> {
  const connection = await openGate(files);
  connection?.close();
  return connection !== undefined;
}

/** Connects to the gate, which speaks a monitor's protocol (native/monitor/gate.h); undefined if nobody waits there. */
export function openGate(files: ContainerFiles): Promise<MonitorConnection | undefined> {
  return MonitorConnection.open(files.gate);
}

/** How a container is now. */
export async function statusOf(
  files: ContainerFiles,
  record: ContainerRecord | undefined,
): Promise<ContainerStatus> {
  if (record === undefined) return files.isHeld() ? 'creating' : 'stopped';
  if (!isAlive(record)) return 'stopped';
  if (isFrozen(record.cgroupPath)) return 'paused';
  if (await waitsAtGate(files)) return 'created';
  return isAlive(record) ? 'running' : 'stopped';
}
