import { describe, expect, it } from 'vitest';
import { encodeProgram } from '../../../src/launch/encode.js';
import { compileForRuntime, compileSessionForRuntime } from '../../../src/launch/external.js';
import { explainFailure } from '../../../src/launch/explain.js';
import { SECTIONS } from '../../../src/launch/instructions.js';
import type { LaunchProgram } from '../../../src/launch/program.js';
import { messageOfLine } from '../../../src/launch/runtime-failure.js';
import type { RuntimeSpec } from '../../../src/oci/runtime-spec.js';
import { defaultSpec, HYBRID, requestOf } from './request.js';

const RUNC = { name: 'runc', path: '/usr/sbin/runc', environment: ['PATH=/bin'], timeoutMs: 60_000 };
const PLACE = { id: 'abc', name: 'web', directory: '/run/c/abc/runtime' };

function compile(more: Parameters<typeof requestOf>[1] = {}, spec = defaultSpec()): LaunchProgram {
  return compileForRuntime(requestOf(spec, { cgroups: HYBRID, ...more }), RUNC, PLACE);
}

/** The instructions of an operation, as far as they go. */
function all(program: LaunchProgram, op: string): Record<string, unknown>[] {
  return SECTIONS.flatMap((section) => program[section])
    .map(({ instruction }) => instruction as unknown as Record<string, unknown>)
    .filter((one) => one['op'] === op);
}

describe('a launch by another runtime', () => {
  it('creates, waits at the gate, starts, and deletes', () => {
    const program = compile();
    const words = ['/usr/sbin/runc', '--root', '/run/c/abc/runtime/state', '--log-format', 'json'];
    expect(all(program, 'runtime-create')).toMatchObject([
      { path: '/usr/sbin/runc', arguments: words, verb: ['create', '--bundle', PLACE.directory], id: 'abc' },
    ]);
    const log = ['--log', '/run/c/abc/runtime/log'];
    expect(all(program, 'runtime-run').map((one) => one['arguments'])).toEqual([
      [...words, ...log, 'start', 'abc'],
      [...words, ...log, 'delete', '--force', 'abc'],
    ]);
    expect(program.gate.map(({ instruction }) => instruction.op)).toEqual(['await-start']);
    expect(encodeProgram(program).length).toBeGreaterThan(0);
  });

  it('brings a bundle whose root, cgroups and namespaces are where the monitor puts them', () => {
    const root = {
      kind: 'overlay',
      lower: ['/image'],
      upper: '/u',
      work: '/w',
      options: [],
      fresh: false,
    } as const;
    const network = { outside: [], inside: [], down: [] };
    const joined = [{ type: 'uts', path: '/proc/9/ns/uts', pid: 9, startTicks: 5n }] as const;
    const program = compile({ root, network, joined });
    const written = all(program, 'write-file').find(({ path }) => path === `${PLACE.directory}/config.json`);
    const spec = JSON.parse(Buffer.from(written?.['data'] as Uint8Array).toString()) as RuntimeSpec;
    expect(spec.root.path).toBe(requestOf(defaultSpec()).attachAt);
    expect(spec.linux?.cgroupsPath).toBe(requestOf(defaultSpec()).cgroupPath);
    const paths = Object.fromEntries(spec.linux?.namespaces?.map(({ type, path }) => [type, path]) ?? []);
    expect(paths).toMatchObject({
      uts: `${PLACE.directory}/namespaces/uts`,
      network: `${PLACE.directory}/namespaces/network`,
    });
    expect(paths['pid']).toBeUndefined();
    expect(all(program, 'namespace-hold')).toMatchObject([{ pid: 9, startTicks: 5n, at: paths['uts'] }]);
  });

  it('shows the /dev/shm of another container in the bundle', () => {
    const program = compile({ shm: { pid: 9, startTicks: 5n } });
    expect(program.enter.map(({ instruction }) => instruction)).toMatchObject([
      { op: 'propagation' },
      { op: 'await-parent' },
      { op: 'root-bind', directory: PLACE.directory, at: PLACE.directory },
      { op: 'bind-joined', pid: 9, startTicks: 5n, from: '/dev/shm', target: '/shm' },
    ]);
    const written = all(program, 'write-file').find(({ path }) => path === `${PLACE.directory}/config.json`);
    const spec = JSON.parse(Buffer.from(written?.['data'] as Uint8Array).toString()) as RuntimeSpec;
    const shm = spec.mounts?.filter(({ destination }) => destination === '/dev/shm');
    expect(shm).toMatchObject([{ type: 'bind', source: `${PLACE.directory}/shm` }]);
    expect(shm?.[0]?.options).toEqual(expect.arrayContaining(['bind', 'nosuid', 'nodev', 'noexec']));
  });

  it.each([
    [{ init: true }, 'an init (--init)'],
    [{ idMaps: { uid: [], gid: [] } }, 'a user namespace (--userns)'],
  ])('refuses %o', (more, words) => {
    expect(() => compile(more as never)).toThrow(
      `container web asks for ${words}, which it cannot have with the OCI runtime runc`,
    );
  });

  it('refuses mounts that propagate to the host', () => {
    const spec = defaultSpec();
    const mounts = [{ destination: '/x', type: 'bind', source: '/y', options: ['rbind', 'rshared'] }];
    expect(() => compile({}, { ...spec, mounts })).toThrow('a mount that propagates to the host (shared)');
  });

  it('has sessions made by the runtime, from a description of the process', () => {
    const process = { ...defaultSpec().process, args: ['id', '-u'], terminal: true };
    const request = { process, cgroups: HYBRID, cgroupPath: '/c', stdin: false, late: false };
    const program = compileSessionForRuntime(request, RUNC, PLACE);
    const [create] = all(program, 'runtime-create');
    expect(create).toMatchObject({ verb: ['exec', '--detach'], command: ['id', '-u'], id: 'abc' });
    expect(JSON.parse(Buffer.from(create?.['process'] as Uint8Array).toString())).toEqual(
      JSON.parse(JSON.stringify(process)),
    );
    const { directory, version } = all(program, 'session-cgroup')[0] ?? {};
    expect([directory, version]).toEqual(['/sys/fs/cgroup/unified/c', 2]);
    const preserve = { pid: 1, startTicks: 1n, descriptors: [3] };
    expect(() => compileSessionForRuntime({ ...request, preserve }, RUNC, PLACE)).toThrow('--preserve-fds');
  });
});

