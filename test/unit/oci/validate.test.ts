import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { LibpodError } from '../../../src/base/errors.js';
import { parseRuntimeSpec, validateRuntimeSpec } from '../../../src/oci/validate.js';
import { minimalSpec } from './minimal-spec.js';

const WHERE = '/bundle/config.json';

/** The error that a specification is refused with. */
function refusal(value: unknown): LibpodError {
  try {
    validateRuntimeSpec(value, WHERE);
  } catch (error) {
    if (error instanceof LibpodError) return error;
    throw error;
  }
  throw new Error('the specification passed');
}

/** A minimal specification with members put in at paths such as `process.cwd`. */
function specWith(changes: Record<string, unknown>): unknown {
  const spec = structuredClone(minimalSpec()) as unknown as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let target = spec;
    for (const key of keys) target = (target[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete target[last];
    else target[last] = value;
  }
  return spec;
}

describe('a specification that is fine', () => {
  it('passes in its smallest form', () => {
    expect(validateRuntimeSpec(minimalSpec(), WHERE)).toEqual(minimalSpec());
  });

  it('passes as podman writes it', () => {
    const path = new URL('../../fixtures/podman-4.3.1-default.json', import.meta.url);
    const { spec } = JSON.parse(readFileSync(path, 'utf8')) as { spec: object };
    expect(parseRuntimeSpec(JSON.stringify(spec), WHERE)).toEqual(spec);
  });

  it('loses the properties that the specification does not define', () => {
    expect(validateRuntimeSpec(specWith({ extra: 1, 'process.extra': {} }), WHERE)).toEqual(minimalSpec());
  });

  it('keeps everything that the specification defines', () => {
    const full = specWith({
      hostname: 'h',
      domainname: 'd',
      annotations: { 'a.b': 'c' },
      hooks: { prestart: [{ path: '/bin/hook', args: ['hook'], env: ['A=b'], timeout: 5 }] },
      mounts: [
        {
          destination: '/data',
          type: 'bind',
          source: '/srv',
          options: ['rbind', 'ro'],
          uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
          gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
        },
      ],
      'process.consoleSize': { height: 24, width: 80 },
      'process.scheduler': { policy: 'SCHED_FIFO', priority: 1, flags: ['SCHED_FLAG_RESET_ON_FORK'] },
      'process.ioPriority': { class: 'IOPRIO_CLASS_BE', priority: 4 },
      'process.execCPUAffinity': { initial: '0', final: '0-1' },
      'process.rlimits': [{ type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64 }],
      'linux.namespaces': [{ type: 'uts' }, { type: 'time' }, { type: 'network', path: '/run/netns/n' }],
      'linux.timeOffsets': { monotonic: { secs: -1, nanosecs: 5 }, boottime: { secs: 3 } },
      'linux.intelRdt': { closID: 'guests', enableCMT: true },
      'linux.personality': { domain: 'LINUX32' },
      'linux.rootfsPropagation': 'rslave',
      'linux.mountLabel': 'system_u:object_r:container_file_t:s0',
      'linux.devices': [
        { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 },
      ],
      'linux.resources': {
        devices: [{ allow: false, access: 'rwm' }],
        memory: { limit: -1, swappiness: 0 },
        cpu: { quota: -1, cpus: '0-1', idle: 1 },
        pids: { limit: -1 },
        blockIO: { weight: 10, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 600 }] },
        hugepageLimits: [{ pageSize: '2MB', limit: 9223372036854772000 }],
        network: { classID: 1048577, priorities: [{ name: 'eth0', priority: 500 }] },
        rdma: { mlx5_1: { hcaHandles: 3 } },
        unified: { 'memory.high': '1000' },
      },
      'linux.seccomp': {
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: 38,
        architectures: ['SCMP_ARCH_X86_64'],
        flags: ['SECCOMP_FILTER_FLAG_LOG'],
        listenerPath: '/run/listener',
        listenerMetadata: 'm',
        syscalls: [
          {
            names: ['clone'],
            action: 'SCMP_ACT_ALLOW',
            args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
          },
        ],
      },
    });
    expect(validateRuntimeSpec(full, WHERE)).toEqual(full);
  });
});

