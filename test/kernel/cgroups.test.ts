import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Cgroup, detectCgroups, type CgroupState } from '../../src/linux.js';
import { guarded } from '../support/guarded.js';
import { requires } from '../support/requires.js';
import type { TestStore } from '../support/store.js';

const INVALID = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

/** A shell that waits to be told what to run; it ends with its input, or is killed. */
class Shell implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;

  constructor() {
    this.#child = spawn('sh', [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid!;
  }

  send(script: string): void {
    this.#child.stdin.write(`${script}\n`);
  }

  /** What a script prints. */
  async ask(script: string): Promise<string> {
    this.send(script);
    const [data] = (await once(this.#child.stdout, 'data')) as [Buffer];
    return data.toString().trim();
  }

  /** SIGKILL reaches it wherever it stands. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** A cgroup of the test's own, removed afterwards. */
function withCgroup(
  body: (cgroup: Cgroup, store: TestStore) => Promise<void>,
  hierarchies = detectCgroups(),
): () => Promise<void> {
  return guarded(async (store) => {
    const cgroup = await Cgroup.create(store.cgroupParent, { hierarchies });
    try {
      await body(cgroup, store);
    } finally {
      await cgroup.kill();
      await cgroup.remove();
    }
  });
}

const V1 = (): ReturnType<typeof detectCgroups> => detectCgroups().filter(({ version }) => version === 1);

describe.runIf(requires({ root: true, hybrid: true }))('a cgroup', () => {
  it(
    'is made in every hierarchy, entered, looked into, killed and removed',
    withCgroup(async (cgroup) => {
      expect(cgroup.directories.every((directory) => existsSync(directory))).toBe(true);
      await using shell = new Shell();
      await cgroup.enter(shell.pid);
      const own = (await shell.ask('echo "$(cat /proc/self/cgroup)"')).split('\n');
      expect(own.every((line) => line.endsWith(`:${cgroup.path}`))).toBe(true);
      expect(cgroup.processes()).toEqual([shell.pid]);
      expect(cgroup.threads()).toEqual([shell.pid]);
      const child = await Cgroup.create(`${cgroup.path}/deep/er`);
      await child.enter(shell.pid);
      expect(cgroup.processes()).toEqual([]);
      expect(cgroup.processes({ recursive: true })).toEqual([shell.pid]);
      expect(cgroup.threads({ recursive: true })).toEqual([shell.pid]);
      await cgroup.kill();
      expect(cgroup.processes({ recursive: true })).toEqual([]);
      await cgroup.remove();
      expect(cgroup.directories.some((directory) => existsSync(directory))).toBe(false);
      expect(cgroup.processes()).toEqual([]);
      await expect(cgroup.stats()).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    }),
  );

  it(
    'is for a process to be born in, or to enter by itself',
    withCgroup(async (cgroup) => {
      using directory = cgroup.openDirectory();
      expect(existsSync(`/proc/self/fd/${directory.fd}/cgroup.procs`)).toBe(true);
      await using shell = new Shell();
      for (const file of cgroup.tasksFiles) shell.send(`echo $$ > ${file}`);
      await shell.ask('echo done');
      expect(cgroup.processes()).toEqual([shell.pid]);
      expect(() => new Cgroup(cgroup.path, V1()).openDirectory()).toThrow(
        expect.objectContaining({ code: 'ERR_UNSUPPORTED' }),
      );
    }),
  );

  it(
    'takes limits and tells them again, leaving others as they are',
    withCgroup(async (cgroup) => {
      const limits = {
        cpu: { weight: 250, quota: 50_000, period: 100_000, burst: 10_000 },
        cpuset: { cpus: [0], mems: [0] },
        memory: { max: 64 << 20, low: 32 << 20, swap: 16 << 20, oomKill: false, swappiness: 10 },
        pids: { max: 20 },
        io: {
          max: [
            {
              device: '254:0',
              readBytes: 1 << 20,
              writeBytes: 2 << 20,
              readOperations: 100,
              writeOperations: 200,
            },
          ],
        },
      };
      await cgroup.setLimits(limits);
      expect(cgroup.limits()).toMatchObject(limits);
      expect(cgroup.read('cpu', 'cpu.shares')).toBe('6530\n');
      expect(cgroup.read('memory', 'memory.memsw.limit_in_bytes')).toBe(`${80 << 20}\n`);
      await cgroup.setLimits({ memory: { max: 256 << 20, swap: 0 }, cpu: { quota: 'max' } });
      expect(cgroup.limits()).toMatchObject({
        cpu: { quota: 'max', period: 100_000, weight: 250 },
        memory: { max: 256 << 20, swap: 0, low: 32 << 20 },
        pids: { max: 20 },
      });
      await cgroup.setLimits({
        memory: { max: 'max', swap: 'max', oomKill: true },
        pids: { max: 'max' },
        io: { max: [{ device: '254:0', readBytes: 'max', writeBytes: 5 << 20 }] },
      });
      expect(cgroup.limits()).toMatchObject({
        memory: { max: 'max', swap: 'max', oomKill: true },
        pids: { max: 'max' },
        io: { max: [{ readBytes: 'max', writeBytes: 5 << 20, readOperations: 100 }] },
      });
      await cgroup.setLimits({ cpu: { idle: true } });
      expect(cgroup.limits().cpu?.idle).toBe(true);
    }),
  );

  it(
    'refuses wrong limits with a sentence, and nothing is changed by those that nobody takes',
    withCgroup(async (cgroup) => {
      for (const limits of [
        { cpu: { weight: 0 } },
        { cpu: { wait: 100 } as never },
        { cpu: { weight: 10_001 } },
        { pids: { max: 1.5 } },
        { memory: { max: -1 } },
        { memory: { high: 5 } },
        { memory: { swap: 5 } },
        { cpuset: { cpus: [] } },
        { io: { max: [{ device: 'sda', readBytes: 1 }] } },
        { hugetlb: { '../x': 1 } },
        { nonsense: {} },
      ])
        await expect(
          cgroup.setLimits({ pids: { max: 7 }, ...limits }),
          JSON.stringify(limits),
        ).rejects.toEqual(INVALID);
      expect(cgroup.limits().pids?.max).toBe('max');
      await expect(cgroup.setLimits({ cpuset: { cpus: [1023] } })).rejects.toThrow(
        /cannot set limits of cgroup .* \("1023" to .*cpuset.cpus\): /,
      );
      await expect(cgroup.setLimits({ rdma: { mlx: { handles: 1 } } })).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
      });
      await expect(cgroup.enter(2 ** 22)).rejects.toThrow(/there is no such process/);
      await expect(cgroup.enter(0)).rejects.toEqual(INVALID);
      await expect(cgroup.write('cpu', '../cpu.shares', '2')).rejects.toEqual(INVALID);
      for (const wrong of ['', 'x', '/', '/a/../b', '/a/', '/a\0'])
        expect(() => new Cgroup(wrong), wrong).toThrow(INVALID);
      await cgroup.write('cpu', 'cpu.shares', '2');
      expect(cgroup.limits().cpu?.weight).toBe(1);
      expect(cgroup.read('cpu', 'cpu.none')).toBeUndefined();
    }),
  );

  it(
    'counts what is used',
    withCgroup(async (cgroup) => {
      await cgroup.setLimits({ pids: { max: 5 }, cpu: { quota: 20_000, period: 100_000 } });
      await using shell = new Shell();
      await cgroup.enter(shell.pid);
      await shell.ask('i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done');
      const stats = await cgroup.stats();
      expect(stats.cpu?.usageUsec).toBeGreaterThan(10_000);
      expect(stats.cpu?.userUsec).toBeGreaterThan(0);
      expect(stats.cpu?.throttledPeriods).toBeGreaterThan(0);
      expect(stats.cpu?.throttledUsec).toBeGreaterThan(0);
      expect(stats.memory?.usage).toBeGreaterThan(0);
      expect(stats.memory?.peak).toBeGreaterThanOrEqual(stats.memory!.usage!);
      expect(stats.memory?.stat['total_rss']).toBeGreaterThanOrEqual(0);
      expect(stats.pids).toMatchObject({ current: 1, refused: 0 });
      expect(stats.io).toEqual([]);
    }),
  );

  it(
    'holds processes to its list of devices',
    withCgroup(async (cgroup) => {
      expect(cgroup.devices()).toEqual([{ allow: true, type: 'a', access: 'rwm' }]);
      await cgroup.setDevices([
        { allow: false },
        { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
        { allow: true, type: 'c', major: 1, access: 'm' },
      ]);
      expect(cgroup.devices()).toEqual([
        { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
        { allow: true, type: 'c', major: 1, access: 'm' },
      ]);
      await using shell = new Shell();
      await cgroup.enter(shell.pid);
      expect(await shell.ask('echo $(cat /dev/null && echo null; cat /dev/zero 2>&- || echo refused)')).toBe(
        'null refused',
      );
      for (const rule of [{ type: 'p' }, { access: 'x' }, { access: '' }, { major: 1.5 }, { allow: 1 }])
        await expect(cgroup.setDevices([{ allow: true, ...rule } as never])).rejects.toEqual(INVALID);
    }),
  );
});

describe.runIf(requires({ root: true, hybrid: true }))('a cgroup of version 2', () => {
  const unified = (): ReturnType<typeof detectCgroups> =>
    detectCgroups().filter(({ version }) => version === 2);

  it(
    'holds processes to a program that stands for the list of devices',
    withCgroup(async (cgroup) => {
      await cgroup.setDevices([{ allow: true, type: 'c', major: 1, minor: 3 }]);
      expect(cgroup.devices()).toBeUndefined();
      await using shell = new Shell();
      await cgroup.enter(shell.pid);
      expect(await shell.ask('echo $(cat /dev/null && echo null; cat /dev/zero 2>&- || echo refused)')).toBe(
        'null refused',
      );
      await cgroup.kill();
      expect(cgroup.processes()).toEqual([]);
    }, unified()),
  );

  it(
    'takes the limits of the controllers that it has, and says which it has not',
    withCgroup(async (cgroup) => {
      const sizes = Object.keys(cgroup.limits().hugetlb ?? {});
      const limits = Object.fromEntries(sizes.map((size) => [size, 0]));
      if (sizes.length > 0) {
        await cgroup.setLimits({ hugetlb: limits });
        expect(cgroup.limits().hugetlb).toEqual(limits);
      }
      await expect(cgroup.setLimits({ cpu: { weight: 1 } })).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
      });
      await expect(
        Cgroup.create(`${cgroup.path}/x`, { hierarchies: unified(), controllers: ['cpu'] }),
      ).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
      const stats = await cgroup.stats();
      expect(stats.cpu?.usageUsec).toBe(0);
    }, unified()),
  );
});

