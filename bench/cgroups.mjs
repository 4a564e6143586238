// Files of a cgroup beside the bare system calls in the same run: medians in microseconds.
//
//   node bench/cgroups.mjs [--cgroup /NAME] [--count N]
import { parseArgs } from 'node:util';
import { Cgroup, detectCgroups, getXattr, getXattrSync } from '../dist/linux.js';
import { floorOf, median, printRow } from './medians.mjs';

const { values } = parseArgs({
  options: {
    cgroup: { type: 'string', default: `/libpod-bench-cgroups-${process.pid}` },
    count: { type: 'string', default: '2000' },
  },
});
const count = Number(values.count);
// One hierarchy, as the floor has one: that of the pids controller, of either version.
const hierarchies = detectCgroups().filter(({ controllers }) => controllers.includes('pids'));
const cgroup = await Cgroup.create(values.cgroup, { hierarchies });
try {
  const directory = cgroup.directory('pids');
  if (directory === undefined) throw new Error('this machine has no pids controller');
  const floor = floorOf('floor-cgroups', [directory, String(count)]);
  const there = '/proc/self/exe';
  const trip =
    (await median(() => getXattr(there, 'user.none'), count)) -
    (await median(() => getXattrSync(there, 'user.none'), count));
  const written = await median(() => cgroup.setLimits({ pids: { max: 100 } }), count);
  printRow('setLimits({ pids })', written, floor.write ?? 0, trip);
  const raw = await median(() => cgroup.write('pids', 'pids.max', '100'), count);
  printRow('write', raw, floor.write ?? 0, trip);
  const read = await median(() => cgroup.read('pids', 'pids.max'), count);
  printRow('read', read, floor.read ?? 0, 0);
  printRow('limits', await median(() => cgroup.limits(), count), floor.read ?? 0, 0);
  const members = await median(() => cgroup.processes(), count);
  printRow('processes', members, floor.members ?? 0, 0);
  const made = await median(async () => {
    const child = await Cgroup.create(`${cgroup.path}/child`, { hierarchies });
    await child.remove();
  }, count);
  printRow('create and remove', made, floor.create ?? 0, 2 * trip);
} finally {
  await cgroup.remove();
}
