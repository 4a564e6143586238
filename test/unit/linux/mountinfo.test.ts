import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cgroupsOfMounts, parseProcCgroup } from '../../../src/linux/cgroups/cgroups.js';
import { parseMountinfo, propagationOf } from '../../../src/linux/mounts/mountinfo.js';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8');

describe('a mountinfo file', () => {
  it('is read field by field, with optional fields, escapes and without', () => {
    const mounts = parseMountinfo(fixture('mountinfo-unified.txt'));
    expect(mounts).toHaveLength(8);
    expect(mounts[6]).toEqual({
      id: 95,
      parent: 28,
      device: '0:43',
      root: '/',
      mountpoint: '/mnt/with space\ttab\\slash',
      options: ['rw'],
      propagation: ['master:7', 'propagate_from:2'],
      type: 'tmpfs',
      source: 'odd source',
      superOptions: ['rw', 'size=1024k'],
    });
    expect(mounts[7]).toMatchObject({ root: '/sub', propagation: ['unbindable'], type: 'overlay' });
    expect(
      parseMountinfo(fixture('mountinfo-hybrid.txt')).every(({ propagation }) => propagation.length === 0),
    ).toBe(true);
  });

  it('has escapes in every text, also in options, where a comma would else divide', () => {
    const [mount] = parseMountinfo(
      '36 35 0:43 /r\\040t /m\\043 rw,relatime shared:3 - fuse.a\\040b s\\134 rw,lowerdir=/a\\040b:/c\\054d,x\n',
    );
    expect(mount).toMatchObject({ root: '/r t', mountpoint: '/m#', type: 'fuse.a b', source: 's\\' });
    expect(mount?.superOptions).toEqual(['rw', 'lowerdir=/a b:/c,d', 'x']);
    expect(mount?.options).toEqual(['rw', 'relatime']);
  });

  it('tells how mounts spread', () => {
    expect(propagationOf({ propagation: ['shared:3', 'master:7', 'propagate_from:2'] })).toEqual({
      shared: 3,
      master: 7,
      propagateFrom: 2,
      unbindable: false,
    });
    expect(propagationOf({ propagation: ['unbindable'] })).toEqual({ unbindable: true });
  });

  it('never breaks the parser, whatever it holds', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseMountinfo(text))));
    expect(parseMountinfo('')).toEqual([]);
    expect(parseMountinfo('36 35 98:0 /mnt1 /mnt2 rw - ext3\n')).toEqual([]);
  });

  it('of this process is read whole', () => {
    const text = readFileSync('/proc/self/mountinfo', 'utf8');
    expect(parseMountinfo(text)).toHaveLength(text.trimEnd().split('\n').length);
  });
});

describe('the cgroup hierarchies among mounts', () => {
  it('are one of version 2 on a machine of today', () => {
    expect(cgroupsOfMounts(parseMountinfo(fixture('mountinfo-unified.txt')))).toEqual([
      { version: 2, controllers: [], mountpoint: '/sys/fs/cgroup' },
    ]);
  });

  it('are several of version 1 and one of version 2 on a hybrid machine', () => {
    const found = cgroupsOfMounts(parseMountinfo(fixture('mountinfo-hybrid.txt')));
    expect(
      found.filter(({ version }) => version === 1).map(({ controllers, name }) => name ?? controllers.join()),
    ).toEqual(['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd']);
    expect(found.at(-1)).toEqual({ version: 2, controllers: [], mountpoint: '/sys/fs/cgroup/unified' });
  });

  it('take a hierarchy that is mounted twice at its first place, and no part of one', () => {
    const line = (id: number, root: string, at: string): string =>
      `${id} 1 0:9 ${root} ${at} rw - cgroup cgroup rw,xattr,cpu,cpuacct`;
    const mounts = parseMountinfo(
      [line(1, '/part', '/a'), line(2, '/', '/b'), line(3, '/', '/c')].join('\n'),
    );
    expect(cgroupsOfMounts(mounts)).toEqual([
      { version: 1, controllers: ['cpu', 'cpuacct'], mountpoint: '/b' },
    ]);
  });
});

describe('a /proc/PID/cgroup file', () => {
  it('tells the path in each hierarchy', () => {
    expect(
      parseProcCgroup(
        '4:memory:/a/b\n1:cpu,cpuacct:/\n3:name=systemd:/user.slice\n0::/user.slice/x:y.scope\n',
      ),
    ).toEqual(
      new Map([
        ['memory', '/a/b'],
        ['cpu,cpuacct', '/'],
        ['name=systemd', '/user.slice'],
        ['', '/user.slice/x:y.scope'],
      ]),
    );
  });
});
