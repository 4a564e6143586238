import type { CgroupHierarchy } from '../../base/cgroup-hierarchy.js';
import { LibpodError } from '../../base/errors.js';
import { detectCgroups } from './cgroups.js';

/** What systemd hands down with `Delegate=yes`: systemd.resource-control(5). Others it knows nothing of. */
const DELEGATED = new Set(['cpu', 'cpuset', 'io', 'memory', 'pids']);

/**
 * The hierarchy of version 2, as far as systemd hands it over beneath one cgroup.
 *
 * @throws LibpodError ERR_UNSUPPORTED where it is not the only one
 */
export function delegatedHierarchy(parent: string): CgroupHierarchy {
  const [hierarchy, ...others] = detectCgroups();
  if (hierarchy?.version !== 2 || others.length > 0)
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      'the systemd cgroup manager needs cgroup version 2 alone, as others cannot be handed over; use cgroupfs',
    );
  return {
    ...hierarchy,
    controllers: hierarchy.controllers.filter((name) => DELEGATED.has(name)),
    delegated: parent,
  };
}
