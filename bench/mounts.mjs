// Mounts, locks, attributes and opens, each beside the bare system calls in the same run: medians in microseconds.
//
//   node bench/mounts.mjs [--base DIR] [--count N]
//
// It mounts in the mount namespace that it is run in, under DIR alone: `unshare --mount` keeps that to itself.
import { mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  bindMount,
  changeMount,
  createNamespace,
  Descriptor,
  FileLock,
  getXattr,
  getXattrSync,
  mount,
  mountOverlay,
  openBeneath,
  setXattrSync,
  unmount,
} from '../dist/linux.js';
import { floorOf, leastOf, median, printRow } from './medians.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: `/tmp/libpod-bench-mounts-${process.pid}` },
    count: { type: 'string', default: '2000' },
  },
});
const { base } = values;
const count = Number(values.count);
const ROUNDS = 5;
const [source, target] = [join(base, 'source'), join(base, 'target')];
const file = join(source, 'deep', 'file');
const layers = [source, join(base, 'below')];
const MAP = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
mkdirSync(join(source, 'deep'), { recursive: true });
mkdirSync(target);
mkdirSync(join(base, 'below'));
writeFileSync(file, '');
try {
  const root = new Descriptor(openSync(base, 'r'));
  const idmap = await createNamespace('user', { uidMap: MAP, gidMap: MAP });
  const each = Math.ceil(count / ROUNDS);
  const floorArguments = [base, String(each), `/proc/${process.pid}/fd/${idmap.fd}`];
  const time = await leastOf(ROUNDS, async () => {
    const floor = floorOf('floor-mounts', floorArguments);
    await mount({ type: 'tmpfs', target });
    const change = await median(() => changeMount(target, { nosuid: true }, { recursive: true }), each);
    await unmount(target);
    return {
      change,
      ...Object.fromEntries(Object.entries(floor).map(([name, us]) => [`floor ${name}`, us])),
      getXattrSync: await median(() => getXattrSync(file, 'user.bench'), each),
      getXattr: await median(() => getXattr(file, 'user.bench'), each),
      setXattrSync: await median(() => setXattrSync(file, 'user.bench', 'value'), each),
      openBeneath: await median(() => openBeneath(root, 'source/deep/file')[Symbol.dispose](), each),
      lock: await median(() => FileLock.tryAcquire(file)?.[Symbol.dispose](), each),
      mount: await median(async () => {
        await mount({ type: 'tmpfs', target, options: { size: '64k' }, nosuid: true });
        await unmount(target);
      }, each),
      bind: await median(async () => {
        await bindMount(source, target, { readonly: true });
        await unmount(target);
      }, each),
      idmap: await median(async () => {
        await bindMount(source, target, { idmap });
        await unmount(target);
      }, each),
      overlay: await median(async () => {
        await mountOverlay({ lower: layers, target });
        await unmount(target);
      }, each),
    };
  });
  const own = (time.getXattr ?? 0) - (time.getXattrSync ?? 0);
  const trip = own - ((time['floor getXattrOnWorker'] ?? 0) - (time['floor getXattr'] ?? 0));
  printRow('getXattrSync', time.getXattrSync, time['floor getXattr']);
  printRow('getXattr', time.getXattr, time['floor getXattrOnWorker'], trip);
  printRow('setXattrSync', time.setXattrSync, time['floor setXattr']);
  printRow('openBeneath and close', time.openBeneath, time['floor openBeneath']);
  printRow('FileLock.tryAcquire and dispose', time.lock, time['floor lock']);
  printRow('mount and unmount a tmpfs', time.mount, time['floor mountOnWorker'], 2 * trip);
  printRow('bindMount, read-only, and unmount', time.bind, time['floor bindOnWorker'], 2 * trip);
  printRow('bindMount, ID-mapped, and unmount', time.idmap, time['floor idmapOnWorker'], 2 * trip);
  printRow('mountOverlay, two layers, and unmount', time.overlay, time['floor overlayOnWorker'], 2 * trip);
  printRow('changeMount, recursive', time.change, time['floor changeOnWorker'], trip);
  idmap[Symbol.dispose]();
  root[Symbol.dispose]();
} finally {
  rmSync(base, { recursive: true });
}