describe('a runtime that fails', () => {
  const program = compile();
  const index = program.init.findIndex(({ instruction }) => instruction.op === 'runtime-create');
  const explain = (detail: string, stage = 'waitid', errno = 125) =>
    explainFailure(program, { section: SECTIONS.indexOf('init'), index, stage, errno, detail }, 'abc');

  it.each([
    [
      '{"level":"error","msg":"runc create failed: exec: \\"x\\": executable file not found in $PATH","time":"t"}',
      'ERR_COMMAND_NOT_FOUND',
      'cannot have runc create container web: runc create failed: exec: "x": executable file not found in $PATH',
    ],
    [
      '{"msg":"executable file `x` not found in $PATH: No such file or directory","level":"er',
      'ERR_COMMAND_NOT_FOUND',
      'cannot have runc create container web: executable file `x` not found in $PATH: No such file or directory',
    ],
    [
      '{"msg":"exec: \\"/etc\\": permission denied"}',
      'ERR_COMMAND_NOT_EXECUTABLE',
      'cannot have runc create container web: exec: "/etc": permission denied',
    ],
    [
      'exit status 2: what\n is\tthis',
      'ERR_LAUNCH',
      'cannot have runc create container web: exit status 2: what is this',
    ],
    [
      '',
      'ERR_LAUNCH',
      'cannot have runc create container web: it failed, and said nothing (waitid: ECANCELED)',
    ],
  ])('is quoted: %s', (detail, code, message) => {
    expect(explain(detail)).toMatchObject({ code, message, containerId: 'abc' });
  });

  it('is told from one that is not there, or takes too long', () => {
    expect(explain('', 'execve', 2)).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('/usr/sbin/runc cannot be executed: ENOENT') as string,
    });
    expect(explain('killed after 500 ms', 'waitid', 110)).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: 'cannot have runc create container web: it did not end in its time: killed after 500 ms',
    });
  });

  it('may have its line cut in the midst of an escape', () => {
    expect(messageOfLine('{"msg":"a \\"b')).toBe('a "b');
    expect(messageOfLine('{"msg":"a \\u00')).toBe('a \\u00');
  });
});
