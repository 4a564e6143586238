import { ByteReader, ByteWriter, type ArgumentValue } from './bytes.js';
import { INSTRUCTIONS, PROGRAM_VERSION, SECTIONS, type Instruction, type Op } from './instructions.js';
import { ProgramBuilder, type LaunchProgram } from './program.js';

const MAGIC = Buffer.from('LPOD');

/**
 * Lays a program out in the bytes that the monitor reads (docs/launch-program.md).
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT if a string has a NUL
 */
export function encodeProgram(program: LaunchProgram): Uint8Array {
  const writer = new ByteWriter();
  for (const byte of MAGIC) writer.u8(byte);
  writer.u16(PROGRAM_VERSION);
  for (const section of SECTIONS) {
    const steps = program[section];
    writer.u32(steps.length);
    for (const { instruction } of steps) {
      const { code, args } = INSTRUCTIONS[instruction.op];
      writer.u16(code);
      const at = writer.size;
      writer.u32(0);
      const values = instruction as unknown as Record<string, ArgumentValue>;
      for (const [name, type] of args) writer.argument(type, values[name] as ArgumentValue);
      writer.patchU32(at, writer.size - at - 4);
    }
  }
  return writer.finish();
}

const OPS = new Map<number, Op>(Object.entries(INSTRUCTIONS).map(([op, { code }]) => [code, op as Op]));

/**
 * Reads a program back from its bytes. The origins of the steps are not in them.
 *
 * @throws RangeError if the bytes are no program of this version
 */
export function decodeProgram(bytes: Uint8Array): LaunchProgram {
  const reader = new ByteReader(bytes);
  for (const byte of MAGIC) if (reader.u8() !== byte) throw new RangeError('not a launch program');
  if (reader.u16() !== PROGRAM_VERSION) throw new RangeError('a launch program of another version');
  const builder = new ProgramBuilder();
  for (const section of SECTIONS) {
    const count = reader.u32();
    for (let i = 0; i < count; i++) {
      const op = OPS.get(reader.u16());
      if (op === undefined || !INSTRUCTIONS[op].in.includes(section))
        throw new RangeError('an instruction in a wrong section');
      const inner = new ByteReader(reader.bytes());
      const instruction: Record<string, unknown> = { op };
      for (const [name, type] of INSTRUCTIONS[op].args) instruction[name] = inner.argument(type);
      if (inner.left !== 0) throw new RangeError('wrong arguments');
      builder.add(section, instruction as unknown as Instruction);
    }
  }
  if (reader.left !== 0) throw new RangeError('longer than it says');
  return builder.build();
}
