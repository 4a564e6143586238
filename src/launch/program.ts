import { SECTIONS, type Instruction, type SectionName } from './instructions.js';

/** One instruction, and what in the request asked for it, for error messages: `mount proc at /proc`. */
export interface Step {
  readonly instruction: Instruction;
  readonly origin: string;
}

/** A launch program: what the monitor and the container's child will do, in order. */
export type LaunchProgram = Readonly<Record<SectionName, readonly Step[]>>;

/** Collects the steps of a program. */
export class ProgramBuilder {
  readonly #sections = Object.fromEntries(SECTIONS.map((name) => [name, [] as Step[]])) as unknown as Record<
    SectionName,
    Step[]
  >;

  /** Appends an instruction to a section. */
  add(section: SectionName, instruction: Instruction, origin: string = instruction.op): void {
    this.#sections[section].push({ instruction, origin });
  }

  build(): LaunchProgram {
    return this.#sections;
  }
}
