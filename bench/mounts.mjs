// Mounts, locks, attributes and opens, each beside the bare system calls in the same run: medians in microseconds.
//
//   node bench/mounts.mjs [--base DIR] [--count N]
//
// It mounts in the mount namespace that it is run in, under DIR alone: `unshare --mount` keeps that to itself.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  bindMount,
  FileLock,
  getXattr,
  getXattrSync,
  mount,
  openBeneath,
  setXattrSync,
  unmount,
} from '../dist/linux.js';
import { Descriptor } from '../dist/linux.js';
import { openSync } from 'node:fs';
import { floorOf, median, printRow } from './medians.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: `/tmp/libpod-bench-mounts-${process.pid}` },
    count: { type: 'string', default: '2000' },
  },
});
const { base } = values;
const count = Number(values.count);
const [source, target] = [join(base, 'source'), join(base, 'target')];
const file = join(source, 'deep', 'file');
mkdirSync(join(source, 'deep'), { recursive: true });
mkdirSync(target);
writeFileSync(file, '');
try {
  const floor = floorOf('floor-mounts', [base, String(count)]);
  const root = new Descriptor(openSync(base, 'r'));
  setXattrSync(file, 'user.bench', 'value');
  const atOnce = await median(() => getXattrSync(file, 'user.bench'), count);
  const later = await median(() => getXattr(file, 'user.bench'), count);
  const trip = later - atOnce;
  printRow('getXattrSync', atOnce, floor.getXattr ?? 0, 0);
  printRow('getXattr', later, floor.getXattr ?? 0, trip);
  const set = await median(() => setXattrSync(file, 'user.bench', 'value'), count);
  printRow('setXattrSync', set, floor.setXattr ?? 0, 0);
  const open = await median(() => openBeneath(root, 'source/deep/file')[Symbol.dispose](), count);
  printRow('openBeneath and close', open, floor.openBeneath ?? 0, 0);
  const locked = await median(() => FileLock.tryAcquire(file)?.[Symbol.dispose](), count);
  printRow('FileLock.tryAcquire and dispose', locked, floor.lock ?? 0, 0);
  const mounted = await median(async () => {
    await mount({ type: 'tmpfs', target, options: { size: '64k' }, nosuid: true });
    await unmount(target);
  }, count);
  printRow('mount and unmount a tmpfs', mounted, floor.mount ?? 0, 2 * trip);
  const bound = await median(async () => {
    await bindMount(source, target, { readonly: true });
    await unmount(target);
  }, count);
  printRow('bindMount, read-only, and unmount', bound, floor.bind ?? 0, 2 * trip);
  root[Symbol.dispose]();
} finally {
  rmSync(base, { recursive: true });
}
