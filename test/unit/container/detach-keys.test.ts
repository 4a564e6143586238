import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DetachFilter, parseDetachKeys } from '../../../src/container/detach-keys.js';

describe('detach keys', () => {
  it('are letters and control characters', () => {
    expect([...parseDetachKeys('ctrl-p,ctrl-q')]).toEqual([16, 17]);
    expect([...parseDetachKeys('a,ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,DEL')]).toEqual([
      97, 0, 27, 28, 29, 30, 31, 127,
    ]);
    expect(parseDetachKeys('')).toHaveLength(0);
  });

  it.each(['ctrl-1', 'ab', 'ctrl-', ',', 'ä'])('are not %s', (keys) => {
    expect(() => parseDetachKeys(keys)).toThrow(/invalid detach keys/);
  });

  const typedIn = (pieces: readonly Buffer[], keys: Buffer) => {
    const filter = new DetachFilter(keys);
    let passed = Buffer.alloc(0);
    for (const piece of pieces) {
      const { data, detached } = filter.push(piece);
      passed = Buffer.concat([passed, data]);
      if (detached) return { passed, detached };
    }
    return { passed: Buffer.concat([passed, filter.end()]), detached: false };
  };

  it('are found wherever the pieces break, and all before them is passed on', () => {
    const few = fc.integer({ min: 0, max: 2 });
    fc.assert(
      fc.property(
        fc.array(fc.array(few, { maxLength: 6 }), { maxLength: 8 }),
        fc.array(few, { minLength: 1, maxLength: 4 }),
        (pieces, wanted) => {
          const keys = Buffer.from(wanted);
          const typed = Buffer.from(pieces.flat());
          const at = typed.indexOf(keys);
          const { passed, detached } = typedIn(
            pieces.map((piece) => Buffer.from(piece)),
            keys,
          );
          expect(detached).toBe(at >= 0);
          expect(passed).toEqual(at >= 0 ? typed.subarray(0, at) : typed);
        },
      ),
    );
  });
});
