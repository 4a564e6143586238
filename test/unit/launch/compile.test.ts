import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileLaunch } from '../../../src/launch/compile.js';
import type { Op, SectionName } from '../../../src/launch/instructions.js';
import { printProgram } from '../../../src/launch/print.js';
import type { LaunchProgram } from '../../../src/launch/program.js';
import type { RuntimeSpec } from '../../../src/oci/runtime-spec.js';
import { defaultSpec, HYBRID, requestOf, UNIFIED } from './request.js';

function opsOf(program: LaunchProgram, section: SectionName): Op[] {
  return program[section].map(({ instruction }) => instruction.op);
}

function find<T extends Op>(program: LaunchProgram, op: T) {
  return Object.values(program)
    .flat()
    .map(({ instruction }) => instruction)
    .filter((instruction) => instruction.op === op);
}

describe('the launch program', () => {
  it('of a default container on a hybrid machine is as recorded', async () => {
    const overlay = {
      kind: 'overlay',
      lower: ['/image'],
      upper: '/ctr/upper',
      work: '/ctr/work',
      options: [],
      fresh: false,
    } as const;
    const program = compileLaunch(requestOf(defaultSpec(), { cgroups: HYBRID, root: overlay }));
    await expect(printProgram(program)).toMatchFileSnapshot('snapshots/default-hybrid.txt');
  });

  it('of a default container on a machine with cgroup v2 alone is as recorded', async () => {
    await expect(printProgram(compileLaunch(requestOf(defaultSpec())))).toMatchFileSnapshot(
      'snapshots/default-unified.txt',
    );
  });

  it('of a bundle is as recorded', async () => {
    // Written by runc 1.1.5, `runc spec`.
    const spec = JSON.parse(
      readFileSync(new URL('../../fixtures/runc-1.1.5-spec.json', import.meta.url), 'utf8'),
    ) as RuntimeSpec;
    const program = compileLaunch(
      requestOf(
        { ...spec, linux: { ...spec.linux, seccomp: undefined } },
        {
          cgroups: HYBRID,
        },
      ),
    );
    await expect(printProgram(program)).toMatchFileSnapshot('snapshots/runc-spec.txt');
  });
});

describe('the order of a launch', () => {
  const program = compileLaunch(requestOf(defaultSpec(), { cgroups: HYBRID }));

  it('takes the container in charge before it does anything else', () => {
    expect(opsOf(program, 'prepare')[0]).toBe('exclusive');
  });

  it('changes the propagation before any mount, and pivots last', () => {
    const ops = opsOf(program, 'enter');
    expect(ops[0]).toBe('propagation');
    expect(ops.at(-1)).toBe('pivot-root');
  });

  it('enters the cgroups of v1 before it takes a cgroup namespace, and both before they are mounted', () => {
    const ops = opsOf(program, 'enter');
    const entered = ops.lastIndexOf('cgroup-enter');
    const taken = ops.indexOf('unshare');
    const mounted = program.enter.findIndex(
      ({ instruction }) => instruction.op === 'mount' && instruction.type.startsWith('cgroup'),
    );
    expect(ops.indexOf('await-parent')).toBeLessThan(ops.indexOf('cgroup-enter'));
    expect(entered).toBeLessThan(taken);
    expect(taken).toBeLessThan(mounted);
  });

  it('drops the bounding set before the user, and sets the parent-death signal after it', () => {
    const ops = opsOf(program, 'init');
    expect(ops.indexOf('bounding')).toBeLessThan(ops.indexOf('user'));
    expect(ops.indexOf('user')).toBeLessThan(ops.indexOf('capabilities'));
    expect(ops.indexOf('capabilities')).toBeLessThan(ops.indexOf('death-signal'));
    expect(ops.indexOf('death-signal')).toBeLessThan(ops.indexOf('find-executable'));
  });

  it('installs the filter before the capabilities go, or after no_new_privs', () => {
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
    const withFilter = (noNewPrivileges: boolean): Op[] => {
      const spec = defaultSpec();
      const changed = {
        ...spec,
        process: { ...spec.process, noNewPrivileges },
        linux: { ...spec.linux, seccomp },
      };
      return opsOf(compileLaunch(requestOf(changed, { seccompFilter: Buffer.alloc(8) })), 'init');
    };
    const early = withFilter(false);
    expect(early.indexOf('seccomp')).toBeLessThan(early.indexOf('user'));
    const late = withFilter(true);
    expect(late.indexOf('no-new-privileges')).toBeLessThan(late.indexOf('seccomp'));
    expect(late.indexOf('capabilities')).toBeLessThan(late.indexOf('seccomp'));
  });

  it('is refused if there is a filter that was not compiled', () => {
    const spec = defaultSpec();
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
    expect(() => compileLaunch(requestOf({ ...spec, linux: { ...spec.linux, seccomp } }))).toThrow(
      'was not compiled',
    );
  });
});

