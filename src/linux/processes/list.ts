import { isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';
import { parseProcStat, type ProcessStat } from './status.js';

/**
 * All processes that /proc shows, ascending by PID. A snapshot: processes come and go while it is taken, and one that ends
 * meanwhile is left out.
 *
 * @throws LibpodError ERR_SYSTEM if /proc is not mounted
 */
export async function listProcesses(): Promise<ProcessStat[]> {
  const text = await addon.processStats();
  if (isFailure(text)) throw kernelError('list processes', text);
  return text.split('\0').flatMap((line) => parseProcStat(line) ?? []);
}

type Parented = Pick<ProcessStat, 'pid' | 'parent'>;

/** The children of a process, among those of a list. */
export function childrenOf<T extends Parented>(processes: readonly T[], pid: number): T[] {
  return processes.filter(({ parent }) => parent === pid);
}

/** The children of a process, their children and so on, parents before their children. */
export function descendantsOf<T extends Parented>(processes: readonly T[], pid: number): T[] {
  const children = new Map<number, T[]>();
  for (const one of processes) {
    const siblings = children.get(one.parent);
    if (siblings === undefined) children.set(one.parent, [one]);
    else siblings.push(one);
  }
  const found: T[] = [];
  // A list that was read while PIDs were given anew may hold a circle: whoever was seen is not looked at again.
  const seen = new Set([pid]);
  for (let parents = [pid]; parents.length > 0;) {
    const next = parents.flatMap((parent) => children.get(parent) ?? []).filter((one) => !seen.has(one.pid));
    for (const one of next) seen.add(one.pid);
    found.push(...next);
    parents = next.map((one) => one.pid);
  }
  return found;
}

/** The parent of a process, its parent and so on, to the first that the list does not have. */
export function ancestorsOf<T extends Parented>(processes: readonly T[], pid: number): T[] {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const found: T[] = [];
  for (let at = byPid.get(pid); at !== undefined;) {
    const parent = byPid.get(at.parent);
    if (parent === undefined || parent.pid === pid || found.includes(parent)) break;
    found.push(parent);
    at = parent;
  }
  return found;
}
