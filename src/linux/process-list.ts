import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isFailure } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { addon } from '../native/index.js';
import { kernelError } from './kernel-error.js';
import { parseProcStat, type ProcessStat } from './process-status.js';

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

/**
 * The PIDs of the processes in a cgroup (cgroup.procs of cgroups(7)), ascending; 0 stands for one that this PID namespace
 * does not show. A snapshot.
 *
 * @param directory of the cgroup in its hierarchy, such as /sys/fs/cgroup/a/b
 * @param options with `recursive` also those of the cgroups beneath
 * @throws LibpodError ERR_NOT_FOUND if there is no such cgroup
 */
export function cgroupMembers(directory: string, options: { readonly recursive?: boolean } = {}): number[] {
  const pids = new Set<number>();
  const visit = (cgroup: string, wanted: boolean): void => {
    const text = addon.readText(path.join(cgroup, 'cgroup.procs'));
    if (isFailure(text)) {
      // ENODEV: it was removed between open and read.
      if (!wanted && !existsSync(cgroup)) return;
      throw kernelError(`read the processes of cgroup ${cgroup}`, text);
    }
    if (text === undefined && wanted)
      throw new LibpodError('ERR_NOT_FOUND', `there is no cgroup ${cgroup}: it has no cgroup.procs`);
    for (const line of text?.split('\n') ?? []) if (line !== '') pids.add(Number(line));
    if (options.recursive !== true) return;
    for (const child of subdirectories(cgroup)) visit(child, false);
  };
  visit(directory, true);
  return [...pids].sort((a, b) => a - b);
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => path.join(directory, name));
  } catch (error) {
    if (!existsSync(directory)) return [];
    throw kernelError(`list cgroup ${directory}`, error);
  }
}