describe.runIf(requires({ root: true, cgroup2: true }))('a cgroup of version 2 with its controllers', () => {
  it(
    'takes limits and tells them again, leaving others as they are',
    withCgroup(async (cgroup) => {
      const limits = {
        cpu: { weight: 250, quota: 50_000, period: 100_000, burst: 10_000 },
        cpuset: { cpus: [0], mems: [0] },
        memory: { max: 64 << 20, high: 48 << 20, low: 4 << 20, min: 1 << 20, swap: 0, oomGroup: true },
        pids: { max: 20 },
      };
      await cgroup.setLimits(limits);
      expect(cgroup.limits()).toMatchObject(limits);
      await cgroup.setLimits({ cpu: { period: 50_000 } });
      expect(cgroup.limits().cpu).toMatchObject({ quota: 50_000, period: 50_000 });
      await cgroup.setLimits({ cpu: { quota: 'max' }, cpuset: { cpus: [] }, memory: { high: 'max' } });
      expect(cgroup.limits()).toMatchObject({
        cpu: { quota: 'max', period: 50_000 },
        cpuset: { cpus: [], mems: [0] },
        memory: { high: 'max', max: 64 << 20 },
      });
    }),
  );

  it(
    'counts what is used, and tells when memory ran out',
    withCgroup(async (cgroup) => {
      await cgroup.setLimits({ memory: { max: 8 << 20, swap: 0 } });
      const events = cgroup.events();
      await using shell = new Shell();
      await cgroup.enter(shell.pid);
      shell.send('head -c 64m /dev/zero | tail -c 64m > /dev/null');
      for await (const { memory } of events) if ((memory?.oomKill ?? 0) > 0) break;
      const stats = await cgroup.stats();
      expect(stats.memory?.peak).toBeGreaterThan(1 << 20);
      expect(stats.memory?.events?.oomKill).toBeGreaterThan(0);
      expect(stats.cpu?.usageUsec).toBeGreaterThan(0);
      expect(stats.pids?.current).toBeGreaterThanOrEqual(0);
    }),
  );
});

