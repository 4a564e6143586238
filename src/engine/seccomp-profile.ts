import { release } from 'node:os';
import { LibpodError } from '../base/errors.js';
import { unknownSystemCalls } from '../linux/seccomp.js';
import { show } from '../oci/problem.js';
import type { LinuxSeccomp } from '../oci/runtime-spec.js';
import type { ConditionalProfile } from '../spec/seccomp/conditional.js';

const PERMITTING = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'];

/**
 * Refuses a profile that names what libseccomp does not know: a slip of the pen would silently not hold. Profiles that are
 * written for many machines also allow calls of later kernels than this one's; not to know what is to be allowed is safe,
 * as it stays refused, and so they may (docs/decisions/0012-seccomp-profiles.md).
 */
function checkNames({ defaultAction, syscalls = [] }: LinuxSeccomp, forManyMachines: boolean): void {
  const permits = (action: string): boolean => PERMITTING.includes(action);
  const checked = syscalls.filter(
    ({ action }) => !forManyMachines || (permits(defaultAction) && !permits(action)),
  );
  const [unknown] = unknownSystemCalls(checked.flatMap(({ names }) => names));
  if (unknown === undefined) return;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `the seccomp profile names ${show(unknown)}, which is no system call that libseccomp knows; correct or remove it`,
  );
}

/**
 * The filter of a container that brings its own: in the form of the runtime specification, or of podman and docker.
 *
 * @param capabilities its bounding set
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED without libseccomp
 */
export async function resolveProfile(
  profile: LinuxSeccomp | ConditionalProfile,
  capabilities: readonly string[],
): Promise<LinuxSeccomp> {
  // Few containers bring one; the others pay nothing for it.
  const [{ isConditional, resolveConditions }, { validateSeccomp }] = await Promise.all([
    import('../spec/seccomp/conditional.js'),
    import('../oci/validate-seccomp.js'),
  ]);
  const conditional = isConditional(profile);
  const facts = { capabilities, architecture: process.arch, kernel: release() };
  const filter = validateSeccomp(
    conditional ? resolveConditions(profile, facts) : profile,
    'the seccomp profile',
  );
  checkNames(filter, conditional);
  return filter;
}
