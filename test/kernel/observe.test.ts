import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Container, ContainerStats, Runtime } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore, type TestStore } from '../support/store.js';

function script(runtime: Runtime, store: TestStore, text: string, more: Record<string, unknown> = {}) {
  return runtime.createContainer({
    rootfs: busyboxRoot(store.makeDirectory('r')),
    overlay: true,
    command: ['sh', '-c', text],
    ...more,
  });
}

const gone = (container: Container) => container.remove({ force: true, timeout: 0 });

/** Waits until all processes of a container run one program. */
async function allRun(container: Container, program: string): Promise<void> {
  while ((await container.top(['comm'])).processes.some(([name]) => name !== program)) await sleep(5);
}

async function said(container: Container): Promise<void> {
  for await (const _ of container.logs({ follow: true })) return;
}

const words = async (container: Container): Promise<string[]> =>
  (await container.diff()).map(({ kind, path }) => `${kind} ${path}`);

describe.runIf(requires({ root: true, busybox: true }))('diff', () => {
  it(
    'tells what is new, another and gone, also of a directory that was replaced',
    withStore(async (runtime, store) => {
      const text = `echo a > /new; rm /etc/group; echo b >> /etc/passwd; mkdir /d; echo c > /d/f; ln -s x /link
        rm -r /home; mkdir -p /home/mine; chmod 700 /var; mkfifo /fifo; mv /root /moved; echo ready; sleep 1000`;
      const container = await script(runtime, store, text);
      expect(await words(container)).toEqual([]);
      await container.start();
      await said(container);
      const expected = [
        'added /d',
        'added /d/f',
        'changed /etc',
        'deleted /etc/group',
        'changed /etc/passwd',
        'added /fifo',
        'deleted /home',
        'added /home/mine',
        'added /link',
        'added /moved',
        'added /new',
        'deleted /root',
        'changed /var',
      ];
      expect(await words(container)).toEqual(expected);
      await container.stop({ timeout: 0 });
      expect(await words(container)).toEqual(expected);
      await gone(container);
    }),
  );

  it(
    'of a container that did nothing is empty, whatever the engine mounts in it',
    withStore(async (runtime, store) => {
      const volume = store.makeDirectory('volume');
      const mounts = [{ destination: '/srv/deep/data', type: 'bind', source: volume, options: ['rbind'] }];
      for (const root of [
        { hostRoot: true },
        { rootfs: busyboxRoot(store.makeDirectory('r')), overlay: true },
      ]) {
        const container = await runtime.createContainer({ ...root, mounts, command: ['sleep', '1000'] });
        await container.start();
        expect(await words(container)).toEqual([]);
        await gone(container);
      }
    }),
  );

  it(
    'follows no link that the container puts in its way, and refuses a root without layers',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'rm -r /var; ln -s /etc /var; echo ready; sleep 1000');
      await container.start();
      await said(container);
      expect(await words(container)).toEqual(['changed /var']);
      await gone(container);
      const plain = await runtime.createContainer({
        rootfs: busyboxRoot(store.makeDirectory('p')),
        command: ['true'],
      });
      await expect(plain.diff()).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
      await gone(plain);
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('top', () => {
  it(
    'shows the processes as the container numbers and names them, and as the host does',
    withStore(async (runtime, store) => {
      const text = 'sleep 1000 & echo ready; exec sleep 2000';
      const container = await script(runtime, store, text, { user: 'app' });
      await expect(container.top()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.start();
      await said(container);
      await allRun(container, 'sleep');
      const { titles, processes } = await container.top([
        'pid',
        'ppid',
        'user',
        'huid',
        'args',
        'hpid',
        'seccomp',
      ]);
      expect(titles).toEqual(['PID', 'PPID', 'USER', 'HUID', 'COMMAND', 'HPID', 'SECCOMP']);
      expect(processes.map((row) => row.slice(0, 5))).toEqual([
        ['1', '0', 'app', '1000', 'sleep 2000'],
        ['2', '1', 'app', '1000', 'sleep 1000'],
      ]);
      expect(processes[0]?.[5]).toBe(String(await container.pid()));
      for (const row of processes) expect(statSync(`/proc/${row[5]}`).isDirectory()).toBe(true);
      expect(processes.every((row) => row[6] === 'filter')).toBe(true);
      await container.pause();
      expect((await container.top(['pid'])).processes).toHaveLength(2);
      await container.unpause();
      await expect(container.top(['-ef'])).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      await gone(container);
    }),
  );

  it(
    'agrees with ps on the host',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'sleep 1000 & exec sleep 2000');
      await container.start();
      await allRun(container, 'sleep');
      const { processes } = await container.top(['hpid', 'vsz', 'rss', 'nice', 'state', 'comm']);
      for (const [pid = '', ...mine] of processes) {
        const theirs = execFileSync('ps', ['-o', 'vsz=,rss=,nice=,s=,comm=', '-p', pid], {
          encoding: 'utf8',
        });
        expect(mine).toEqual(theirs.trim().split(/\s+/));
      }
      await gone(container);
    }),
  );

  it(
    'is not misled by files that are links or FIFOs, nor by what a process calls itself',
    withStore(async (runtime, store) => {
      const text = `rm /etc/passwd /etc/group; mkfifo /etc/passwd; ln -s /dev/zero /etc/group
        printf ') S 1 (' > /proc/self/comm; echo ready; read forever`;
      const container = await script(runtime, store, text, { stdin: true });
      await container.start();
      await said(container);
      const { processes } = await container.top(['pid', 'ppid', 'user', 'group', 'comm']);
      expect(processes).toEqual([['1', '0', '0', '0', ') S 1 (']]);
      await gone(container);
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true, memoryLimits: true }))('stats', () => {
  const once = async (runtime: Runtime, options = {}): Promise<ContainerStats[]> => {
    for await (const sample of runtime.stats({ stream: false, ...options })) return sample;
    return [];
  };

  it(
    'tell what is used, of those that run, of all, or of those that are named',
    withStore(async (runtime, store) => {
      const busy = await script(
        runtime,
        store,
        'dd if=/dev/zero of=/dev/shm/x bs=1M count=8; echo ready; exec sleep 1000',
        {
          name: 'busy',
          resources: { memory: 64 * 1024 ** 2 },
        },
      );
      const idle = await runtime.createContainer({ hostRoot: true, command: ['true'], name: 'idle' });
      await busy.start();
      await said(busy);
      // dd has ended, but the kernel counts it until it has freed it.
      while ((await once(runtime))[0]?.pids !== 1) await sleep(5);
      const [stats, ...others] = await once(runtime);
      expect(others).toEqual([]);
      expect(stats).toMatchObject({
        id: busy.id,
        name: 'busy',
        state: 'running',
        memoryLimit: 64 * 1024 ** 2,
      });
      expect(stats?.memoryUsage).toBeGreaterThan(8 * 1024 ** 2);
      expect(stats?.memoryPercent).toBeGreaterThan(12);
      expect(stats?.cpuNano).toBeGreaterThan(0);
      expect(stats?.pids).toBe(1);
      expect((await once(runtime, { all: true })).map(({ name }) => name).sort()).toEqual(['busy', 'idle']);
      expect(await once(runtime, { containers: ['idle'] })).toMatchObject([
        { pids: 0, memoryUsage: 0, cpuPercent: 0 },
      ]);
      await expect(once(runtime, { containers: ['nobody'] })).rejects.toMatchObject({
        code: 'ERR_NO_SUCH_CONTAINER',
      });
      await gone(busy);
      await gone(idle);
    }),
  );

  it(
    'stream, tell of each interval, leave out who goes, and end with the signal',
    withStore(async (runtime, store) => {
      const spinning = await script(runtime, store, 'while :; do :; done');
      await spinning.start();
      const abort = new AbortController();
      const samples: ContainerStats[][] = [];
      for await (const sample of runtime.stats({ interval: 0.2, signal: abort.signal })) {
        samples.push(sample);
        if (samples.length === 2) await gone(spinning);
        if (samples.length === 3) abort.abort();
      }
      expect(samples.map((sample) => sample.length)).toEqual([1, 1, 0]);
      const [first, second] = samples.map(([one]) => one as ContainerStats);
      expect(second?.cpuNano).toBeGreaterThan(first?.cpuNano ?? Infinity);
      expect(second?.cpuPercent).toBeGreaterThan(0);
    }),
  );

  it(
    'do not heed that the clock is set back while a container runs',
    withStore(async (runtime, store) => {
      const spinning = await script(runtime, store, 'while :; do :; done');
      await spinning.start();
      const samples: ContainerStats[] = [];
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        for await (const [sample] of runtime.stats({ interval: 0.1 })) {
          samples.push(sample as ContainerStats);
          if (samples.length === 2) break;
          vi.setSystemTime(Date.now() - 3_600_000);
        }
      } finally {
        vi.useRealTimers();
      }
      const [first, second] = samples as [ContainerStats, ContainerStats];
      expect(second.time.getTime()).toBeLessThan(first.time.getTime());
      for (const share of [first.averageCpuPercent, second.averageCpuPercent, second.cpuPercent]) {
        expect(share).toBeGreaterThan(0);
        // One processor, less what a tick and a busy machine may do to it.
        expect(share).toBeLessThan(1000);
      }
      await gone(spinning);
    }),
  );

  it(
    "count the bytes of the container's own network, and none of the host's",
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('r'));
      const make = (more: object) =>
        runtime.createContainer({ rootfs, overlay: true, command: ['sleep', '1000'], ...more });
      const [own, host] = [await make({}), await make({ namespaces: { network: 'host' } })];
      for (const container of [own, host]) await container.start();
      const pid = String(await own.pid());
      const inside = (...words: string[]) =>
        execFileSync('nsenter', ['-t', pid, '-n', ...words], { stdio: 'ignore' });
      inside('ip', 'link', 'add', 'name', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1');
      for (const end of ['eth0', 'eth1']) inside('ip', 'link', 'set', end, 'up');
      inside('ip', 'addr', 'add', '10.9.8.1/24', 'dev', 'eth0');
      // Nobody has that address: what is sent is the question for it.
      inside('bash', '-c', 'echo word > /dev/udp/10.9.8.2/9');
      const stats = await once(runtime, { containers: [own.id, host.id] });
      expect(stats[0]?.networkOutput).toBeGreaterThan(0);
      expect(stats[1]).toMatchObject({ networkInput: 0, networkOutput: 0 });
      for (const container of [own, host]) await gone(container);
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('sizes', () => {
  it(
    'are in inspect if they are asked for',
    withStore(async (runtime, store) => {
      const container = await script(runtime, store, 'head -c 5000 /dev/zero > /x; echo ready; sleep 1000');
      await container.start();
      await said(container);
      expect(await container.inspect()).not.toHaveProperty('SizeRw');
      const { SizeRw, SizeRootFs = 0 } = await container.inspect({ size: true });
      expect(SizeRw).toBeGreaterThanOrEqual(5000);
      expect(SizeRw).toBeLessThan(20_000);
      expect(SizeRootFs).toBeGreaterThan(500_000);
      await gone(container);
    }),
  );
});