describe('a specification that is wrong', () => {
  it('is named when it is not JSON', () => {
    expect(() => parseRuntimeSpec('{', WHERE)).toThrow(
      /^\/bundle\/config\.json: the specification is not JSON/,
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{ 'root.path': undefined }, 'root.path is missing; add it'],
    [{ 'root.path': '' }, 'root.path is ""'],
    [{ ociVersion: '2.0.0' }, 'ociVersion is "2.0.0"'],
    [{ ociVersion: '1.2' }, 'ociVersion is "1.2"'],
    [{ process: [] }, 'process is an empty array, but must be an object'],
    [
      { 'process.execCPUAffinity': { initial: '0', final: 'all' } },
      'process.execCPUAffinity.final is "all", but must be a list such as 0-3,7',
    ],
    [{ 'process.args': [] }, 'process.args is empty'],
    [{ 'process.args': [''] }, 'process.args[0] is ""'],
    [{ 'process.args': ['a', 7] }, 'process.args[1] is 7, but must be a string'],
    [{ 'process.args': ['a', 'b\0'] }, 'process.args[1] contains a NUL'],
    [{ annotations: { 'a.b': '\0' } }, 'annotations["a.b"] contains a NUL'],
    [{ annotations: { 'a\0': '' } }, 'annotations["a\\u0000"] contains a NUL'],
    [{ annotations: ['a'] }, 'annotations is an array'],
    [{ 'process.cwd': 'tmp' }, 'process.cwd is "tmp", but must be an absolute path'],
    [{ 'process.terminal': 'yes' }, 'process.terminal is "yes", but must be true or false'],
    [{ 'process.env': ['A=b', '=c'] }, 'process.env[1] is "=c", but must be NAME=value'],
    [{ 'process.env': ['A'] }, 'process.env[0] is "A"'],
    [{ 'process.user.uid': 4294967295 }, 'process.user.uid is 4294967295'],
    [{ 'process.user.uid': -1 }, 'process.user.uid is -1'],
    [{ 'process.user.gid': 4294967296 }, 'process.user.gid is 4294967296'],
    [{ 'process.user.additionalGids': [5, 1.5] }, 'process.user.additionalGids[1] is 1.5'],
    [{ 'process.user.umask': 0o1000 }, 'process.user.umask is 512'],
    [
      { 'process.capabilities.bounding': ['CAP_CHOWN', 'chown'] },
      'process.capabilities.bounding[1] is "chown", which is no Linux capability; write CAP_CHOWN',
    ],
    [{ 'process.capabilities.ambient': ['CAP_FOO'] }, 'process.capabilities.ambient[0] is "CAP_FOO"'],
    [{ 'process.capabilities.ambient': ['toString'] }, 'process.capabilities.ambient[0] is "toString"'],
    [
      { 'process.rlimits': [{ type: 'RLIMIT_FOO', soft: 1, hard: 1 }] },
      'process.rlimits[0].type is "RLIMIT_FOO", but must be one of RLIMIT_AS, ',
    ],
    [
      {
        'process.rlimits': [
          { type: 'RLIMIT_CORE', soft: 1, hard: 1 },
          { type: 'RLIMIT_CORE', soft: 2, hard: 2 },
        ],
      },
      'process.rlimits[1].type is "RLIMIT_CORE", like that of process.rlimits[0]',
    ],
    [
      { 'process.rlimits': [{ type: 'RLIMIT_CORE', soft: 2, hard: 1 }] },
      'process.rlimits[0].soft is 2, but must not be above the hard limit 1',
    ],
    [{ 'process.oomScoreAdj': 1001 }, 'process.oomScoreAdj is 1001'],
    [{ mounts: [{ destination: 'data' }] }, 'mounts[0].destination is "data", but must be an absolute path'],
    [
      { mounts: [{ destination: '/data' }, { destination: '/x/..//data/' }] },
      'mounts[1].destination is "/x/..//data/", the same place as mounts[0].destination',
    ],
    [{ hostname: 'h' }, 'hostname is "h", but linux.namespaces has no uts namespace'],
    [{ domainname: 'd' }, 'domainname is "d", but linux.namespaces has no uts namespace'],
    [{ 'hooks.poststop': [{ path: 'hook' }] }, 'hooks.poststop[0].path is "hook"'],
    [{ 'hooks.poststop': [{ path: '/hook', timeout: 0 }] }, 'hooks.poststop[0].timeout is 0'],
    [
      { 'linux.namespaces': [{ type: 'pid' }, { type: 'net' }] },
      'linux.namespaces[1].type is "net", but must be one of pid, network, ipc, mount, uts, user, cgroup, time',
    ],
    [
      { 'linux.namespaces': [{ type: 'pid' }, { type: 'pid' }] },
      'linux.namespaces[1].type is "pid", like that of linux.namespaces[0]',
    ],
    [
      { 'linux.namespaces': [{ type: 'pid', path: 'ns/pid' }] },
      'linux.namespaces[0].path is "ns/pid", but must be an absolute path',
    ],
    [{ 'linux.sysctl': { 'net.core.somaxconn': '1' } }, 'belongs to the network namespace'],
    [{ 'linux.sysctl': { 'kernel.core_pattern': '|/x' } }, 'belongs to the whole machine'],
    [{ 'linux.sysctl': { 'net/../kernel/core_pattern': 'x' } }, 'is no name of a kernel parameter'],
    [{ 'linux.sysctl': { 'net.a\nb': 'x' } }, 'linux.sysctl["net.a\\nb"] is no name'],
    [{ 'linux.sysctl': { 'kernel.sem': '1\n2' } }, 'linux.sysctl["kernel.sem"] is "1\\n2"'],
    [{ 'linux.devices': [{ path: '/dev/x', type: 'x' }] }, 'linux.devices[0].type is "x"'],
    [{ 'linux.devices': [{ path: 'x', type: 'p' }] }, 'linux.devices[0].path is "x"'],
    [{ 'linux.devices': [{ path: '/dev/x', type: 'c', minor: 1 }] }, 'linux.devices[0].major is missing'],
    [
      { 'linux.devices': [{ path: '/dev/x', type: 'b', major: 1, minor: -1 }] },
      'linux.devices[0].minor is -1',
    ],
    [{ 'linux.maskedPaths': ['proc'] }, 'linux.maskedPaths[0] is "proc"'],
    [{ 'linux.cgroupsPath': '/a/../../b' }, 'linux.cgroupsPath is "/a/../../b"'],
    [{ 'linux.resources.unified': { '../x': '1' } }, 'linux.resources.unified["../x"] is no file'],
    [{ 'linux.resources.hugepageLimits': [{ pageSize: '../2MB', limit: 1 }] }, 'pageSize is "../2MB"'],
    [{ 'linux.intelRdt': { closID: '../x' } }, 'linux.intelRdt.closID is "../x"'],
    [{ 'linux.cgroupsPath': '/a\nb' }, 'linux.cgroupsPath is "/a\\nb", but must not contain control'],
    [{ 'linux.netDevices': { '\u001B[31m': {} } }, 'is no name of a network device'],
    [{ 'linux.netDevices': { 'a/b': {} } }, 'linux.netDevices["a/b"] is no name of a network device'],
    [{ 'linux.netDevices': { eth0: { name: 'longer-than-16-bytes' } } }, 'linux.netDevices.eth0.name is'],
    [{ 'linux.netDevices': { a: { name: '%d%d' } } }, 'linux.netDevices.a.name is "%d%d"'],
    [{ 'linux.netDevices': { a: { name: 'b' }, b: {} } }, 'is "b", which another device has'],
    [{ 'linux.netDevices': { eth0: {} }, 'linux.namespaces': [{ type: 'mount' }] }, 'but it makes none'],
    [
      { 'linux.netDevices': { eth0: {} }, 'linux.namespaces': [{ type: 'network', path: '/n' }] },
      'but it joins "/n"',
    ],
    [{ 'linux.timeOffsets': { monotonic: { secs: 1 } } }, 'linux.timeOffsets is given, but'],
    [{ 'linux.uidMappings': [] }, 'linux.uidMappings is given, but'],
    [{ 'linux.seccomp': { defaultAction: 'ALLOW' } }, 'linux.seccomp.defaultAction is "ALLOW"'],
    [
      {
        'linux.seccomp': {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: [], action: 'SCMP_ACT_LOG' }],
        },
      },
      'linux.seccomp.syscalls[0].names is an empty array, but must be a list of at least one name',
    ],
    [
      {
        'linux.seccomp': {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['a'], action: 'SCMP_ACT_LOG', args: [{ index: 0, value: 0, op: '==' }] }],
        },
      },
      'linux.seccomp.syscalls[0].args[0].op is "==", but must be one of SCMP_CMP_NE, ',
    ],
  ])('%j: %s', (changes, sentence) => {
    const error = refusal(specWith(changes));
    expect(error.code).toBe('ERR_SPEC_INVALID');
    expect(error.message.startsWith(`${WHERE}: `)).toBe(true);
    expect(error.message).toContain(sentence);
  });

  it('does not flood the message with the value', () => {
    expect(refusal(specWith({ ociVersion: 'x'.repeat(1e6) })).message.length).toBeLessThan(250);
  });
});
