import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ancestorsOf, childrenOf, descendantsOf } from '../../../src/linux/processes/list.js';
import { parseProcStat, parseProcStatus, processStat } from '../../../src/linux/processes/status.js';
import { processStatus } from '../../../src/linux/processes/status.js';

const STAT =
  '4211 (na me) S 17 4210 4209 0 -1 4194560 1 2 3 4 11 12 13 14 20 -5 3 0 987654 8192 55 18446744073709551615 0\n';

describe('a /proc/PID/stat file', () => {
  it('is read field by field', () => {
    expect(parseProcStat(STAT)).toEqual({
      pid: 4211,
      name: 'na me',
      state: 'sleeping',
      parent: 17,
      processGroup: 4210,
      session: 4209,
      userTicks: 11n,
      systemTicks: 12n,
      nice: -5,
      threads: 3,
      startTicks: 987654n,
      virtualBytes: 8192,
      residentPages: 55,
    });
  });

  it('may have any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(parseProcStat(STAT.replace('na me', () => name))).toMatchObject({ name, parent: 17 });
      }),
    );
    expect(parseProcStat(STAT.replace('na me', ') R 1 2 3 ('))).toMatchObject({ name: ') R 1 2 3 (' });
  });

  it('of another shape is none', () => {
    fc.assert(fc.property(fc.string(), (text) => parseProcStat(text) === undefined));
    for (const text of ['', '1 (a)', '1 (a) S 1 1', 'x (a) S', STAT.replace('987654', 'x')])
      expect(parseProcStat(text), text).toBeUndefined();
  });

  it('of this process is this process’s', () => {
    expect(processStat(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  });
});

describe('a /proc/PID/status file', () => {
  it('is read by its names', () => {
    const text = [
      'Name:\ta\\nb\\\\c',
      'Umask:\t0027',
      'Pid:\t12',
      'PPid:\t3',
      'TracerPid:\t4',
      'Uid:\t1\t2\t3\t4',
      'Gid:\t5\t6\t7\t8',
      'Groups:\t10 20 ',
      'NSpid:\t12\t1',
      'VmRSS:\t    1234 kB',
      'Threads:\t9',
      'SigBlk:\t0000000000010000',
      'SigIgn:\t0000000001001000',
      'SigCgt:\t0000000188004eff',
      'CapInh:\t0000000000000000',
      'CapPrm:\t000001ffffffffff',
      'CapEff:\t000001ffffffffff',
      'CapBnd:\t000001ffffffffff',
      'CapAmb:\t0000000000000001',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
      'Unknown:\tthing',
    ].join('\n');
    expect(parseProcStatus(text)).toEqual({
      name: 'a\nb\\c',
      umask: 0o27,
      pid: 12,
      parent: 3,
      tracer: 4,
      uids: { real: 1, effective: 2, saved: 3, fileSystem: 4 },
      gids: { real: 5, effective: 6, saved: 7, fileSystem: 8 },
      groups: [10, 20],
      namespacePids: [12, 1],
      threads: 9,
      residentKib: 1234,
      signals: { blocked: 0x10000n, ignored: 0x1001000n, caught: 0x188004effn },
      capabilities: {
        inheritable: 0n,
        permitted: 0x1ffffffffffn,
        effective: 0x1ffffffffffn,
        bounding: 0x1ffffffffffn,
        ambient: 1n,
      },
      noNewPrivileges: true,
      seccomp: 'filter',
    });
  });

  it('never breaks the parser, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('Pid', 'Uid', 'SigBlk', 'x'), fc.string())), (lines) => {
        const text = lines.map(([name, value]) => `${name}:\t${value}`).join('\n');
        const parsed = parseProcStatus(text);
        return parsed === undefined || parsed.pid > 0;
      }),
    );
    expect(parseProcStatus('')).toBeUndefined();
  });

  it('of this process is this process’s', () => {
    const status = processStatus(process.pid);
    expect(status).toMatchObject({
      pid: process.pid,
      parent: process.ppid,
      uids: { effective: process.geteuid?.() },
      groups: expect.any(Array),
    });
    const text = readFileSync('/proc/self/status', 'utf8');
    expect(status.capabilities.effective.toString(16)).toBe(/CapEff:\t0*([0-9a-f]+)/.exec(text)?.[1]);
  });

  it('is asked for in vain where there is no process', () => {
    for (const read of [processStat, processStatus])
      expect(() => read(0x7ffffff0)).toThrow(expect.objectContaining({ code: 'ERR_NO_SUCH_PROCESS' }));
  });
});

describe('the tree of processes', () => {
  const tree = [
    { pid: 1, parent: 0 },
    { pid: 2, parent: 1 },
    { pid: 3, parent: 1 },
    { pid: 4, parent: 2 },
    { pid: 5, parent: 4 },
  ];
  const pids = (list: readonly { pid: number }[]): number[] => list.map(({ pid }) => pid);

  it('has children, descendants and ancestors', () => {
    expect(pids(childrenOf(tree, 1))).toEqual([2, 3]);
    expect(pids(descendantsOf(tree, 1))).toEqual([2, 3, 4, 5]);
    expect(pids(descendantsOf(tree, 5))).toEqual([]);
    expect(pids(ancestorsOf(tree, 5))).toEqual([4, 2, 1]);
    expect(pids(ancestorsOf(tree, 9))).toEqual([]);
  });

  it('ends also where a list of changing processes holds a circle', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({ pid: fc.integer({ min: 1, max: 9 }), parent: fc.integer({ min: 0, max: 9 }) }),
          {
            selector: ({ pid }) => pid,
          },
        ),
        fc.integer({ min: 0, max: 9 }),
        (list, pid) => {
          for (const found of [pids(descendantsOf(list, pid)), pids(ancestorsOf(list, pid))]) {
            expect(new Set(found).size).toBe(found.length);
            expect(found).not.toContain(pid);
          }
        },
      ),
    );
  });
});
