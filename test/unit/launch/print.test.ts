import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SECTIONS } from '../../../src/launch/instructions.js';
import { printInstruction, printProgram } from '../../../src/launch/print.js';
import { anyInstruction, program } from './arbitraries.js';

describe('a printed launch program', () => {
  it('has one line for each instruction, which begins with its name', () => {
    fc.assert(
      fc.property(anyInstruction, (instruction) => {
        const line = printInstruction(instruction);
        expect(line).not.toMatch(/[\n\r]/);
        expect(line.split(' ')[0]).toBe(instruction.op);
      }),
    );
  });

  it('has every section with its instructions, in order', () => {
    fc.assert(
      fc.property(program, (printed) => {
        const lines = printProgram(printed).split('\n').slice(0, -1);
        const expected = SECTIONS.flatMap((section) => [
          section,
          ...printed[section].map((step) => step.instruction.op),
        ]);
        expect(lines.map((line) => line.trim().split(/[ :]/)[0])).toEqual(expected);
      }),
    );
  });

  it('writes modes in octal, flags by name, and quotes what a shell would', () => {
    expect(printInstruction({ op: 'mkdir', path: '/a b', mode: 0o755 })).toBe('mkdir path="/a b" mode=0755');
    expect(printInstruction({ op: 'clone', flags: 0x2002_0000n, cgroup: '' })).toBe('clone flags=mount,pid');
    expect(printInstruction({ op: 'umask', mask: 0o22 })).toBe('umask mask=022');
    expect(printInstruction({ op: 'oom-score', value: -500n })).toBe('oom-score value=-500');
    expect(printInstruction({ op: 'seccomp', flags: 0, filter: Buffer.alloc(80) })).toBe(
      'seccomp flags=0 filter=<10 instructions>',
    );
    expect(printInstruction({ op: 'exec', arguments: ['echo', '', '\n'], environment: ['A=b'] })).toBe(
      'exec arguments=[echo "" "\\n"] environment=[A=b]',
    );
  });
});
