import { readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RuntimeSpec } from '../../src/oci/runtime-spec.js';
import { makeBundle, type BundleConfig } from '../support/bundle.js';
import { requires } from '../support/requires.js';
import { run } from '../support/run.js';
import { withStore, type TestStore } from '../support/store.js';
import type { Runtime } from '../../src/index.js';

type Linux = NonNullable<RuntimeSpec['linux']>;
const NAMESPACES: Linux['namespaces'] = [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }];

/** What a container of a bundle says. */
async function says(
  runtime: Runtime,
  store: TestStore,
  script: string,
  config: BundleConfig,
): Promise<string> {
  const bundle = makeBundle(store, { ...config, process: { ...config.process, args: ['sh', '-c', script] } });
  return (await run(runtime, [], { bundle })).stdout.trim();
}

describe.runIf(requires({ root: true, busybox: true }))('attributes of a process', () => {
  it(
    'personality: the execution domain, of exec sessions too',
    withStore(async (runtime, store) => {
      const bundle = makeBundle(store, {
        linux: { namespaces: NAMESPACES, personality: { domain: 'LINUX32' } },
        process: { args: ['sh', '-c', 'cat /proc/self/personality; sleep 60'] },
      });
      const container = await runtime.createContainer({ bundle });
      await container.start();
      const { stdout } = await container.exec(['cat', '/proc/self/personality']);
      expect(stdout.trim()).toBe('00000008');
      await container.remove({ force: true, timeout: 0 });
      expect(await says(runtime, store, 'uname -m', {})).toBe('x86_64');
    }),
  );

  it(
    'scheduler: policy and niceness',
    withStore(async (runtime, store) => {
      // Fields 19 and 41 of /proc/PID/stat: proc_pid_stat(5).
      const script = 'cut -d" " -f19,41 /proc/self/stat';
      expect(
        await says(runtime, store, script, { process: { scheduler: { policy: 'SCHED_BATCH', nice: 7 } } }),
      ).toBe('7 3');
    }),
  );

  it(
    'ioPriority: the class and the level',
    withStore(async (runtime, store) => {
      const process = { ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 6 } } as const;
      expect(await says(runtime, store, 'ionice -p $$', { process })).toBe('best-effort: prio 6');
    }),
  );

  it(
    'execCPUAffinity: of exec sessions alone',
    withStore(async (runtime, store) => {
      const allowed = 'grep Cpus_allowed_list /proc/self/status';
      const bundle = makeBundle(store, {
        process: {
          args: ['sh', '-c', `${allowed}; sleep 60`],
          execCPUAffinity: { initial: '0', final: '1' },
        },
      });
      const container = await runtime.createContainer({ bundle });
      await container.start();
      const { stdout } = await container.exec(['sh', '-c', allowed]);
      expect(stdout).toMatch(/\t1\n$/);
      const init = readFileSync(`/proc/${await container.pid()}/status`, 'utf8');
      expect(/Cpus_allowed_list:\t(.*)/.exec(init)?.[1]).toBe(
        /Cpus_allowed_list:\t(.*)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
      );
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'memoryPolicy: the NUMA policy',
    withStore(async (runtime, store) => {
      const linux: Linux = { namespaces: NAMESPACES, memoryPolicy: { mode: 'MPOL_BIND', nodes: '0' } };
      expect(await says(runtime, store, 'head -n1 /proc/self/numa_maps', { linux })).toContain(' bind:0 ');
    }),
  );

  it(
    'labels: refused by name where the kernel runs without the module',
    withStore(async (runtime, store) => {
      const cases: readonly (readonly [BundleConfig, RegExp])[] = [
        [
          { process: { apparmorProfile: 'nobody' } },
          /process\.apparmorProfile "nobody": this kernel runs without AppArmor/,
        ],
        [
          { process: { selinuxLabel: 'a:b:c' } },
          /process\.selinuxLabel "a:b:c": this kernel runs without SELinux/,
        ],
        [
          { linux: { namespaces: NAMESPACES, mountLabel: 'a:b:c' } },
          /mount tmpfs at \/dev with linux\.mountLabel "a:b:c": this kernel runs without SELinux/,
        ],
      ];
      for (const [config, message] of cases) {
        const container = await runtime.createContainer({ bundle: makeBundle(store, config) });
        await expect(container.start()).rejects.toMatchObject({
          code: 'ERR_UNSUPPORTED',
          message: expect.stringMatching(message) as string,
        });
        await container.remove();
      }
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('time namespaces', () => {
  const uptime = (text: string): number => Number(text.split(' ')[0]);

  it(
    'have the offsets of timeOffsets, in exec sessions too',
    withStore(async (runtime, store) => {
      const bundle = makeBundle(store, {
        linux: {
          namespaces: [...NAMESPACES, { type: 'time' }],
          timeOffsets: { boottime: { secs: 1_000_000, nanosecs: 5 }, monotonic: { secs: 500_000 } },
        },
        process: { args: ['sh', '-c', 'cat /proc/self/timens_offsets /proc/uptime; sleep 60'] },
      });
      const container = await runtime.createContainer({ bundle });
      await container.start();
      const { stdout } = await container.exec([
        'sh',
        '-c',
        'cat /proc/self/timens_offsets; cat /proc/uptime',
      ]);
      const lines = stdout.split('\n');
      expect(lines[0]?.trim().split(/ +/)).toEqual(['monotonic', '500000', '0']);
      expect(lines[1]?.trim().split(/ +/)).toEqual(['boottime', '1000000', '5']);
      const own = uptime(readFileSync('/proc/uptime', 'utf8'));
      expect(uptime(lines[2] ?? '') - own).toBeGreaterThan(999_000);
      const pid = await container.pid();
      expect(readlinkSync(`/proc/${pid}/ns/time`)).not.toBe(readlinkSync('/proc/self/ns/time'));
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'are joined by path',
    withStore(async (runtime, store) => {
      const first = await runtime.createContainer({
        bundle: makeBundle(store, {
          linux: { namespaces: [...NAMESPACES, { type: 'time' }], timeOffsets: { boottime: { secs: 77 } } },
          process: { args: ['sleep', '60'] },
        }),
      });
      await first.start();
      const path = `/proc/${await first.pid()}/ns/time`;
      const bundle = makeBundle(
        store,
        {
          linux: { namespaces: [...NAMESPACES, { type: 'time', path }] },
          process: { args: ['cat', '/proc/self/timens_offsets'] },
        },
        'second',
      );
      const { stdout } = await run(runtime, [], { bundle });
      expect(stdout).toMatch(/boottime +77 +0/);
      await first.remove({ force: true, timeout: 0 });
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('the mounts of a specification', () => {
  it(
    'rootfsPropagation is that of the root',
    withStore(async (runtime, store) => {
      for (const [rootfsPropagation, words] of [
        ['private', []],
        ['rprivate', []],
        ['shared', ['shared']],
        ['rshared', ['shared']],
        ['unbindable', ['unbindable']],
        ['runbindable', ['unbindable']],
      ] as const) {
        const linux = { namespaces: NAMESPACES, rootfsPropagation };
        const text = await says(runtime, store, 'cat /proc/self/mountinfo', { linux });
        const root = text.split('\n').find((line) => line.split(' ')[4] === '/') ?? '';
        // Between the mount options and a hyphen: proc_pid_mountinfo(5).
        const kinds = root.split(' - ')[0]?.split(' ').slice(6) ?? [];
        const found = kinds.map((kind) => kind.split(':')[0]).filter((kind) => kind !== 'master');
        expect(found, rootfsPropagation).toEqual(words);
        if (/private/.test(rootfsPropagation)) expect(kinds).toEqual([]);
        // Only a recursive one is that of what is mounted in it.
        const proc = text.split('\n').find((line) => line.split(' ')[4] === '/proc') ?? '';
        const expected = rootfsPropagation.startsWith('r') && words.length > 0;
        expect(/ (shared:\d+|unbindable) .*- /.test(proc), rootfsPropagation).toBe(expected);
      }
    }),
  );

  it(
    'of another namespace are joined by path, and stay as they are',
    withStore(async (runtime, store) => {
      const first = await runtime.createContainer({
        bundle: makeBundle(store, { process: { args: ['sh', '-c', 'echo mine > /mine; sleep 60'] } }),
      });
      await first.start();
      const pid = await first.pid();
      const before = readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
      const second = await runtime.createContainer({
        bundle: makeBundle(
          store,
          {
            mounts: [],
            linux: { namespaces: [{ type: 'pid' }, { type: 'mount', path: `/proc/${pid}/ns/mnt` }] },
            process: {
              args: ['sh', '-c', 'until cat /mine; do sleep 0.05; done; echo two > /two; sleep 60'],
            },
          },
          'second',
        ),
      });
      await second.start();
      expect(readlinkSync(`/proc/${await second.pid()}/ns/mnt`)).toBe(readlinkSync(`/proc/${pid}/ns/mnt`));
      expect(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).toBe(before);
      await second.remove({ force: true, timeout: 0 });
      await first.remove({ force: true, timeout: 0 });
    }),
  );
});
