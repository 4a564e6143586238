import { isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { cgroupError } from './files.js';
import type { CgroupPlace } from './place.js';
import { STATS_V1, STATS_V2, type CgroupStats, type StatsReader } from './stats.js';

const PARTS = ['cpu', 'memory', 'pids', 'io', 'hugetlb', 'rdma', 'pressure'] as const;

/** Which parts there are, in which version, from which files. */
function readersOf(
  place: CgroupPlace,
): { part: keyof CgroupStats; reader: StatsReader<keyof CgroupStats>; paths: string[] }[] {
  return PARTS.flatMap((part) => {
    // Version 2 counts processor time and pressure without a controller.
    const always = part === 'pressure' || part === 'cpu';
    const version = place.of(part)?.version ?? (always ? place.unified?.version : undefined);
    const reader = (version === 1 ? STATS_V1 : version === 2 ? STATS_V2 : {})[part];
    if (reader === undefined) return [];
    const paths = reader.files.map((file) => {
      // Of version 1 by the controller in the file's name: cpuacct.usage is not where cpu.stat is.
      const directory =
        version === 2 ? place.unifiedDirectory : place.directory(file.slice(0, file.indexOf('.')));
      return `${directory ?? ''}/${file}`;
    });
    return [{ part, reader, paths }];
  });
}

/** What the cgroup has used, in one trip to a worker thread. */
export async function readStats(place: CgroupPlace): Promise<CgroupStats> {
  const parts = readersOf(place);
  const answer = await addon.readKernelFiles(parts.flatMap(({ paths }) => paths));
  if (isFailure(answer)) throw cgroupError(`read the statistics of cgroup ${place.path}`, answer);
  let at = 0;
  const found = parts.flatMap(({ part, reader, paths }) => {
    const own = answer.slice(at, (at += paths.length));
    const value = reader.decode((file) => own[reader.files.indexOf(file)]);
    return value === undefined ? [] : [[part, value] as const];
  });
  if (found.length > 0) return Object.fromEntries(found);
  throw new LibpodError('ERR_NOT_FOUND', `cgroup ${place.path} does not exist, or has no controllers`);
}
