import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProgram, encodeProgram } from '../../../src/launch/encode.js';
import { ProgramBuilder } from '../../../src/launch/program.js';
import { anyInstruction, instruction, OPS, program } from './arbitraries.js';

/** Whether bytes are refused as no program, and in no other way. */
function refuses(bytes: Uint8Array): boolean {
  try {
    decodeProgram(bytes);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return true;
  }
}

describe('the bytes of a launch program', () => {
  it('read back as the program that was written', () => {
    fc.assert(
      fc.property(program, (written) => {
        const read = decodeProgram(encodeProgram(written));
        const instructionsOf = (of: typeof written): unknown =>
          Object.entries(of).map(([name, steps]) => [name, steps.map((step) => step.instruction)]);
        expect(instructionsOf(read)).toEqual(instructionsOf(written));
      }),
    );
  });

  it('have a code of its own for every instruction', () => {
    for (const op of OPS) {
      fc.assert(
        fc.property(instruction(op), (one) => {
          const builder = new ProgramBuilder();
          builder.add('prepare', one);
          // Of those that stand elsewhere, the reader says so; it never takes one for another.
          const bytes = encodeProgram(builder.build());
          if (!refuses(bytes)) expect(decodeProgram(bytes).prepare[0]?.instruction).toEqual(one);
        }),
        { numRuns: 5 },
      );
    }
  });

  it('are refused with a RangeError, and nothing else, if they are any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(refuses(bytes)).toBe(true);
      }),
    );
    const header = Buffer.from('LPOD\x01\0', 'latin1');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        refuses(Buffer.concat([header, bytes]));
      }),
    );
  });

  it('are refused if one byte is changed, or read as another program, but never break the reader', () => {
    fc.assert(
      fc.property(program, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, at, change) => {
        const bytes = Buffer.from(encodeProgram(written));
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ change;
        refuses(bytes);
      }),
    );
  });

  it('are refused if they are cut short anywhere, or go on', () => {
    fc.assert(
      fc.property(program, fc.nat(), (written, at) => {
        const bytes = encodeProgram(written);
        expect(refuses(bytes.subarray(0, at % bytes.length))).toBe(true);
        expect(refuses(Buffer.concat([bytes, Buffer.of(0)]))).toBe(true);
      }),
    );
  });

  it('claim no memory for a count that they do not have', () => {
    const bytes = Buffer.alloc(10 + 6 + 4);
    bytes.write('LPOD\x01\0', 'latin1');
    bytes.writeUInt32LE(0xffff_ffff, 6);
    bytes.writeUInt32LE(0xffff_ffff, 12);
    expect(refuses(bytes)).toBe(true);
  });

  it('have no NUL within a string', () => {
    const builder = new ProgramBuilder();
    builder.add('prepare', { op: 'mkdir', path: '/a\0b', mode: 0o755 });
    expect(() => encodeProgram(builder.build())).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });

  it('grow beyond the first buffer without loss', () => {
    const builder = new ProgramBuilder();
    const data = Buffer.alloc(100_000, 'x');
    for (let i = 0; i < 5; i++)
      builder.add('prepare', { op: 'write-file', path: `/${i}`, mode: 0o644, data });
    const { prepare } = decodeProgram(encodeProgram(builder.build()));
    expect(prepare).toHaveLength(5);
    for (const [i, { instruction }] of prepare.entries()) {
      expect(instruction).toMatchObject({ op: 'write-file', path: `/${i}`, mode: 0o644 });
      expect('data' in instruction && data.equals(instruction.data)).toBe(true);
    }
  });

  it('hold any single instruction', () => {
    fc.assert(
      fc.property(anyInstruction, (one) => {
        const builder = new ProgramBuilder();
        builder.add('enter', one);
        expect(encodeProgram(builder.build()).length).toBeGreaterThan(6);
      }),
    );
  });
});
