import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goDuration } from '../../../src/base/go-duration.js';
import { findDescriptors, TOP_DESCRIPTORS } from '../../../src/container/top/descriptors.js';
import { toProcesses, type ProcessTexts } from '../../../src/container/top/process.js';
import { namesById } from '../../../src/container/top/top.js';
import { LibpodError } from '../../../src/index.js';

/** What /proc tells of a process two namespaces deep, but for what is given. */
function texts(pid: number, parent: number, inside: number, more: Partial<ProcessTexts> = {}): ProcessTexts {
  return {
    stat: `${pid} (a (b) c) S ${parent} ${pid} ${pid} 34817 ${pid} 4194304 1 0 0 0 250 50 0 0 20 -5 3 0 1000 8192000 200 1 2`,
    status: `Name:\ta (b) c\nPid:\t${pid}\nPPid:\t${parent}\nUid:\t1\t0\t0\t0\nGid:\t5\t6\t6\t6\nGroups:\t6 7 \nNSpid:\t${pid}\t${inside}\nNSpgid:\t${pid}\t${inside}\nVmRSS:\t  12 kB\nThreads:\t3\nCapEff:\t0000000000000003\nCapBnd:\t000001ffffffffff\nSeccomp:\t2\n`,
    cmdline: 'sleep\x001000\x00',
    label: undefined,
    ...more,
  };
}

const CLOCK = { uptimeNs: 70_000_000_000n, bootedMs: Date.parse('2026-01-01T00:00:00Z') };
const named = (id: number): string => (id === 0 ? 'root' : String(id));
const NAMES = {
  users: named,
  groups: named,
  hostUsers: (id: number) => `h${id}`,
  userId: (id: number) => id,
  hostGroups: (id: number) => `h${id}`,
};

function show(words: string[], one = texts(4000, 3999, 7)): string[] {
  const [process] = toProcesses([one, texts(3999, 1, 1)], 1, CLOCK);
  if (process === undefined) throw new Error('no process');
  return findDescriptors(words).map(({ show: text }) => text(process, NAMES));
}

describe('the descriptors of top', () => {
  it('are those of podman-top(1), by name and by code, together or apart', () => {
    expect(findDescriptors([]).map(({ heading }) => heading)).toEqual([
      'USER',
      'PID',
      'PPID',
      '%CPU',
      'ELAPSED',
      'TTY',
      'TIME',
      'COMMAND',
    ]);
    const codes = '%C %G %P %U %a %c %g %n %p %r %t %u %x %y %z'.split(' ');
    const words = 'pcpu group ppid user args comm rgroup nice pid pgid etime ruser time tty vsz'.split(' ');
    expect(findDescriptors(codes)).toEqual(findDescriptors(words));
    expect(findDescriptors(['pid,user', ' args'])).toEqual(findDescriptors(['pid', 'user', 'args']));
    expect(TOP_DESCRIPTORS).toHaveLength(32);
  });

  it('show a process as the container sees it, and as the host does', () => {
    expect(show(['pid', 'hpid', 'ppid', 'pgid', 'user', 'ruser', 'huser', 'uid', 'huid'])).toEqual([
      '7',
      '4000',
      '1',
      '7',
      'root',
      '1',
      'h0',
      '0',
      '0',
    ]);
    expect(show(['group', 'rgroup', 'groups', 'hgroup', 'hgroups'])).toEqual([
      '6',
      '5',
      '6,7',
      'h6',
      'h6,h7',
    ]);
    expect(show(['comm', 'args', 'state', 'nice', 'tty', 'seccomp', 'label'])).toEqual([
      'a (b) c',
      'sleep 1000',
      'S',
      '-5',
      'pts/1',
      'filter',
      '?',
    ]);
    expect(show(['etime', 'time', 'pcpu', 'stime'])).toEqual([
      '1m0s',
      '3s',
      '5.000',
      '2026-01-01 00:00:10 +0000 UTC',
    ]);
    expect(show(['vsz', 'rss', 'capeff', 'capbnd', 'capamb'])).toEqual([
      '8000',
      '12',
      'CHOWN,DAC_OVERRIDE',
      'full',
      'none',
    ]);
    expect(show(['args'], texts(4000, 3999, 7, { cmdline: '' }))).toEqual(['[a (b) c]']);
    expect(show(['ppid'], texts(4000, 17, 7))).toEqual(['0']);
    expect(show(['label'], texts(4000, 1, 7, { label: 'unconfined\n\0' }))).toEqual(['unconfined']);
  });

  it('are refused by name if they are not known, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('-eo', 'constructor', '__proto__', '%', '')),
        (word) => {
          const known = word.split(',').every((part) => {
            const name = part.trim();
            return TOP_DESCRIPTORS.includes(name) || /^%[CGPUacgnprtuxyz]$/.test(name);
          });
          let failure: unknown;
          try {
            findDescriptors([word]);
          } catch (error) {
            failure = error;
          }
          expect(LibpodError.is(failure, 'ERR_INVALID_ARGUMENT')).toBe(!known);
        },
      ),
    );
  });
});

describe('what /proc tells', () => {
  it('leaves out processes that have gone', () => {
    const gone = { stat: undefined, status: undefined, cmdline: undefined, label: undefined };
    expect(
      toProcesses([gone, texts(5, 1, 2), { ...texts(6, 1, 3), status: undefined }], 1, CLOCK),
    ).toHaveLength(1);
  });

  it('is taken whatever a process calls itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, args) => {
        const stat = `9 (${name}) S 1 9 9 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 1000 1 1 1`;
        const [one] = toProcesses([{ ...texts(9, 1, 2), stat, cmdline: args }], 1, CLOCK);
        expect(one).toMatchObject({ name, pid: 2, stateLetter: 'S' });
      }),
    );
  });

  it('has names by number, the first of several', () => {
    expect(namesById('root:x:0:0::/:\nother:x:0:\nbad\n:x:3:\nx:x:y:\napp:x:7:')).toEqual(
      new Map([
        [0, 'root'],
        [7, 'app'],
      ]),
    );
  });
});

describe('a length of time', () => {
  it.each([
    [0n, '0s'],
    [999n, '999ns'],
    [1500n, '1.5µs'],
    [9_407_405n, '9.407405ms'],
    [3_173_981_867n, '3.173981867s'],
    [60_000_000_000n, '1m0s'],
    [3_723_500_000_000n, '1h2m3.5s'],
    [-1_000_000n, '-1ms'],
  ])('of %s ns is %s', (nanoseconds, text) => {
    expect(goDuration(nanoseconds)).toBe(text);
  });
});
