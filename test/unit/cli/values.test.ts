import { describe, expect, it } from 'vitest';
import { parseMount } from '../../../src/cli/flags/mount.js';
import { parseTmpfs, parseVolume } from '../../../src/cli/flags/mounts.js';
import { parseSecurityOptions } from '../../../src/cli/flags/security.js';
import { parseGoDuration, parseMoment } from '../../../src/cli/flags/time.js';
import { parseSize, parseUlimit } from '../../../src/cli/flags/values.js';
import { humanDuration } from '../../../src/cli/output/human-time.js';
import { formatTable } from '../../../src/cli/output/table.js';

describe('the values of flags', () => {
  it.each([
    ['1', 1],
    ['64m', 64 * 2 ** 20],
    ['1.5g', 1.5 * 2 ** 30],
    ['2Kb', 2048],
    ['2KiB', 2048],
    ['7b', 7],
  ])('the size %s is %d bytes', (text, bytes) => {
    expect(parseSize('memory', text)).toBe(bytes);
  });

  it.each(['', 'm', '1x', '-1', '1 2', '0x10', '1mm'])('the size %j is refused', (text) => {
    expect(() => parseSize('memory', text)).toThrow('memory');
  });

  it('a size of -1 is no limit, where there may be none', () => {
    expect(parseSize('memory-swap', '-1', true)).toBe(-1);
  });

  it('durations are those of Go', () => {
    expect(parseGoDuration('1h30m')).toBe(5_400_000);
    expect(parseGoDuration('250ms')).toBe(250);
    for (const wrong of ['', '5', '1d', '1h x']) expect(() => parseGoDuration(wrong)).toThrow('duration');
  });

  it('moments are dates, seconds since 1970 or durations ago', () => {
    expect(parseMoment('since', '2026-01-02T03:04:05Z').toISOString()).toBe('2026-01-02T03:04:05.000Z');
    expect(parseMoment('since', '1700000000').getTime()).toBe(1_700_000_000_000);
    expect(Math.abs(Date.now() - 60_000 - parseMoment('since', '1m').getTime())).toBeLessThan(5_000);
    expect(() => parseMoment('until', 'soon')).toThrow('--until');
  });

  it('a ulimit has one number or two', () => {
    expect(parseUlimit('nofile=10')).toEqual({ name: 'nofile', soft: 10, hard: 10 });
    expect(parseUlimit('core=0:-1')).toEqual({ name: 'core', soft: 0, hard: -1 });
  });

  it('a volume is a bind mount of all beneath, private, without the label options', () => {
    expect(parseVolume('/a:/b:ro,Z')).toEqual({
      destination: '/b',
      type: 'bind',
      source: '/a',
      options: ['rbind', 'rprivate', 'ro'],
    });
    expect(parseVolume('/a:/b:bind,rslave')).toMatchObject({ options: ['bind', 'rslave'] });
    expect(() => parseVolume('/a:/b:ro:rw')).toThrow('parts');
  });

  it('--mount and --tmpfs make the same mounts', () => {
    expect(parseMount('type=bind,src=/a,dst=/b,ro=true,bind-propagation=slave')).toEqual({
      destination: '/b',
      type: 'bind',
      source: '/a',
      options: ['rbind', 'ro', 'slave'],
    });
    expect(parseMount('type=tmpfs,dst=/t,tmpfs-size=1m')).toEqual(parseTmpfs('/t:size=1048576'));
    expect(parseTmpfs('/t:exec,suid').options).toEqual(['rprivate', 'nodev', 'tmpcopyup', 'exec', 'suid']);
  });

  it('security options add up', () => {
    expect(
      parseSecurityOptions(['no-new-privileges', 'seccomp=unconfined', 'mask=/a:/b', 'unmask=ALL']),
    ).toEqual({
      noNewPrivileges: true,
      seccomp: 'unconfined',
      mask: ['/a', '/b'],
      unmask: ['ALL'],
      procOptions: [],
    });
    expect(parseSecurityOptions(['no-new-privileges:false'])).toMatchObject({ noNewPrivileges: false });
  });
});

describe('output for people', () => {
  // HumanDuration of go-units 0.5 answers the same.
  it.each([
    [-5, 'Less than a second'],
    [999, 'Less than a second'],
    [1000, '1 second'],
    [59_999, '59 seconds'],
    [60_000, 'About a minute'],
    [120_000, '2 minutes'],
    [3_599_000, '59 minutes'],
    [3_600_000, 'About an hour'],
    [47 * 3_600_000, '47 hours'],
    [48 * 3_600_000, '2 days'],
    [14 * 86_400_000, '2 weeks'],
    [60 * 86_400_000, '2 months'],
    [730 * 86_400_000, '2 years'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });

  it('tables have columns of 12 at least and two spaces between', () => {
    expect(
      formatTable([
        ['ID', 'NAME', 'LAST'],
        ['x', 'a-long-name-here', ''],
        ['y', '', 'z'],
      ]),
    ).toBe(
      'ID          NAME              LAST\nx           a-long-name-here  \ny                             z\n',
    );
  });
});
