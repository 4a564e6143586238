// Files of a cgroup beside the bare system calls in the same run: medians in microseconds.
//
//   node bench/cgroups.mjs [--cgroup /NAME] [--count N]
import { parseArgs } from 'node:util';
import { Cgroup, detectCgroups, getXattr, getXattrSync } from '../dist/linux.js';
import { floorOf, leastOf, median, printRow } from './medians.mjs';

const { values } = parseArgs({
  options: {
    cgroup: { type: 'string', default: `/libpod-bench-cgroups-${process.pid}` },
    count: { type: 'string', default: '2000' },
  },
});
const count = Number(values.count);
const ROUNDS = 5;
// One hierarchy, as the floor has one: that of the pids controller, of either version.
const hierarchies = detectCgroups().filter(({ controllers }) => controllers.includes('pids'));
const cgroup = await Cgroup.create(values.cgroup, { hierarchies });
try {
  const directory = cgroup.directory('pids');
  if (directory === undefined) throw new Error('this machine has no pids controller');
  const there = '/proc/self/exe';
  const each = Math.ceil(count / ROUNDS);
  const time = await leastOf(ROUNDS, async () => {
    const floor = floorOf('floor-cgroups', [directory, String(each)]);
    return {
      ...Object.fromEntries(Object.entries(floor).map(([name, us]) => [`floor ${name}`, us])),
      trip: await median(() => getXattr(there, 'user.none'), each),
      noTrip: await median(() => getXattrSync(there, 'user.none'), each),
      limit: await median(() => cgroup.setLimits({ pids: { max: 100 } }), each),
      write: await median(() => cgroup.write('pids', 'pids.max', '100'), each),
      read: await median(() => cgroup.read('pids', 'pids.max'), each),
      limits: await median(() => cgroup.limits(), each),
      members: await median(() => cgroup.processes(), each),
      create: await median(async () => {
        const child = await Cgroup.create(`${cgroup.path}/child`, { hierarchies });
        await child.remove();
      }, each),
    };
  });
  const own = (time.trip ?? 0) - (time.noTrip ?? 0);
  const trip = own - ((time['floor writeOnWorker'] ?? 0) - (time['floor write'] ?? 0));
  printRow('setLimits({ pids })', time.limit, time['floor writeOnWorker'], trip);
  printRow('write', time.write, time['floor writeOnWorker'], trip);
  printRow('read', time.read, time['floor read']);
  printRow('limits', time.limits, time['floor read']);
  printRow('processes', time.members, time['floor members']);
  printRow('create and remove', time.create, time['floor createOnWorker'], 2 * trip);
} finally {
  await cgroup.remove();
}
