import { release } from 'node:os';
import { LibpodError } from '../../base/errors.js';
import { show } from '../../oci/problem.js';
import type { LinuxSeccomp } from '../../oci/runtime-spec.js';
import { unknownCall } from '../../runtimes/seccomp-names.js';
import type { ConditionalProfile } from '../../spec/seccomp/conditional.js';

/** Refuses a slip of the pen. A conditional profile is written for many machines; others are for this one. */
function checkNames(profile: LinuxSeccomp, forManyMachines: boolean): void {
  const unknown = unknownCall(profile, !forManyMachines);
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
    import('../../spec/seccomp/conditional.js'),
    import('../../oci/validate-seccomp.js'),
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
