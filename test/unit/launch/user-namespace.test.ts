import { describe, expect, it } from 'vitest';
import { compileLaunch } from '../../../src/launch/compile.js';
import type { Instruction, SectionName } from '../../../src/launch/instructions.js';
import type { LaunchRequest } from '../../../src/launch/request.js';
import { compileSession } from '../../../src/launch/session.js';
import type { LinuxIDMapping, LinuxNamespace, Mount, RuntimeSpec } from '../../../src/oci/runtime-spec.js';
import { defaultSpec, HYBRID, requestOf } from './request.js';

const MAP: LinuxIDMapping[] = [{ containerID: 0, hostID: 100_000, size: 65536 }];

/** The default container in a new user namespace. */
function mappedSpec(
  maps: { uid?: LinuxIDMapping[]; gid?: LinuxIDMapping[] } = {},
  mounts: Mount[] = [],
): RuntimeSpec {
  const spec = defaultSpec();
  const { uid = MAP, gid = MAP } = maps;
  const namespaces: LinuxNamespace[] = [...(spec.linux?.namespaces ?? []), { type: 'user' }];
  return {
    ...spec,
    mounts: [...(spec.mounts ?? []), ...mounts],
    linux: { ...spec.linux, namespaces, uidMappings: uid, gidMappings: gid },
  };
}

function steps(section: SectionName, spec: RuntimeSpec, more: Partial<LaunchRequest> = {}): Instruction[] {
  return compileLaunch(requestOf(spec, { cgroups: HYBRID, ...more }))[section].map(
    ({ instruction }) => instruction,
  );
}

const bind = (options: string[], more: Partial<Mount> = {}): Mount => ({
  destination: '/data',
  type: 'bind',
  source: '/srv',
  options,
  ...more,
});

