import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LibpodError } from '../../../src/base/errors.js';
import type { ArgumentType } from '../../../src/launch/instructions.js';
import { encodeMessage, MessageDecoder } from '../../../src/monitor/codec.js';
import { MESSAGES, type MessageName, type MonitorMessage } from '../../../src/monitor/messages.js';

function valueOf(type: ArgumentType): fc.Arbitrary<unknown> {
  switch (type) {
    case 'u32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 'u64':
      return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !text.includes('\0'));
    case 'bytes':
      return fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
    case 'strings':
      return fc.array(
        fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
        { maxLength: 10 },
      );
    default:
      throw new Error(`no message has an argument of type ${type}`);
  }
}

const message: fc.Arbitrary<MonitorMessage> = fc.oneof(
  ...(Object.keys(MESSAGES) as MessageName[]).map(
    (name) =>
      fc.record({
        type: fc.constant(name),
        ...Object.fromEntries(MESSAGES[name].args.map(([argument, type]) => [argument, valueOf(type)])),
      }) as unknown as fc.Arbitrary<MonitorMessage>,
  ),
);

/** Cuts bytes at any places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end));
}

describe('messages', () => {
  it('come out as they went in, wherever the pieces break', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 10 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (messages, cuts) => {
          const decoder = new MessageDecoder();
          const bytes = Buffer.concat(messages.map(encodeMessage));
          const read = pieces(bytes, cuts).flatMap((piece) => [...decoder.push(piece)]);
          expect(read).toEqual(messages);
        },
      ),
    );
  });

  it('come out byte by byte too', () => {
    const decoder = new MessageDecoder();
    const sent: MonitorMessage = {
      type: 'failed',
      section: 1,
      index: 2,
      stage: 'openat',
      errno: 13,
      detail: 'because',
    };
    const read = [...encodeMessage(sent)].flatMap((byte) => [...decoder.push(Buffer.of(byte))]);
    expect(read).toEqual([sent]);
  });

  it('that break the protocol are an error of the monitor, never another', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), (garbage) => {
        const decoder = new MessageDecoder();
        try {
          for (const piece of garbage)
            for (const read of decoder.push(Buffer.from(piece))) expect(MESSAGES[read.type]).toBeDefined();
        } catch (error) {
          expect(LibpodError.is(error, 'ERR_MONITOR')).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['a frame of no length', Buffer.of(0, 0, 0, 0)],
    ['a frame that is too long', Buffer.of(1, 0, 1, 0, 1)],
    ['an unknown type', Buffer.of(1, 0, 0, 0, 250)],
    ['arguments that end early', Buffer.of(2, 0, 0, 0, MESSAGES.created.code, 1)],
  ])('are refused: %s', (_what, bytes) => {
    expect(() => [...new MessageDecoder().push(bytes)]).toThrow(
      expect.objectContaining({ code: 'ERR_MONITOR' }),
    );
  });
});
