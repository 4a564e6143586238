import { LibpodError } from '../base/errors.js';
import type { LinuxIDMapping, Process } from '../oci/runtime-spec.js';

/** The ID maps of a user namespace: user_namespaces(7). */
export interface IdMaps {
  readonly uid: readonly LinuxIDMapping[];
  readonly gid: readonly LinuxIDMapping[];
}

/** A map as a launch program has it: three numbers for each of its lines. */
export function mapWords(map: readonly LinuxIDMapping[]): number[] {
  return map.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
}

/**
 * An ID of the container as the host sees it.
 *
 * @param what whose ID it is, for the error
 * @throws LibpodError ERR_SPEC_INVALID if the user namespace has no such ID
 */
export function hostId(map: readonly LinuxIDMapping[] | undefined, id: number, what: string): number {
  if (map === undefined) return id;
  const run = map.find(({ containerID, size }) => id >= containerID && id - containerID < size);
  if (run === undefined)
    throw new LibpodError(
      'ERR_SPEC_INVALID',
      `${what} is ${id}, which is not mapped in the user namespace of the container; map it, or choose another`,
    );
  return id - run.containerID + run.hostID;
}

/** Refuses maps without a root, which mounts the container's file systems and becomes the container's user. */
export function requireMappedRoot({ uid, gid }: IdMaps): void {
  hostId(uid, 0, 'the user that sets the container up');
  hostId(gid, 0, 'the group that sets the container up');
}

/** Refuses a user or a group that a user namespace does not have. */
export function requireMappedUser(maps: IdMaps, { uid, gid, additionalGids = [] }: Process['user']): void {
  hostId(maps.uid, uid, 'process.user.uid');
  hostId(maps.gid, gid, 'process.user.gid');
  for (const group of additionalGids) hostId(maps.gid, group, 'a number of process.user.additionalGids');
}
