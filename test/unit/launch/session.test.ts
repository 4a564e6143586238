import { describe, expect, it } from 'vitest';
import { encodeProgram } from '../../../src/launch/encode.js';
import { compileSession } from '../../../src/launch/session.js';
import { defaultSpec, HYBRID, UNIFIED } from './request.js';

const steps = (program: ReturnType<typeof compileSession>, section: 'prepare' | 'enter' | 'init' | 'gate') =>
  program[section].map(({ instruction }) => instruction);

const request = (more: Partial<Parameters<typeof compileSession>[0]> = {}) => ({
  process: defaultSpec().process,
  cgroups: UNIFIED,
  cgroupPath: '/parent/libpod-id',
  stdin: false,
  late: false,
  ...more,
});

describe('the launch of an exec session', () => {
  it('is born in a cgroup of its own where version 2 is, and enters those of version 1 before any namespace', () => {
    const unified = compileSession(request());
    expect(steps(unified, 'prepare').at(-1)).toEqual({
      op: 'session-cgroup',
      directory: '/sys/fs/cgroup/parent/libpod-id',
      version: 2,
    });
    expect(steps(unified, 'enter').map(({ op }) => op)).toEqual(['container-join']);
    const hybrid = steps(compileSession(request({ cgroups: HYBRID })), 'enter').map(({ op }) => op);
    expect(hybrid.filter((op) => op === 'cgroup-enter')).toHaveLength(7);
    expect(hybrid.at(-1)).toBe('container-join');
    const legacy = compileSession(request({ cgroups: HYBRID.slice(1) }));
    expect(steps(legacy, 'prepare').at(-1)).toMatchObject({
      directory: '/sys/fs/cgroup/systemd/parent/libpod-id',
      version: 1,
    });
    expect(steps(legacy, 'enter').filter(({ op }) => op === 'session-cgroup-enter')).toHaveLength(1);
  });

  it('confines as the launch of a container does, without a gate and without making the directory', () => {
    const program = compileSession(request());
    expect(program.gate).toEqual([]);
    expect(program.teardown).toEqual([]);
    const ops = steps(program, 'init').map(({ op }) => op);
    for (const op of ['session', 'keyring', 'bounding', 'user', 'capabilities', 'death-signal', 'umask'])
      expect(ops).toContain(op);
    expect(steps(program, 'init')).toContainEqual({ op: 'working-directory', path: '/', make: 0 });
  });

  it('does not name the session: the same command has the same bytes', () => {
    expect(encodeProgram(compileSession(request()))).toEqual(encodeProgram(compileSession(request())));
  });

  it('opens a terminal inside, after it has entered the namespaces', () => {
    const process = { ...defaultSpec().process, terminal: true, consoleSize: { height: 3, width: 4 } };
    const ops = steps(compileSession(request({ process })), 'enter');
    expect(ops.slice(-2)).toEqual([
      { op: 'container-join', types: 0x4e02_0080 },
      { op: 'terminal', rows: 3, columns: 4 },
    ]);
  });

  it('takes the descriptors of its caller before the clone, and none unless asked', () => {
    const preserve = { pid: 7, startTicks: 8n, descriptors: [5, 3] };
    expect(steps(compileSession(request({ preserve })), 'prepare')).toContainEqual({
      op: 'preserve',
      ...preserve,
    });
    expect(steps(compileSession(request()), 'prepare').map(({ op }) => op)).not.toContain('preserve');
  });
});
