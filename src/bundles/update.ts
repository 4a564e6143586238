import { LibpodError } from '../base/errors.js';
import { detectCgroups } from '../linux/cgroups/cgroups.js';
import type { LinuxResources } from '../oci/runtime-spec.js';
import { applyLimits } from '../runtimes/apply-limits.js';
import type { ContainerFiles } from './state-directory.js';
import { statusOf } from './status.js';

/**
 * Changes limits of a container; what is not given stays as it is.
 *
 * @throws LibpodError ERR_INVALID_STATE if it has ended; ERR_UNSUPPORTED, and what the kernel answers
 */
export async function updateContainer(files: ContainerFiles, change: LinuxResources): Promise<void> {
  using _held = await files.hold();
  const record = files.requireRecord();
  if ((await statusOf(files, record)) === 'stopped')
    throw new LibpodError('ERR_INVALID_STATE', `cannot update container ${files.id}: it is stopped`);
  await applyLimits(`update container ${files.id}`, detectCgroups(), record.cgroupPath, change);
}