/** Whether a process makes progress: two looks at its processor time. */
async function isRunning(pid: number): Promise<boolean> {
  const ticks = (): string =>
    readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13).join();
  const before = ticks();
  for (let look = 0; look < 200; look++) {
    await sleep(10);
    if (ticks() !== before) return true;
  }
  return false;
}

/** What the kernel says of it right now. */
function isFrozen(cgroup: Cgroup): boolean {
  const { unifiedDirectory } = cgroup;
  if (unifiedDirectory === undefined) return cgroup.read('freezer', 'freezer.state') === 'FROZEN\n';
  return readFileSync(`${unifiedDirectory}/cgroup.events`, 'utf8').includes('frozen 1');
}

describe.each([
  ['version 1', V1],
  ['version 2', () => detectCgroups().filter(({ version }) => version === 2)],
])('freezing with %s', (_, hierarchies) => {
  const runnable = requires({ root: true, hybrid: true });
  it.runIf(runnable)(
    'stands still until it is thawed',
    guarded(async (store) => {
      await withCgroup(async (cgroup) => {
        await using shell = new Shell();
        await cgroup.enter(shell.pid);
        // So many that not all of them stand when the kernel has been told.
        await shell.ask('for i in $(seq 8); do while :; do :; done & done; echo started');
        await cgroup.freeze();
        expect(isFrozen(cgroup)).toBe(true);
        const [busy] = cgroup.processes().filter((pid) => pid !== shell.pid);
        expect(await isRunning(busy!)).toBe(false);
        await cgroup.thaw();
        expect(await isRunning(busy!)).toBe(true);
        const signal = AbortSignal.abort('no');
        await expect(cgroup.freeze(signal)).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'no' });
        await cgroup.freeze();
        await cgroup.kill();
        expect(cgroup.processes()).toEqual([]);
      }, hierarchies())();
      expect(store.directory).toBeDefined();
    }),
  );
});

