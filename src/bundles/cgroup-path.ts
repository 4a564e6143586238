import path from 'node:path';
import { LibpodError } from '../base/errors.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';

/**
 * Where the cgroups of a container are, within each hierarchy: linux.cgroupsPath, from the root as crun has it, or the
 * container's ID.
 *
 * @throws LibpodError ERR_SPEC_INVALID, ERR_SPEC_UNSUPPORTED
 */
export function cgroupPathOf({ linux }: RuntimeSpec, id: string): string {
  const asked = linux?.cgroupsPath;
  if (asked === undefined || asked === '') return `/${id}`;
  // The grammar of the systemd driver: slice:prefix:name.
  if (/^[^/:]*\.slice:[^/:]*:[^/]*$/.test(asked))
    throw new LibpodError(
      'ERR_SPEC_UNSUPPORTED',
      `linux.cgroupsPath is ${JSON.stringify(asked)}, which is meant for the systemd cgroup manager: give --systemd-cgroup, or a path (podman --cgroup-manager cgroupfs)`,
    );
  const normal = path.posix.normalize(`/${asked}`).replace(/\/$/, '');
  if (normal !== '' && !asked.split('/').includes('..')) return normal;
  throw new LibpodError(
    'ERR_SPEC_INVALID',
    `linux.cgroupsPath is ${JSON.stringify(asked)}, but must name a cgroup beneath the root, without ..`,
  );
}
