import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hierarchyOf } from '../../src/base/cgroup-hierarchy.js';
import { detectCgroups } from '../../src/linux/cgroups/cgroups.js';
import type { CreateOptions, ResourceOptions } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { bytesOf, logOf, run, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

/*
 * Every limit is read back from inside, and then run into. On whichever version of cgroups the machine has: nothing but a
 * shell and coreutils is asked of it.
 */

const MIB = 1024 * 1024;

/** A block device of the machine, and its numbers as the kernel writes them. */
function someDisk(): { path: string; number: string } | undefined {
  const [name] = readdirSync('/sys/block');
  if (name === undefined) return undefined;
  return { path: `/dev/${name}`, number: readFileSync(`/sys/block/${name}/dev`, 'utf8').trim() };
}
const disk = someDisk();

const LIMITS: ResourceOptions = {
  memory: 64 * MIB,
  memorySwap: 96 * MIB,
  memoryReservation: 32 * MIB,
  pidsLimit: 77,
  cpuQuota: 50_000,
  cpuPeriod: 100_000,
  cpuShares: 512,
  cpusetCpus: '0',
  cpusetMems: '0',
};

/** What the files of the container's own cgroup say under those limits, by version. */
const FILES: Readonly<Record<1 | 2, Readonly<Record<string, string>>>> = {
  1: {
    'memory/memory.limit_in_bytes': String(64 * MIB),
    'memory/memory.memsw.limit_in_bytes': String(96 * MIB),
    'memory/memory.soft_limit_in_bytes': String(32 * MIB),
    'pids/pids.max': '77',
    'cpu/cpu.cfs_quota_us': '50000',
    'cpu/cpu.cfs_period_us': '100000',
    'cpu/cpu.shares': '512',
    'cpuset/cpuset.cpus': '0',
    'cpuset/cpuset.mems': '0',
  },
  2: {
    'memory.max': String(64 * MIB),
    'memory.swap.max': String(32 * MIB),
    'memory.low': String(32 * MIB),
    'pids.max': '77',
    'cpu.max': '50000 100000',
    'cpu.weight': '20',
    'cpuset.cpus': '0',
    'cpuset.mems': '0',
  },
};

const RATE = disk && [{ path: disk.path, rate: MIB }];
const RATES: ResourceOptions = {
  deviceReadBps: RATE,
  deviceWriteBps: RATE,
  deviceReadIops: RATE,
  deviceWriteIops: RATE,
};

const rateFiles = (number = ''): typeof FILES => ({
  1: Object.fromEntries(
    ['read_bps', 'write_bps', 'read_iops', 'write_iops'].map((kind) => [
      `blkio/blkio.throttle.${kind}_device`,
      `${number} ${MIB}`,
    ]),
  ),
  2: { 'io.max': `${number} rbps=${MIB} wbps=${MIB} riops=${MIB} wiops=${MIB}` },
});

const version = hierarchyOf(detectCgroups(), 'memory')?.version ?? 2;

/** Shows files of the container's own cgroup, a line each. */
const show = (files: readonly string[]): string => `cd /sys/fs/cgroup; cat ${files.join(' ')}`;

/** A line of shell that stops at 30 processes, or where no more can be made. */
const FORK = 'i=0; while [ $i -lt 30 ]; do sleep 30 & i=$((i+1)); echo $i; done 2>/dev/null';

describe.runIf(requires({ root: true, memoryLimits: true }))('limits', () => {
  it(
    'are seen by the container in its own cgroup',
    withStore(async (runtime) => {
      const { stdout } = await shell(runtime, show(Object.keys(FILES[version])), { resources: LIMITS });
      expect(stdout.trim().split('\n')).toEqual(Object.values(FILES[version]));
    }),
  );

  it.skipIf(disk === undefined)(
    'of block devices are those that were asked for',
    withStore(async (runtime) => {
      const files = rateFiles(disk?.number)[version];
      const { stdout } = await shell(runtime, show(Object.keys(files)), { resources: RATES });
      expect(stdout.trim().split('\n')).toEqual(Object.values(files));
    }),
  );

  it(
    'are 2048 processes where nothing is said, and none for -1',
    withStore(async (runtime) => {
      const file = show([version === 1 ? 'pids/pids.max' : 'pids.max']);
      expect((await shell(runtime, file)).stdout).toBe('2048\n');
      expect((await shell(runtime, file, { resources: { pidsLimit: -1 } })).stdout).toBe('max\n');
    }),
  );

  it(
    'of processes hold',
    withStore(async (runtime) => {
      const made = async (pidsLimit: number): Promise<number> =>
        (await shell(runtime, FORK, { resources: { pidsLimit } })).stdout.trim().split('\n').length;
      // The shell is one of them.
      expect(await made(10)).toBe(9);
      expect(await made(100)).toBe(30);
    }),
  );

  it(
    'of memory kill, and the exit says so',
    withStore(async (runtime) => {
      // What tail holds is the last line, and a stream of zeros is one line without an end.
      const resources = { memory: 32 * MIB, memorySwap: 32 * MIB };
      expect(await run(runtime, ['tail', '/dev/zero'], { resources })).toMatchObject({
        exitCode: 137,
        signal: 9,
        oomKilled: true,
      });
      const some = 'head -c 64m /dev/zero | tail | wc -c';
      // A child that was killed for memory does not make its parent's end a kill, but the record tells of it.
      expect(await shell(runtime, `${some}; echo survived; exit 3`, { resources })).toMatchObject({
        exitCode: 3,
        signal: 0,
        oomKilled: true,
        stdout: '0\nsurvived\n',
      });
      expect(await shell(runtime, some, { resources: { memory: 256 * MIB } })).toMatchObject({
        exitCode: 0,
        oomKilled: false,
        stdout: `${64 * MIB}\n`,
      });
    }),
  );

  it(
    'of memory in which nothing fits are told as such',
    withStore(async (runtime) => {
      await expect(shell(runtime, 'true', { resources: { memory: 4096 } })).rejects.toMatchObject({
        message: expect.stringContaining('for want of memory; give it a higher limit') as string,
      });
    }),
  );

  it(
    'of processor time hold a busy program back',
    withStore(async (runtime) => {
      const script = `i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done
        grep nr_throttled /sys/fs/cgroup/${version === 1 ? 'cpu/' : ''}cpu.stat | cut -d' ' -f2`;
      const throttled = async (resources: ResourceOptions): Promise<number> =>
        Number((await shell(runtime, script, { resources })).stdout);
      expect(await throttled({ cpuQuota: 2000, cpuPeriod: 10_000 })).toBeGreaterThan(3);
      expect(await throttled({ cpuShares: 1024 })).toBe(0);
    }),
  );

  it(
    'of devices refuse what is not on the list, whatever node there is',
    withStore(async (runtime) => {
      const script = `mknod /tmp/fuse c 10 229; mknod /tmp/zero c 1 5
        for device in /tmp/fuse /tmp/zero /dev/one; do
          (: < $device) 2>/dev/null && echo read $device; (: > $device) 2>/dev/null && echo wrote $device
        done; true`;
      const tried = async (options: CreateOptions): Promise<string[]> =>
        (await shell(runtime, script, { capAdd: ['MKNOD'], ...options })).stdout.trim().split('\n');
      const zero = ['read /tmp/zero', 'wrote /tmp/zero'];
      expect(await tried({})).toEqual([...zero, 'wrote /dev/one']);
      // One that is passed on for reading is not written to, by its own name or another.
      const hostDevices = [{ path: '/dev/fuse', containerPath: '/dev/one', access: 'r' }];
      expect(await tried({ hostDevices })).toEqual(['read /tmp/fuse', ...zero, 'read /dev/one']);
      const rule = { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' } as const;
      expect(await tried({ deviceCgroupRules: [rule] })).toEqual([
        'read /tmp/fuse',
        'wrote /tmp/fuse',
        ...zero,
        'wrote /dev/one',
      ]);
    }),
  );

  it(
    'that the kernel refuses are a clear error, and nothing is left',
    withStore(async (runtime) => {
      await expect(shell(runtime, 'true', { resources: { cpusetCpus: '4000' } })).rejects.toMatchObject({
        code: 'ERR_LAUNCH',
        message: expect.stringContaining('set cpuset.cpus to 4000') as string,
      });
    }),
  );
});

describe.runIf(requires({ root: true, cgroup1: true }))('limits of cgroup version 1 alone', () => {
  it(
    'are how readily memory is swapped',
    withStore(async (runtime) => {
      const resources = { memorySwappiness: 7 };
      expect((await shell(runtime, show(['memory/memory.swappiness']), { resources })).stdout).toBe('7\n');
    }),
  );

  it(
    'let processes wait for memory instead of killing them',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['tail', '/dev/zero'],
        resources: { memory: 16 * MIB, memorySwap: 16 * MIB, oomKillDisable: true },
      });
      await container.start();
      const memory = hierarchyOf(detectCgroups(), 'memory')?.mountpoint ?? '';
      const { CgroupPath } = (await container.inspect()).HostConfig;
      const waits = (): boolean =>
        readFileSync(path.join(memory, CgroupPath, 'memory.oom_control'), 'utf8').includes('under_oom 1');
      while (!waits()) await sleep(10);
      expect(await container.state()).toBe('running');
      await container.remove({ force: true, timeout: 0 });
    }),
  );
});