describe.runIf(requires({ root: true, hybrid: true }))('freezing', () => {
  it(
    'is refused to whoever stands in the cgroup',
    withCgroup(async (cgroup) => {
      const unified = new Cgroup(
        cgroup.path,
        detectCgroups().filter(({ version }) => version === 2),
      );
      const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
      await unified.enter(process.pid);
      try {
        await expect(unified.freeze()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      } finally {
        writeFileSync(
          path.join(unified.hierarchies[0]!.mountpoint, own ?? '/', 'cgroup.procs'),
          String(process.pid),
        );
      }
    }),
  );
});

describe.runIf(requires({ root: true, hybrid: true }))('the events of a cgroup', () => {
  let last: CgroupState | undefined;
  beforeEach(() => (last = undefined));

  /** The first state in which something is so; none is told twice. */
  async function until(
    events: AsyncGenerator<CgroupState, void, void>,
    holds: (state: CgroupState) => boolean,
  ): Promise<CgroupState> {
    for (;;) {
      const { value, done } = await events.next();
      if (done === true) throw new Error('the events ended');
      expect(value).not.toEqual(last);
      last = value;
      if (holds(value)) return value;
    }
  }

  it(
    'tell when it is populated, frozen, and out of processes',
    withCgroup(async (cgroup) => {
      const abort = new AbortController();
      const events = cgroup.events(abort.signal);
      expect((await events.next()).value).toMatchObject({ populated: false, frozen: false, pidsRefused: 0 });
      await using shell = new Shell();
      await cgroup.enter(shell.pid);
      await until(events, ({ populated }) => populated === true);
      await cgroup.freeze();
      await until(events, ({ frozen }) => frozen === true);
      await cgroup.thaw();
      await until(events, ({ frozen }) => frozen === false);
      await cgroup.setLimits({ pids: { max: 1 } });
      // A shell that cannot fork ends.
      shell.send('(true) 2>/dev/null');
      await until(events, ({ pidsRefused = 0, populated }) => pidsRefused > 0 && populated === false);
      abort.abort('enough');
      await expect(events.next()).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' });
    }),
  );

  it(
    'tell when memory ran out',
    withCgroup(async (cgroup) => {
      await cgroup.setLimits({ memory: { max: 8 << 20, swap: 0 } });
      const events = cgroup.events();
      expect((await events.next()).value).toMatchObject({ memory: { oom: 0, oomKill: 0 } });
      await using shell = new Shell();
      await cgroup.enter(shell.pid);
      shell.send('head -c 64m /dev/zero | tail -c 64m > /dev/null');
      await until(events, ({ memory }) => (memory?.oom ?? 0) > 0);
      await events.return();
    }),
  );

  it.runIf(requires({ pressure: true }))(
    'tell when processes wait too long',
    withCgroup(async (cgroup) => {
      const shells = [new Shell(), new Shell()];
      try {
        await cgroup.setLimits({ cpuset: { cpus: [0], mems: [0] } });
        for (const shell of shells) await cgroup.enter(shell.pid);
        const abort = new AbortController();
        const waits = cgroup.watchPressure('cpu', { stallUsec: 50_000, windowUsec: 2_000_000 }, abort.signal);
        const first = waits.next();
        for (const shell of shells) shell.send('while :; do :; done');
        const { value } = await first;
        expect(value?.some?.totalUsec).toBeGreaterThan(50_000);
        const { pressure } = await cgroup.stats();
        expect(pressure?.cpu?.some?.totalUsec).toBeGreaterThanOrEqual(value!.some!.totalUsec);
        abort.abort('enough');
        await expect(waits.next()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
        await expect(cgroup.watchPressure('cpu', { stallUsec: 2, windowUsec: 1 }).next()).rejects.toThrow(
          /the window must be/,
        );
        await expect(cgroup.watchPressure('cpu', { stallUsec: 0, windowUsec: 1 }).next()).rejects.toEqual(
          INVALID,
        );
      } finally {
        for (const shell of shells) await shell[Symbol.asyncDispose]();
      }
    }),
  );

  it(
    'end with it',
    guarded(async (store) => {
      const cgroup = await Cgroup.create(store.cgroupParent);
      const seen: CgroupState[] = [];
      const events = cgroup.events();
      await events.next();
      const ended = (async () => {
        for await (const state of events) seen.push(state);
      })();
      await cgroup.remove();
      await ended;
      expect(seen.length).toBeLessThan(2);
    }),
  );

  it(
    'of one that is not there are refused',
    guarded(async (store) => {
      const cgroup = new Cgroup(store.cgroupParent);
      await expect(cgroup.events().next()).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    }),
  );
});
