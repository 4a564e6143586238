import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkIdMap,
  formatIdMap,
  mapId,
  parseIdMap,
  parseSubIds,
  readIdMaps,
  unmapId,
  type IdMapping,
} from '../../../src/linux/namespaces/id-map.js';

const INVALID = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

/** Maps that the kernel takes: ranges side by side, with gaps, shuffled on the outside. */
const maps = fc
  .array(fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 1000 })), { minLength: 1, maxLength: 30 })
  .map((parts): IdMapping[] => {
    let at = 0;
    return parts.map(([gap, size]) => {
      const containerID = at + gap;
      at = containerID + size;
      return { containerID, hostID: 3_000_000_000 - at, size };
    });
  });

describe('the text of an ID map', () => {
  it('is read as the kernel writes it', () => {
    expect(parseIdMap('         0     100000      65536\n     65536          0          1\n')).toEqual([
      { containerID: 0, hostID: 100_000, size: 65_536 },
      { containerID: 65_536, hostID: 0, size: 1 },
    ]);
    expect(parseIdMap('')).toEqual([]);
  });

  it('is what was formatted, and every good map passes the check', () => {
    fc.assert(
      fc.property(maps, (map) => {
        checkIdMap('the map', map);
        expect(parseIdMap(formatIdMap(map))).toEqual(map);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseIdMap(text))));
  });

  it('of this process is the whole or a part of the range', () => {
    expect(readIdMaps().uid.length).toBeGreaterThan(0);
    expect(() => readIdMaps(2 ** 22)).toThrow(expect.objectContaining({ code: 'ERR_NOT_FOUND' }));
  });
});

describe('an ID map', () => {
  it.each([
    ['nothing', []],
    ['a size of 0', [{ containerID: 0, hostID: 0, size: 0 }]],
    ['a negative ID', [{ containerID: -1, hostID: 0, size: 1 }]],
    ['a broken number', [{ containerID: 0.5, hostID: 0, size: 1 }]],
    ['the last ID, which is none', [{ containerID: 0, hostID: 4_294_967_295, size: 1 }]],
    [
      'ranges that overlap inside',
      [
        { containerID: 0, hostID: 0, size: 2 },
        { containerID: 1, hostID: 10, size: 1 },
      ],
    ],
    [
      'ranges that overlap outside',
      [
        { containerID: 0, hostID: 10, size: 1 },
        { containerID: 1, hostID: 5, size: 6 },
      ],
    ],
    ['too many ranges', Array.from({ length: 341 }, (_, id) => ({ containerID: id, hostID: id, size: 1 }))],
  ])('may not have %s', (_, map) => {
    expect(() => checkIdMap('the map', map)).toThrow(INVALID);
  });

  it('leads in and out', () => {
    fc.assert(
      fc.property(maps, fc.nat(40_000), (map, id) => {
        const outside = mapId(map, id);
        if (outside !== undefined) expect(unmapId(map, outside)).toBe(id);
        else
          expect(map.some((range) => id >= range.containerID && id < range.containerID + range.size)).toBe(
            false,
          );
      }),
    );
  });
});

describe('the text of /etc/subuid', () => {
  it('has a range a line, by name or number, and other lines are passed over', () => {
    expect(
      parseSubIds(
        'ann:100000:65536\n1000:165536:65536\n# bob:1:1\n\nbob:x:1\nbob:1\nbob:4294967290:10\nbob:5:0\n',
      ),
    ).toEqual([
      { user: 'ann', start: 100_000, size: 65_536 },
      { user: '1000', start: 165_536, size: 65_536 },
    ]);
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseSubIds(text))));
  });
});