describe('the launch of a container in a user namespace', () => {
  it('has the monitor write the maps before the child goes on', () => {
    const parent = steps('parent', mappedSpec());
    const ops = parent.map(({ op }) => op);
    expect(parent).toContainEqual({
      op: 'id-maps-write',
      uids: [0, 100_000, 65536],
      gids: [0, 100_000, 65536],
    });
    expect(ops.indexOf('id-maps-write')).toBeLessThan(ops.indexOf('release-child'));
  });

  it('makes the namespaces together, so that they belong to it', () => {
    const [clone] = steps('clone', mappedSpec());
    expect(clone).toMatchObject({ op: 'clone', flags: 0x7c02_0000n });
  });

  it('enters the cgroups as the host’s root, and becomes its own root before anything is mounted', () => {
    const ops = steps('enter', mappedSpec()).map(({ op }) => op);
    expect(ops[0]).toBe('await-parent');
    expect(ops.lastIndexOf('cgroup-enter')).toBeLessThan(ops.indexOf('mapped-root'));
    expect(ops.indexOf('root-attach')).toBeLessThan(ops.indexOf('mapped-root'));
    expect(ops.indexOf('mapped-root')).toBeLessThan(ops.indexOf('mount'));
    expect(ops).not.toContain('bind');
    expect(ops).not.toContain('device');
  });

  it('makes device nodes in the monitor’s file system at /dev', () => {
    const prepare = steps('prepare', mappedSpec());
    const dev = prepare.findIndex((step) => step.op === 'mount' && step.target === '/dev');
    expect(prepare[dev]).toMatchObject({
      options: expect.arrayContaining(['uid=100000', 'gid=100000']) as string[],
    });
    expect(prepare[dev + 1]).toMatchObject({ op: 'device', path: 'null', uid: 100_000, gid: 100_000 });
  });

  it('hands an overlay over whose layers are seen with mapped IDs', () => {
    const root = {
      kind: 'overlay',
      ...{ lower: ['/l/a', '/l/b'], upper: '/c/upper', work: '/c/work', options: [], fresh: false },
      idMapped: ['/l', '/c'],
    } as const;
    const prepare = steps('prepare', mappedSpec(), { root });
    expect(prepare.find(({ op }) => op === 'overlay')).toMatchObject({
      mapped: ['/l', '/c'],
      uid: 100_000,
      gid: 100_000,
    });
    expect(prepare.findIndex(({ op }) => op === 'id-map')).toBeLessThan(
      prepare.findIndex(({ op }) => op === 'overlay'),
    );
  });

  it('gives the streams to the user as the host sees it, and a terminal as the container does', () => {
    const spec = mappedSpec();
    const app = { ...spec, process: { ...spec.process, user: { uid: 1000, gid: 50 } } };
    expect(steps('prepare', app).find(({ op }) => op === 'stdio')).toMatchObject({
      uid: 101_000,
      gid: 100_050,
    });
    const terminal = { ...app, process: { ...app.process, terminal: true } };
    expect(steps('prepare', terminal).find(({ op }) => op === 'stdio')).toMatchObject({ uid: 1000, gid: 50 });
  });

  it('enters namespaces of others by an intermediate, the user namespace last', () => {
    const spec = mappedSpec();
    const joined = [
      { type: 'user', path: '/proc/7/ns/user', pid: 7, startTicks: 1n },
      { type: 'network', path: '/proc/7/ns/net', pid: 7, startTicks: 1n },
    ] as const;
    const clone = steps('clone', spec, { joined, idMaps: { uid: MAP, gid: MAP } });
    expect(clone.map((step) => ('path' in step ? step.path : step.op))).toEqual([
      '/proc/7/ns/net',
      '/proc/7/ns/user',
      'clone',
    ]);
    expect(
      steps('parent', spec, { joined, idMaps: { uid: MAP, gid: MAP } }).map(({ op }) => op),
    ).not.toContain('id-maps-write');
  });

  it('maps the IDs of a mount that asks for it, by its own maps or the container’s', () => {
    const idMap = (mounts: Mount[]): unknown[] => {
      const prepare = steps('prepare', mappedSpec({}, mounts));
      const at = prepare.findIndex((step) => step.op === 'handed-bind' && step.from === '/srv');
      return [prepare[at], prepare.slice(0, at).findLast(({ op }) => op === 'id-map')];
    };
    expect(idMap([bind(['rbind'])])[0]).toMatchObject({ idMap: 0 });
    expect(idMap([bind(['rbind', 'idmap'])])).toMatchObject([{ idMap: 1 }, { uids: [0, 100_000, 65536] }]);
    const own = {
      uidMappings: [{ containerID: 0, hostID: 7, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 8, size: 1 }],
    };
    expect(idMap([bind(['rbind', 'ridmap'], own)])).toMatchObject([
      { idMap: 2 },
      { uids: [0, 7, 1], gids: [0, 8, 1] },
    ]);
  });

  it('maps the IDs of a mount without a user namespace, too', () => {
    const own = { uidMappings: MAP, gidMappings: MAP };
    const spec = { ...defaultSpec(), mounts: [bind(['bind', 'idmap'], own)] };
    expect(steps('prepare', spec).map(({ op }) => op)).toContain('handed-bind');
    expect(steps('enter', spec)).toContainEqual({ op: 'attach', mount: 0, target: '/data' });
  });

  it('enters the user namespace in a session, after the cgroups', () => {
    const program = compileSession({
      process: defaultSpec().process,
      ...{ cgroups: HYBRID, cgroupPath: '/c', stdin: false, late: false, idMaps: { uid: MAP, gid: MAP } },
    });
    const ops = program.enter.map(({ instruction }) => instruction.op);
    expect(ops.slice(-2)).toEqual(['container-join', 'mapped-root']);
    expect(program.enter.at(-2)?.instruction).toMatchObject({ types: 0x5e02_0080 });
  });

  it.each<[says: RegExp, spec: RuntimeSpec]>([
    [/linux\.uidMappings is empty/, mappedSpec({ uid: [] })],
    [/linux\.gidMappings is empty/, mappedSpec({ gid: [] })],
    [/overlap in their containerID/, mappedSpec({ uid: [...MAP, { containerID: 5, hostID: 1, size: 1 }] })],
    [
      /overlap in their hostID/,
      mappedSpec({ gid: [...MAP, { containerID: 70_000, hostID: 100_001, size: 1 }] }),
    ],
    [/no range/, mappedSpec({ uid: [{ containerID: 0, hostID: 1, size: 0 }] })],
    [/beyond the last ID/, mappedSpec({ uid: [{ containerID: 0, hostID: 4_294_967_000, size: 1000 }] })],
    [
      /has 341 ranges, and the kernel takes 340/,
      mappedSpec({
        uid: Array.from({ length: 341 }, (_, i) => ({ containerID: i * 2, hostID: i * 2, size: 1 })),
      }),
    ],
    [
      /longer than the 4095 bytes/,
      mappedSpec({
        uid: Array.from({ length: 300 }, (_, i) => ({
          containerID: 1e9 + i * 2,
          hostID: 1e9 + i * 2,
          size: 1,
        })),
      }),
    ],
    [
      /the user that sets the container up is 0, which is not mapped/,
      mappedSpec({ uid: [{ containerID: 1, hostID: 1, size: 1 }] }),
    ],
    [/option "idmap" is given, but neither/, { ...defaultSpec(), mounts: [bind(['bind', 'idmap'])] }],
    [
      /only the IDs of a bind mount/,
      mappedSpec({}, [{ destination: '/data', type: 'tmpfs', options: ['idmap'] }]),
    ],
    [/its gidMappings is empty/, mappedSpec({}, [bind(['bind'], { uidMappings: MAP })])],
  ])('refuses in one sentence: %s', (says, spec) => {
    expect(() => compileLaunch(requestOf(spec))).toThrow(says);
  });

  it('refuses a user who is not mapped, and a device of one', () => {
    const spec = mappedSpec();
    const user = { ...spec, process: { ...spec.process, user: { uid: 70_000, gid: 0 } } };
    expect(() => compileLaunch(requestOf(user))).toThrow(/process\.user\.uid is 70000, which is not mapped/);
    const devices = [{ path: '/dev/x', type: 'c' as const, major: 1, minor: 3, uid: 70_000 }];
    expect(() => compileLaunch(requestOf({ ...spec, linux: { ...spec.linux, devices } }))).toThrow(
      /the user of device \/dev\/x/,
    );
    const outside = [{ path: '/x', type: 'c' as const, major: 1, minor: 3 }];
    expect(() => compileLaunch(requestOf({ ...spec, linux: { ...spec.linux, devices: outside } }))).toThrow(
      /tmpfs at \/dev alone/,
    );
  });
});
