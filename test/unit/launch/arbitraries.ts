import fc from 'fast-check';
import {
  INSTRUCTIONS,
  SECTIONS,
  type ArgumentType,
  type Instruction,
  type Op,
} from '../../../src/launch/instructions.js';
import { ProgramBuilder, type LaunchProgram } from '../../../src/launch/program.js';

/** A string as a path or argument may be: no NUL, and no half of a surrogate pair, which UTF-8 has no bytes for. */
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\0'));
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

function valueOf(type: ArgumentType): fc.Arbitrary<unknown> {
  switch (type) {
    case 'u32':
      return u32;
    case 'u64':
      return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
    case 'i64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'string':
      return text;
    case 'bytes':
      return fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));
    case 'strings':
      return fc.array(text, { maxLength: 5 });
    case 'u32s':
      return fc.array(u32, { maxLength: 5 });
    default:
      return type satisfies never;
  }
}

/** Any instruction of the table, with any arguments of the right types. */
export function instruction(op: Op): fc.Arbitrary<Instruction> {
  const fields = INSTRUCTIONS[op].args.map(([name, type]) => [name, valueOf(type)] as const);
  return fc.record({
    op: fc.constant(op),
    ...Object.fromEntries(fields),
  }) as unknown as fc.Arbitrary<Instruction>;
}

export const OPS = Object.keys(INSTRUCTIONS) as Op[];

export const anyInstruction: fc.Arbitrary<Instruction> = fc.oneof(...OPS.map(instruction));

/** Any program: each instruction in one of the sections that it may stand in. */
export const program: fc.Arbitrary<LaunchProgram> = fc
  .array(anyInstruction, { maxLength: 40 })
  .map((instructions) => {
    const builder = new ProgramBuilder();
    for (const one of instructions) {
      const sections = SECTIONS.filter((section) => INSTRUCTIONS[one.op].in.includes(section));
      builder.add(sections[instructions.indexOf(one) % sections.length] ?? 'prepare', one);
    }
    return builder.build();
  });
