// Which devices a cgroup may use, beside the bare system calls in the same run: medians in microseconds.
//
//   node bench/devices.mjs [--cgroup /NAME] [--count N]
//
// A machine with one version of cgroups alone has the rows of that one; a hybrid machine has all of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cgroup, compileDeviceFilter, detectCgroups, getXattr, getXattrSync } from '../dist/linux.js';
import { floorOf, leastOf, median, medianAround, printRow } from './medians.mjs';

const { values } = parseArgs({
  options: {
    cgroup: { type: 'string', default: `/libpod-bench-devices-${process.pid}` },
    count: { type: 'string', default: '1000' },
  },
});
const ROUNDS = 5;
const each = String(Math.ceil(Number(values.count) / ROUNDS));
const tun = /** @type {const} */ ({ type: 'c', major: 10, minor: 200 });
const amended = [
  { allow: false, ...tun },
  { allow: true, ...tun },
];
/** What podman's containers may use, in its order: nothing, then nodes to make, then the usual ones. */
const usual = [
  { allow: false },
  ...[3, 5, 7, 8, 9].map((minor) => ({ allow: true, type: /** @type {const} */ ('c'), major: 1, minor })),
  { allow: true, type: /** @type {const} */ ('c'), major: 5, minor: 0 },
  { allow: true, type: /** @type {const} */ ('c'), major: 136 },
];

/** A trip to a worker and back, beyond one of the floor's. */
async function tripOver(/** @type {number | undefined} */ floorTrip) {
  const there = '/proc/self/exe';
  const own = await median(() => getXattr(there, 'user.none'), Number(each));
  return own - (await median(() => getXattrSync(there, 'user.none'), Number(each))) - (floorTrip ?? 0);
}

const hierarchies = detectCgroups();
const version1 = hierarchies.filter(({ controllers }) => controllers.includes('devices'));
if (version1.length === 0) process.stderr.write('skipped the list of version 1: this machine has none\n');
else {
  const cgroup = await Cgroup.create(values.cgroup, { hierarchies: version1 });
  try {
    const directory = cgroup.directory('devices') ?? '';
    const time = await leastOf(ROUNDS, async () => {
      const floor = floorOf('floor-devices', ['list', directory, each]);
      return {
        ...Object.fromEntries(Object.entries(floor).map(([name, us]) => [`floor ${name}`, us])),
        trip: await tripOver(floor.trip),
        amend: await median(() => cgroup.setDevices(amended), Number(each)),
        list: await median(() => cgroup.devices(), Number(each)),
      };
    });
    printRow('setDevices, two rules of a list', time.amend, time['floor amendOnWorker'], time.trip);
    printRow('devices', time.list, time['floor list']);
  } finally {
    await cgroup.remove();
  }
}

const version2 = hierarchies.filter(({ version }) => version === 2);
if (version2.length === 0) process.stderr.write('skipped the program of version 2: this machine has none\n');
else {
  const cgroup = await Cgroup.create(values.cgroup, { hierarchies: version2 });
  const work = mkdtempSync(join(tmpdir(), 'libpod-bench-devices-'));
  try {
    const filter = join(work, 'filter');
    writeFileSync(filter, compileDeviceFilter(usual));
    const directory = cgroup.unifiedDirectory ?? '';
    const time = await leastOf(ROUNDS, async () => {
      const floor = floorOf('floor-devices', ['program', directory, each, filter]);
      return {
        floor: floor.programOnWorker ?? NaN,
        trip: await tripOver(floor.trip),
        program: await medianAround(
          () => Cgroup.create(`${cgroup.path}/child`, { hierarchies: version2 }),
          (child) => child.setDevices(usual),
          (child) => child.remove(),
          Number(each),
        ),
      };
    });
    printRow('setDevices, a program of eight rules', time.program, time.floor, time.trip);
  } finally {
    rmSync(work, { recursive: true });
    await cgroup.remove();
  }
}
