import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatIdList,
  parseFlat,
  parseIdList,
  parseLimit,
  parseNested,
  parseNumber,
  parseOperations,
  parsePressure,
  parseRates,
} from '../../../src/linux/cgroups/text.js';

describe('a limit', () => {
  it.each([
    ['max\n', 'max'],
    ['-1\n', 'max'],
    ['9223372036854771712\n', 'max'],
    ['9223372036854710272\n', 'max'],
    ['0\n', 0],
    ['134217728\n', 134_217_728],
  ])('%j is %s', (text, value) => {
    expect(parseLimit(text)).toBe(value);
  });
});

describe('the flat format', () => {
  it('is read back from what was written', () => {
    const values = fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.nat());
    fc.assert(
      fc.property(values, (given) => {
        const text = Object.entries(given)
          .map(([key, value]) => `${key} ${value}\n`)
          .join('');
        expect(parseFlat(text)).toEqual({ ...given });
      }),
    );
  });

  it('passes over what has another shape', () => {
    expect(parseFlat('a 1\nb\nc 1 2\nd x\nmax 0\ne max\n')).toEqual({ a: 1, max: 0, e: Infinity });
  });
});

describe('the nested format', () => {
  it('is read as the kernel writes io.stat and io.max', () => {
    expect(
      parseNested('8:16 rbytes=1459200 wbytes=314773504 rios=192\n8:0 rbps=max wbps=1048576\n254:0 \n'),
    ).toEqual(
      new Map([
        ['8:16', { rbytes: 1_459_200, wbytes: 314_773_504, rios: 192 }],
        ['8:0', { rbps: 'max', wbps: 1_048_576 }],
        ['254:0', {}],
      ]),
    );
  });
});

describe('the block files of version 1', () => {
  it('are read by device and operation', () => {
    expect(parseOperations('8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n')).toEqual(
      new Map([['8:0', { Read: 4096, Write: 0, Total: 4096 }]]),
    );
    expect(parseRates('8:0 1048576\n254:0 5\n')).toEqual(
      new Map([
        ['8:0', 1_048_576],
        ['254:0', 5],
      ]),
    );
  });
});

describe('a list of IDs', () => {
  it('is read as cpuset(7) has it', () => {
    expect(parseIdList('0-3,7,10-11\n')).toEqual([0, 1, 2, 3, 7, 10, 11]);
    expect(parseIdList('\n')).toEqual([]);
    expect(formatIdList([3, 1, 2, 9, 9])).toBe('1-3,9');
  });

  it('is read back from what was written, sorted and each once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(2000)), (ids) => {
        expect(parseIdList(formatIdList(ids))).toEqual(ids.sort((a, b) => a - b));
      }),
    );
  });
});

describe('pressure', () => {
  it('is read with both of its lines, or one', () => {
    const text =
      'some avg10=0.12 avg60=1.50 avg300=99.00 total=123456\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n';
    const some = { avg10: 0.12, avg60: 1.5, avg300: 99, totalUsec: 123_456 };
    expect(parsePressure(text)).toEqual({ some, full: { avg10: 0, avg60: 0, avg300: 0, totalUsec: 7 } });
    expect(parsePressure(text.split('\n')[0]!)).toEqual({ some });
    expect(parsePressure('')).toEqual({});
  });
});

it('no text breaks a parser', () => {
  const lines = fc
    .array(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9:=\- ]{0,20}$/)))
    .map((all) => all.join('\n'));
  fc.assert(
    fc.property(lines, (text) => {
      for (const parse of [parseFlat, parseNested, parseOperations, parseRates, parseIdList, parsePressure])
        parse(text);
      expect(Number.isFinite(parseNumber(text))).toBe(true);
      expect(parseLimit(text)).not.toBeNaN();
    }),
  );
});
