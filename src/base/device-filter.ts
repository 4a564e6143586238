import { LibpodError } from './errors.js';
import type { DeviceRule } from './device-rule.js';

/** Bits of an access, as the kernel asks for it: BPF_DEVCG_ACC_* of <linux/bpf.h>. */
const ACCESS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const ANY_ACCESS = 7;
/** BPF_DEVCG_DEV_*. */
const BLOCK = 1;
const CHARACTER = 2;

/** One rule in the kernel's numbers; undefined fits everything. */
interface Rule {
  readonly allow: boolean;
  readonly type: number | undefined;
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly access: number;
}

/** Operation codes of eBPF (the kernel's Documentation/bpf/standardization/instruction-set.rst). */
const LOAD_WORD = 0x61; // dst = *(u32 *)(src + offset)
const MOVE_REGISTER = 0xbc; // 32 bits
const MOVE_NUMBER = 0xb7;
const AND_NUMBER = 0x54; // 32 bits
const SHIFT_RIGHT_NUMBER = 0x74; // 32 bits
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_NOT_EQUAL = 0x55;
const EXIT = 0x95;

/** What each register holds; r1 is the context at first, then scratch. */
const RESULT = 0;
const SCRATCH = 1;
const TYPE = 2;
const WANTED = 3;
const MAJOR = 4;
const MINOR = 5;

function instruction(
  code: number,
  destination: number,
  source: number,
  offset: number,
  number: number,
): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8((source << 4) | destination, 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(number | 0, 4);
  return bytes;
}

/** @throws LibpodError ERR_INVALID_ARGUMENT for a type or an access that there is not: as a rule it would fit what it should not */
function ruleOf({ allow, type, major, minor, access }: DeviceRule): Rule {
  if (!/^[abcup]?$/.test(type ?? '') || !/^[rwm]*$/.test(access ?? ''))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `a device rule has a type of a, b, c, u or p, and access of the letters rwm, not ${JSON.stringify({ type, access })}`,
    );
  const bits = [...(access ?? '')].reduce((sum, letter) => sum | (ACCESS[letter] ?? 0), 0);
  const number = (value: number | undefined): number | undefined =>
    value === undefined || value < 0 ? undefined : value;
  const all = type === undefined || type === 'a';
  return {
    allow,
    type: all ? undefined : type === 'b' ? BLOCK : CHARACTER,
    // A rule for all devices has no numbers, whatever it says.
    major: all ? undefined : number(major),
    minor: all ? undefined : number(minor),
    access: bits === 0 ? ANY_ACCESS : bits,
  };
}

/**
 * The instructions of one rule: they end with its answer, or fall through to the next rule. Allowing needs all of the
 * access that is wanted; denying any of it is enough.
 */
function compileRule(rule: Rule): Buffer[] {
  const checks: Buffer[][] = [];
  // A check is [instructions..., a jump whose distance is filled in below].
  if (rule.type !== undefined) checks.push([instruction(JUMP_IF_NOT_EQUAL, TYPE, 0, 0, rule.type)]);
  if (rule.access !== ANY_ACCESS) {
    const mask = rule.allow ? ANY_ACCESS & ~rule.access : rule.access;
    checks.push([
      instruction(MOVE_REGISTER, SCRATCH, WANTED, 0, 0),
      instruction(AND_NUMBER, SCRATCH, 0, 0, mask),
      instruction(rule.allow ? JUMP_IF_NOT_EQUAL : JUMP_IF_EQUAL, SCRATCH, 0, 0, 0),
    ]);
  }
  if (rule.major !== undefined) checks.push([instruction(JUMP_IF_NOT_EQUAL, MAJOR, 0, 0, rule.major)]);
  if (rule.minor !== undefined) checks.push([instruction(JUMP_IF_NOT_EQUAL, MINOR, 0, 0, rule.minor)]);
  const answer = [instruction(MOVE_NUMBER, RESULT, 0, 0, rule.allow ? 1 : 0), instruction(EXIT, 0, 0, 0, 0)];
  const whole = [...checks.flat(), ...answer];
  let at = 0;
  for (const check of checks) {
    at += check.length;
    // A jump counts from the instruction after it.
    check.at(-1)?.writeInt16LE(whole.length - at, 2);
  }
  return whole;
}

/**
 * Compiles a device list to an eBPF program of the type BPF_PROG_TYPE_CGROUP_DEVICE, which is how cgroup v2 has one
 * (cgroup-v2.rst, "Device controller"). The last rule that fits decides, as on v1, where each write amends the list; what no
 * rule fits is denied.
 *
 * @returns the instructions, eight bytes each
 */
export function compileDeviceFilter(rules: readonly DeviceRule[]): Uint8Array {
  const body: Buffer[] = [];
  for (const rule of rules.map(ruleOf).reverse()) {
    body.push(...compileRule(rule));
    // Whatever stood before a rule for everything is void; the kernel refuses instructions that cannot be reached.
    if (rule.type === undefined && rule.access === ANY_ACCESS) return Buffer.concat([...prologue(), ...body]);
  }
  body.push(instruction(MOVE_NUMBER, RESULT, 0, 0, 0), instruction(EXIT, 0, 0, 0, 0));
  return Buffer.concat([...prologue(), ...body]);
}

/** Takes struct bpf_cgroup_dev_ctx apart: the type in the low half of the first word, the access in the high one. */
function prologue(): Buffer[] {
  return [
    instruction(LOAD_WORD, TYPE, SCRATCH, 0, 0),
    instruction(LOAD_WORD, WANTED, SCRATCH, 0, 0),
    instruction(LOAD_WORD, MAJOR, SCRATCH, 4, 0),
    instruction(LOAD_WORD, MINOR, SCRATCH, 8, 0),
    instruction(AND_NUMBER, TYPE, 0, 0, 0xffff),
    instruction(SHIFT_RIGHT_NUMBER, WANTED, 0, 0, 16),
  ];
}