describe.runIf(requires({ root: true, cgroup2: true, bfq: true }))('the weight of input and output', () => {
  it(
    'holds for the cost model and for the scheduler BFQ, also when it is changed',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'read line; cd /sys/fs/cgroup; cat io.weight io.bfq.weight'],
        resources: { blkioWeight: 500 },
        stdin: true,
      });
      await container.start();
      await container.update({ blkioWeight: 505 });
      const { stdin } = await container.attach();
      stdin?.end('go\n');
      await container.wait();
      const lines = bytesOf(await logOf(container), 'stdout').toString();
      expect(lines).toBe('default 5000\ndefault 505\n');
      await container.remove();
      const first = await shell(runtime, show(['io.weight', 'io.bfq.weight']), {
        resources: { blkioWeight: 500 },
      });
      expect(first.stdout).toBe('default 4950\ndefault 500\n');
    }),
  );
});

describe.runIf(requires({ root: true, cgroup2: true }))('limits that cgroup version 2 has not', () => {
  it(
    'are refused',
    withStore(async (runtime) => {
      const refused = { code: 'ERR_UNSUPPORTED' };
      await expect(shell(runtime, 'true', { resources: { memorySwappiness: 7 } })).rejects.toMatchObject(
        refused,
      );
      const waiting = { memory: MIB, oomKillDisable: true };
      await expect(shell(runtime, 'true', { resources: waiting })).rejects.toMatchObject(refused);
    }),
  );
});
