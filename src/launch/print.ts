import { CLONE_FLAGS, MOUNT_ATTR, PROPAGATION, flagNames } from './flags.js';
import { INSTRUCTIONS, SECTIONS, SECTION_ABOUT, type Instruction, type Op } from './instructions.js';
import type { LaunchProgram } from './program.js';
import type { ArgumentValue } from './bytes.js';

/** The size of struct sock_filter (seccomp(2)), and of struct bpf_insn (bpf(2)). */
const FILTER_INSTRUCTION = 8;

/** Arguments that are bits, by instruction and name. */
const BITS: Partial<Record<Op, Readonly<Record<string, Readonly<Record<string, bigint>>>>>> = {
  clone: { flags: CLONE_FLAGS },
  unshare: { flags: CLONE_FLAGS },
  propagation: { flags: PROPAGATION },
  mount: { attributes: MOUNT_ATTR, propagation: PROPAGATION },
  overlay: { attributes: MOUNT_ATTR, propagation: PROPAGATION },
  bind: { set: MOUNT_ATTR, clear: MOUNT_ATTR, setBeneath: MOUNT_ATTR, propagation: PROPAGATION },
  'handed-bind': { set: MOUNT_ATTR, clear: MOUNT_ATTR, setBeneath: MOUNT_ATTR, propagation: PROPAGATION },
  'bind-joined': { set: MOUNT_ATTR, propagation: PROPAGATION },
  'mount-attributes': { set: MOUNT_ATTR },
  'mount-attributes-beneath': { set: MOUNT_ATTR, clear: MOUNT_ATTR },
  'root-attributes': { set: MOUNT_ATTR },
};
const OCTAL = new Set(['mode', 'mask']);

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text);
}

function printValue(instruction: Instruction, name: string, value: ArgumentValue): string {
  const bits = BITS[instruction.op]?.[name];
  if (bits !== undefined) return flagNames(value as bigint, bits) || '-';
  if ((instruction.op === 'seccomp' || instruction.op === 'device-filter') && value instanceof Uint8Array)
    return `<${value.length / FILTER_INSTRUCTION} instructions>`;
  if (value instanceof Uint8Array && instruction.op === 'netlink') return `<${value.length} bytes>`;
  if (value instanceof Uint8Array)
    return value.length <= 120
      ? JSON.stringify(Buffer.from(value).toString('utf8'))
      : `<${value.length} bytes>`;
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint')
    return instruction.op === 'oom-score' || name.endsWith('Ms') ? String(value) : `0x${value.toString(16)}`;
  if (typeof value === 'number') return OCTAL.has(name) ? `0${value.toString(8)}` : String(value);
  return `[${value.map((item) => (typeof item === 'string' ? quote(item) : String(item))).join(' ')}]`;
}

/** One instruction as one line: its name, then `name=value` for each argument. */
export function printInstruction(instruction: Instruction): string {
  const values = instruction as unknown as Record<string, ArgumentValue>;
  const args = INSTRUCTIONS[instruction.op].args
    .filter(([name]) => !(name in EMPTY_IF && values[name] === EMPTY_IF[name as keyof typeof EMPTY_IF]))
    .map(([name]) => `${name}=${printValue(instruction, name, values[name] as ArgumentValue)}`);
  return [instruction.op, ...args].join(' ');
}

/** Values that say "nothing asked" and would only be noise. */
const EMPTY_IF = {
  clear: 0n,
  setBeneath: 0n,
  propagation: 0n,
  optional: 0,
  idMap: 0,
  copyUp: 0,
  pid: 0,
  pidAt: 0,
  startTicks: 0n,
  rows: 0,
  columns: 0,
  cgroup: '',
} as const;

/** A whole program for a person: the sections in order, one instruction a line. */
export function printProgram(program: LaunchProgram): string {
  const lines: string[] = [];
  for (const section of SECTIONS) {
    lines.push(`${section}:  # ${SECTION_ABOUT[section]}`);
    for (const { instruction, origin } of program[section]) {
      // Messages to the kernel say nothing to a person.
      const what = instruction.op === 'netlink' ? `  # ${origin}` : '';
      lines.push(`  ${printInstruction(instruction)}${what}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
