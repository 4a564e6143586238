import { unknownSystemCalls } from '../linux/seccomp.js';
import type { LinuxSeccomp } from '../oci/runtime-spec.js';

const PERMITTING = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'];

/**
 * A system call that a profile names and libseccomp does not know, so that what is said of it would silently not hold.
 * Profiles that are written for many machines also allow calls of later kernels than this one's; not to know what is to be
 * allowed is safe, as it stays refused (docs/decisions/0012-seccomp-profiles.md).
 *
 * @param alsoAllowed whether a call that is allowed by a name that is not known counts, too
 */
export function unknownCall(
  { defaultAction, syscalls = [] }: LinuxSeccomp,
  alsoAllowed: boolean,
): string | undefined {
  const permits = (action: string): boolean => PERMITTING.includes(action);
  const counted = syscalls.filter(
    ({ action }) => alsoAllowed || (permits(defaultAction) && !permits(action)),
  );
  return unknownSystemCalls(counted.flatMap(({ names }) => names))[0];
}
