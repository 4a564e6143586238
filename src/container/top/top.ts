import { readFileSync } from 'node:fs';
import { LibpodError } from '../../base/errors.js';
import { cgroupDirectory } from '../../base/cgroup-hierarchy.js';
import { cgroupMembers } from '../../linux/cgroups/members.js';
import { unmapId } from '../../linux/namespaces/id-map.js';
import { readInRoot } from '../../linux/files/read-in-root.js';
import { isSameProcess } from '../../linux/processes/processes.js';
import type { IdMappings } from '../../model/config.js';
import type { ContainerState } from '../../model/state.js';
import type { Access } from '../locking/access.js';
import type { ContainerCore } from '../core.js';
import { findDescriptors } from './descriptors.js';
import { readClock, readProcesses, toProcesses, type TopNames } from './process.js';

/** The processes of a container, as a table. */
export interface ContainerTop {
  /** The headings of the columns: `USER`, `PID`, ... */
  readonly titles: readonly string[];
  /** A row for each process, in the order of their PIDs. */
  readonly processes: readonly (readonly string[])[];
}

/** The names of a file like passwd(5) or group(5), by the number in their third field; the first of a number counts. */
export function namesById(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name = '', , id = ''] = line.split(':');
    if (name !== '' && /^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

function lookup(text: string, inside: (id: number) => number = (id) => id): (id: number) => string {
  const names = namesById(text);
  return (id) => names.get(inside(id)) ?? String(inside(id));
}

/** What an ID of the host is in a user namespace that has none for it: user_namespaces(7), overflowuid. */
const OVERFLOW_ID = 65534;

/** A file of the container; nothing for one that is no plain file: it is only for names. */
function readInside(pid: number, file: string): string {
  try {
    return readInRoot(`/proc/${pid}/root`, file);
  } catch (error) {
    if (!LibpodError.is(error)) throw error;
    return '';
  }
}

function readOnHost(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function namesOf(pid: number, maps: IdMappings | undefined): TopNames {
  const inside =
    (map: IdMappings['uid'] | undefined) =>
    (id: number): number =>
      map === undefined ? id : (unmapId(map, id) ?? OVERFLOW_ID);
  return {
    userId: inside(maps?.uid),
    users: lookup(readInside(pid, '/etc/passwd'), inside(maps?.uid)),
    groups: lookup(readInside(pid, '/etc/group'), inside(maps?.gid)),
    hostUsers: lookup(readOnHost('/etc/passwd')),
    hostGroups: lookup(readOnHost('/etc/group')),
  };
}

/** The processes of the container's cgroup, those of its exec sessions too. */
function membersOf({ services, config }: ContainerCore): number[] {
  const unified = services.cgroups.find(({ version }) => version === 2);
  const hierarchy = unified ?? services.cgroups[0];
  if (hierarchy === undefined) return [];
  const members = cgroupMembers(cgroupDirectory(hierarchy, config.cgroupPath), { recursive: true });
  return members.filter((pid) => pid > 0);
}

/**
 * The processes of a container, from /proc: nothing is executed in it.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a descriptor that is not known, ERR_INVALID_STATE unless it runs
 */
export async function top(
  core: ContainerCore,
  access: Access,
  words: readonly string[],
): Promise<ContainerTop> {
  const descriptors = findDescriptors(words);
  const { state, pid, startTicks } = await access((current: ContainerState) => Promise.resolve(current));
  if (!['running', 'stopping', 'paused'].includes(state)) {
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `top can only be used on running containers: container ${core.name} is ${state}`,
      { containerId: core.id },
    );
  }
  const names = namesOf(pid, core.config.idMappings);
  const pids = membersOf(core);
  const [init, ...texts] = await readProcesses([pid, ...pids]);
  // Whose numbers were read is asked afterwards: it may have ended, and another process be called so.
  if (!isSameProcess({ pid, startTicks: BigInt(startTicks) }))
    throw new LibpodError('ERR_INVALID_STATE', `container ${core.name} has just ended`, {
      containerId: core.id,
    });
  const level = (/^NSpid:(.*)$/m.exec(init?.status ?? '')?.[1] ?? '').trim().split(/\s+/).length - 1;
  const processes = toProcesses(texts, level, readClock()).sort((a, b) => a.pid - b.pid);
  return {
    titles: descriptors.map(({ heading }) => heading),
    processes: processes.map((one) => descriptors.map(({ show }) => show(one, names))),
  };
}
