import { existsSync } from 'node:fs';
import type { CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { LibpodError } from '../base/errors.js';
import { limitWrites, type LimitWrite } from '../launch/limit-writes.js';
import { writeCgroupFiles } from '../linux/cgroups/files.js';
import type { LinuxResources } from '../oci/runtime-spec.js';

/**
 * Writes limits to the cgroups of a container that lives.
 *
 * @param what what is done, for errors: `update container web`
 * @throws LibpodError ERR_UNSUPPORTED, and what the kernel answers; what was written before it stays
 */
export async function applyLimits(
  what: string,
  cgroups: readonly CgroupHierarchy[],
  cgroupPath: string,
  change: LinuxResources,
): Promise<void> {
  const writes: LimitWrite[] = ([1, 2] as const).flatMap((version) =>
    limitWrites(cgroups, cgroupPath, change, version).filter(
      ({ path, optional }) => !optional || existsSync(path),
    ),
  );
  const write = (list: readonly LimitWrite[]): Promise<void> =>
    writeCgroupFiles(
      what,
      list.map(({ path, value }) => [path, value] as const),
    );
  try {
    await write(writes);
  } catch (error) {
    // Version 1 keeps memory below memory and swap at every moment: who raises both must begin with the latter.
    const swap = writes.filter(({ path }) => path.endsWith('/memory.memsw.limit_in_bytes'));
    if (swap.length === 0 || !LibpodError.is(error)) throw error;
    await write([...swap, ...writes.filter((one) => !swap.includes(one))]);
  }
}
