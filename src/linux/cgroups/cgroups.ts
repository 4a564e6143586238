import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CgroupHierarchy } from '../../base/cgroup-hierarchy.js';
import { isFailure, systemError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { parseMountinfo, type MountInfo } from '../mounts/mountinfo.js';

/** Words among a v1 hierarchy's super options that are no controllers (cgroups(7), "Mounting v1 controllers"). */
const NOT_CONTROLLERS = new Set([
  'rw',
  'ro',
  'xattr',
  'clone_children',
  'noprefix',
  'cpuset_v2_mode',
  'none',
  'seclabel',
]);

/** The cgroup hierarchies among some mounts. A v2 hierarchy's controllers are added by detectCgroups. */
export function cgroupsOfMounts(mounts: readonly MountInfo[]): CgroupHierarchy[] {
  const found: CgroupHierarchy[] = [];
  for (const mount of mounts) {
    // The same hierarchy mounted twice: the first place is the usual one. A sub-tree is no root to build under.
    if (mount.root !== '/') continue;
    if (mount.type === 'cgroup2') {
      if (!found.some((other) => other.version === 2)) {
        found.push({ version: 2, controllers: [], mountpoint: mount.mountpoint });
      }
    } else if (mount.type === 'cgroup') {
      const name = mount.superOptions.find((option) => option.startsWith('name='))?.slice('name='.length);
      const controllers = mount.superOptions.filter(
        (option) => !NOT_CONTROLLERS.has(option) && !option.includes('='),
      );
      const same = (other: CgroupHierarchy) =>
        other.version === 1 && other.name === name && other.controllers.join() === controllers.join();
      if (found.some(same)) continue;
      const hierarchy = { version: 1, controllers, mountpoint: mount.mountpoint } as const;
      found.push(name === undefined ? hierarchy : { ...hierarchy, name });
    }
  }
  return found;
}

/**
 * The cgroup hierarchies of this machine: one of v2, several of v1, or both.
 *
 * @throws LibpodError ERR_UNSUPPORTED if no cgroup file system is mounted
 */
export function detectCgroups(): CgroupHierarchy[] {
  const found = cgroupsOfMounts(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))).map(
    (hierarchy) =>
      hierarchy.version === 1
        ? hierarchy
        : { ...hierarchy, controllers: readWords(path.join(hierarchy.mountpoint, 'cgroup.controllers')) },
  );
  if (found.length === 0) {
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      'no cgroup file system is mounted: mount cgroup2 at /sys/fs/cgroup',
    );
  }
  return found;
}

function readWords(file: string): string[] {
  return readFileSync(file, 'utf8').split(/\s+/).filter(Boolean);
}

/** Which cgroup this process is in, by hierarchy: the text of /proc/self/cgroup, lines `id:controllers:path`. */
export function parseProcCgroup(text: string): Map<string, string> {
  const result = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) result.set(match[1], match[2]);
  }
  return result;
}

/** The path of the calling process within a hierarchy; `/` if unknown. */
export function ownCgroup(hierarchy: CgroupHierarchy): string {
  const own = parseProcCgroup(readFileSync('/proc/self/cgroup', 'utf8'));
  const key =
    hierarchy.version === 2
      ? ''
      : [...hierarchy.controllers, ...(hierarchy.name === undefined ? [] : [`name=${hierarchy.name}`])].join(
          ',',
        );
  return own.get(key) ?? '/';
}

/** The files of a v1 cpuset that must be filled before a process may enter it (cpuset(7)). */
export const INHERITED_FILES = ['cpuset.cpus', 'cpuset.mems'] as const;

/** Makes a cgroup directory ready for processes. */
export function prepareCgroup(directory: string, hierarchy: CgroupHierarchy): void {
  const inherited =
    hierarchy.version === 1 && hierarchy.controllers.includes('cpuset') ? INHERITED_FILES : [];
  const answer = addon.cgroupPrepare(directory, inherited);
  if (isFailure(answer)) throw systemError(`make cgroup ${directory}`, answer);
}

/** Kills every process of a cgroup and beneath it, and waits until it is empty (two seconds at most). */
export async function killCgroup(directory: string): Promise<void> {
  const answer = await addon.cgroupKill(directory);
  if (isFailure(answer)) throw systemError(`kill the processes of cgroup ${directory}`, answer);
}

/** Removes a cgroup and those beneath it; a missing one is fine. */
export async function removeCgroup(directory: string): Promise<void> {
  const answer = await addon.cgroupRemove(directory);
  if (isFailure(answer)) throw systemError(`remove cgroup ${directory}`, answer);
}