describe('cgroups', () => {
  it('of v2 hold the child from its birth', () => {
    const program = compileLaunch(requestOf(defaultSpec(), { cgroups: UNIFIED }));
    expect(find(program, 'clone')).toEqual([
      expect.objectContaining({ cgroup: '/sys/fs/cgroup/parent/libpod-id' }),
    ]);
    expect(find(program, 'cgroup-enter')).toEqual([]);
  });

  it('write limits as each version has them', () => {
    const spec = defaultSpec();
    const resources = {
      memory: { limit: 1 << 26, swap: 1 << 27, reservation: 1 << 25 },
      cpu: { shares: 512, quota: 50_000, period: 100_000, cpus: '0-1' },
      pids: { limit: 10 },
    };
    const written = (cgroups: typeof UNIFIED): string[] =>
      find(
        compileLaunch(requestOf({ ...spec, linux: { ...spec.linux, resources } }, { cgroups })),
        'cgroup-write',
      ).flatMap((one) =>
        one.op === 'cgroup-write' && !one.path.endsWith('subtree_control')
          ? [`${one.path.replace(/.*\//, '')}=${one.value}`]
          : [],
      );
    expect(written(HYBRID)).toEqual([
      'memory.limit_in_bytes=67108864',
      'memory.memsw.limit_in_bytes=134217728',
      'memory.soft_limit_in_bytes=33554432',
      'cpu.shares=512',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=50000',
      'cpuset.cpus=0-1',
      'pids.max=10',
    ]);
    expect(written(UNIFIED)).toEqual([
      'memory.max=67108864',
      'memory.swap.max=67108864',
      'memory.low=33554432',
      'cpu.weight=20',
      'cpu.max=50000 100000',
      'cpuset.cpus=0-1',
      'pids.max=10',
    ]);
  });

  it('that lack a controller refuse a limit of it', () => {
    const spec = defaultSpec();
    const only = [{ version: 2, controllers: ['memory'], mountpoint: '/sys/fs/cgroup' }] as const;
    expect(() =>
      compileLaunch(
        requestOf(
          { ...spec, linux: { ...spec.linux, resources: { pids: { limit: 5 } } } },
          { cgroups: only },
        ),
      ),
    ).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  });

  it('are killed at the end where the container has no PID namespace to do it', () => {
    const spec = defaultSpec();
    const namespaces = spec.linux?.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    expect(opsOf(compileLaunch(requestOf(spec)), 'teardown')).not.toContain('cgroup-kill');
    expect(
      opsOf(compileLaunch(requestOf({ ...spec, linux: { ...spec.linux, namespaces } })), 'teardown')[0],
    ).toBe('cgroup-kill');
  });
});

describe('capabilities', () => {
  it('are ambient only where they are inheritable and permitted too', () => {
    const spec = defaultSpec();
    const set = (ambient: string[], inheritable: string[], permitted: string[]): unknown => {
      const capabilities = { bounding: permitted, effective: permitted, permitted, inheritable, ambient };
      return find(
        compileLaunch(requestOf({ ...spec, process: { ...spec.process, capabilities } })),
        'capabilities',
      )[0];
    };
    expect(set(['CAP_KILL', 'CAP_CHOWN'], ['CAP_KILL'], ['CAP_KILL', 'CAP_CHOWN'])).toMatchObject({
      ambient: 1n << 5n,
    });
    expect(set(['CAP_KILL'], [], ['CAP_KILL'])).toMatchObject({ ambient: 0n });
    expect(set(['CAP_KILL'], ['CAP_KILL'], [])).toMatchObject({ ambient: 0n });
  });

  it('are none in a specification that names none', () => {
    const spec = defaultSpec();
    const process = { ...spec.process, capabilities: undefined };
    expect(find(compileLaunch(requestOf({ ...spec, process })), 'capabilities')[0]).toMatchObject({
      effective: 0n,
      permitted: 0n,
      inheritable: 0n,
      ambient: 0n,
    });
  });
});
