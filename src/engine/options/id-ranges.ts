import type { IdRange } from '../../base/id-map.js';
import { LibpodError } from '../../base/errors.js';
import { readSubIds } from '../../linux/namespaces/id-map.js';
import type { IdMappings } from '../../model/config.js';
import type { LinuxIDMapping } from '../../oci/runtime-spec.js';
import type { AutoUserNamespace } from '../../spec/options.js';

/** Whose subordinate IDs containers with `auto` get: podman's, "Auto user namespaces" of containers-storage.conf(5). */
export const AUTO_USER = 'containers';

/** podman's bounds for a size that was not asked for: containers-storage.conf(5), auto-userns-min-size and -max-size. */
const LEAST = 1024;
const MOST = 65536;

/** A run of IDs of the host. */
export interface HostRange {
  readonly start: number;
  readonly size: number;
}

/** What may be given out. */
export interface IdPool {
  /** Ranges that are both user and group IDs. */
  readonly ranges: readonly HostRange[];
  /** What of them containers have. */
  readonly taken: readonly HostRange[];
}

/** The ranges that are in both lists: a container's user and group IDs are the same then. Pure. */
export function commonRanges(a: readonly HostRange[], b: readonly HostRange[]): HostRange[] {
  const common = a.flatMap((one) =>
    b.flatMap((other) => {
      const start = Math.max(one.start, other.start);
      const end = Math.min(one.start + one.size, other.start + other.size);
      return end > start ? [{ start, size: end - start }] : [];
    }),
  );
  return common.sort((x, y) => x.start - y.start);
}

/** The first gap of a size; undefined if there is none. Pure. */
export function firstGap({ ranges, taken }: IdPool, size: number): number | undefined {
  for (const { start, size: length } of ranges) {
    let at = start;
    // Each that is in the way moves the beginning behind it; those are in order.
    for (const other of [...taken].sort((x, y) => x.start - y.start))
      if (other.start < at + size && other.start + other.size > at) at = other.start + other.size;
    if (at + size <= start + length) return at;
  }
  return undefined;
}

/** The ranges of /etc/subuid and /etc/subgid for `auto`. */
export function autoRanges(): HostRange[] {
  const { uid, gid } = readSubIds(AUTO_USER);
  return commonRanges(uid, gid);
}

/** The map of IDs 0 and up to a range, but for those that are mapped otherwise. Pure. */
function fill(lease: HostRange, own: readonly LinuxIDMapping[]): LinuxIDMapping[] {
  const map: LinuxIDMapping[] = [...own];
  let [inside, host] = [0, lease.start];
  const end = lease.start + lease.size;
  const sorted = [...own].sort((x, y) => x.containerID - y.containerID);
  for (const one of [...sorted, undefined]) {
    const room = Math.min(end - host, (one?.containerID ?? Infinity) - inside);
    if (room > 0) map.push({ containerID: inside, hostID: host, size: room });
    host += Math.max(0, room);
    if (one !== undefined) inside = Math.max(inside, one.containerID + one.size);
  }
  return map.sort((x, y) => x.containerID - y.containerID);
}

/**
 * Chooses the IDs of a container with `auto`.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SPACE
 */
export function freeRange(
  { size, uidMappings = [], gidMappings = [] }: AutoUserNamespace,
  pool: IdPool,
  largestId: () => number,
): { readonly lease: IdRange; readonly maps: IdMappings } {
  if (size !== undefined && (!Number.isInteger(size) || size < 1 || size > 2 ** 32 - 2))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `namespaces.user.auto.size is ${size}, but must be a whole number of IDs from 1`,
    );
  if (pool.ranges.length === 0)
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `a user namespace of its own choice needs subordinate IDs: add a line "${AUTO_USER}:START:COUNT" to /etc/subuid and to /etc/subgid`,
    );
  const wanted = size ?? Math.max(LEAST, largestId() + 1);
  if (size === undefined && wanted > MOST)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the root of the container knows the ID ${wanted - 1}, beyond the ${MOST} IDs that are chosen without a size; give namespaces.user.auto.size`,
    );
  const start = firstGap(pool, wanted);
  if (start === undefined)
    throw new LibpodError(
      'ERR_NO_SPACE',
      `no ${wanted} subordinate IDs in one run are left of those of user "${AUTO_USER}" in /etc/subuid and /etc/subgid; remove a container, ask for fewer, or add a range`,
    );
  const lease = { start, size: wanted };
  return {
    lease: { containerID: 0, hostID: start, size: wanted },
    maps: { uid: fill(lease, uidMappings), gid: fill(lease, gidMappings) },
  };
}
