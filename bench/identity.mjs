// Capabilities and ID maps beside the bare system calls in the same run: medians in microseconds.
//
//   node bench/identity.mjs [--base DIR] [--count N]
import { mkdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  createNamespace,
  getFileCapabilities,
  getXattr,
  getXattrSync,
  readCapabilities,
  readIdMaps,
  setFileCapabilities,
  spawnProcess,
  writeIdMaps,
} from '../dist/linux.js';
import { floorOf, leastOf, median, printRow } from './medians.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: `/tmp/libpod-bench-identity-${process.pid}` },
    count: { type: 'string', default: '2000' },
  },
});
const { base } = values;
const ROUNDS = 5;
const each = Math.ceil(Number(values.count) / ROUNDS);
const few = Math.ceil(each / 10);
const MAP = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const maps = { uid: MAP, gid: MAP };
const capabilities = { effective: false, permitted: ['CAP_NET_BIND_SERVICE'], inheritable: [] };
const file = join(base, 'file');
mkdirSync(base, { recursive: true });
writeFileSync(file, '');

/** Processes in user namespaces that have no maps yet. */
async function unmapped(/** @type {number} */ count) {
  const own = readlinkSync('/proc/self/ns/user');
  const children = [];
  for (let i = 0; i < count; i++) {
    const child = await spawnProcess({ file: 'unshare', args: ['--user', 'sleep', '1000'] });
    while (readlinkSync(`/proc/${child.pid}/ns/user`) === own) await sleep(1);
    children.push(child);
  }
  return children;
}

/** The time of writing the maps of one after the other: after a rest each would find its code cold. */
async function timeOfWriting() {
  const children = await unmapped(few + Math.ceil(few / 10));
  let next = 0;
  const time = await median(() => writeIdMaps(children[next++]?.pid ?? 0, maps), few);
  for (const child of children) {
    child.signal('SIGKILL');
    await child.ended();
    child[Symbol.dispose]();
  }
  return time;
}

try {
  const time = await leastOf(ROUNDS, async () => {
    const floor = floorOf('floor-identity', [file, String(each)]);
    return {
      ...Object.fromEntries(Object.entries(floor).map(([name, us]) => [`floor ${name}`, us])),
      readCapabilities: await median(() => readCapabilities(), each),
      setFile: await median(() => setFileCapabilities(file, capabilities), each),
      getFile: await median(() => getFileCapabilities(file), each),
      trip: await median(() => getXattr(file, 'user.none'), each),
      noTrip: await median(() => getXattrSync(file, 'user.none'), each),
      readIdMaps: await median(() => readIdMaps(), each),
      writeIdMaps: await timeOfWriting(),
      make: await median(
        async () => (await createNamespace('user', { uidMap: MAP, gidMap: MAP }))[Symbol.dispose](),
        few,
      ),
    };
  });
  const own = (time.trip ?? 0) - (time.noTrip ?? 0);
  const trip = own - ((time['floor getFileCapabilities'] ?? 0) - (time['floor getFile'] ?? 0));
  printRow('readCapabilities', time.readCapabilities, time['floor readCapabilities']);
  printRow('getFileCapabilities', time.getFile, time['floor getFileCapabilities'], trip);
  printRow('setFileCapabilities', time.setFile, time['floor setFileCapabilities'], trip);
  printRow('readIdMaps', time.readIdMaps, time['floor readIdMaps']);
  printRow('writeIdMaps', time.writeIdMaps, time['floor writeIdMaps']);
  printRow('createNamespace, user, with ID maps', time.make, time['floor makeUser'], trip);
} finally {
  rmSync(base, { recursive: true });
}
