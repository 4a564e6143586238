import { LibpodError } from '../base/errors.js';
import type { LinuxSeccomp, LinuxSeccompArg } from '../oci/runtime-spec.js';

/** What a seccomp compiler takes: the numbers of libseccomp's interface and of <linux/audit.h>. */
export interface SeccompRules {
  readonly defaultAction: number;
  readonly architectures: readonly number[];
  readonly rules: readonly {
    readonly name: string;
    readonly action: number;
    readonly comparisons: readonly (readonly [index: number, op: number, value: bigint, valueTwo: bigint])[];
  }[];
}

const EPERM = 1;
/** <linux/seccomp.h>; ERRNO and TRACE carry a value in their low half. */
const ACTIONS: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL: 0x0000_0000,
  SCMP_ACT_KILL_THREAD: 0x0000_0000,
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

/** AUDIT_ARCH_*: the machine of <linux/elf-em.h>, and whether it is 64-bit and little-endian. */
const ARCHITECTURES: Readonly<Record<string, number>> = {
  SCMP_ARCH_X86: 0x4000_0003,
  SCMP_ARCH_X86_64: 0xc000_003e,
  SCMP_ARCH_X32: 0x4000_003e,
  SCMP_ARCH_ARM: 0x4000_0028,
  SCMP_ARCH_AARCH64: 0xc000_00b7,
  SCMP_ARCH_MIPS: 0x0000_0008,
  SCMP_ARCH_MIPS64: 0x8000_0008,
  SCMP_ARCH_MIPS64N32: 0xa000_0008,
  SCMP_ARCH_MIPSEL: 0x4000_0008,
  SCMP_ARCH_MIPSEL64: 0xc000_0008,
  SCMP_ARCH_MIPSEL64N32: 0xe000_0008,
  SCMP_ARCH_PPC: 0x0000_0014,
  SCMP_ARCH_PPC64: 0x8000_0015,
  SCMP_ARCH_PPC64LE: 0xc000_0015,
  SCMP_ARCH_S390: 0x0000_0016,
  SCMP_ARCH_S390X: 0x8000_0016,
  SCMP_ARCH_LOONGARCH64: 0xc000_0102,
  SCMP_ARCH_M68K: 0x0000_0004,
  SCMP_ARCH_SH: 0x4000_002a,
  SCMP_ARCH_SHEB: 0x0000_002a,
  SCMP_ARCH_PARISC: 0x0000_000f,
  SCMP_ARCH_PARISC64: 0x8000_000f,
  SCMP_ARCH_RISCV64: 0xc000_00f3,
};

/** enum scmp_compare of seccomp_rule_add(3). */
const OPERATORS: Readonly<Record<string, number>> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** Whether a filter with this action, or for this architecture, is compiled here. */
export const isKnownAction = (action: string): boolean => action in ACTIONS;
export const isKnownArchitecture = (name: string): boolean => name in ARCHITECTURES;

function actionNumber(action: string, errno: number | undefined): number {
  const number = ACTIONS[action];
  if (number === undefined) {
    throw new LibpodError('ERR_SPEC_UNSUPPORTED', `seccomp action ${action} is not supported`);
  }
  const carries = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
  return carries ? (number | (errno ?? EPERM)) >>> 0 : number;
}

function comparison(arg: LinuxSeccompArg): readonly [number, number, bigint, bigint] {
  const op = OPERATORS[arg.op];
  if (op === undefined) throw new LibpodError('ERR_SPEC_INVALID', `seccomp operator ${arg.op} is not known`);
  return [arg.index, op, BigInt(arg.value), BigInt(arg.valueTwo ?? 0)];
}

/**
 * A seccomp section as rules for a compiler (OCI config-linux, "Seccomp"). Two comparisons of one argument are two rules,
 * either of which suffices, since libseccomp knows one comparison an argument; so runc and crun read it too.
 *
 * @throws LibpodError ERR_SPEC_UNSUPPORTED, ERR_SPEC_INVALID
 */
export function seccompRules(seccomp: LinuxSeccomp): SeccompRules {
  const defaultAction = actionNumber(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const architectures = (seccomp.architectures ?? []).map((name) => {
    const number = ARCHITECTURES[name];
    if (number !== undefined) return number;
    throw new LibpodError('ERR_SPEC_UNSUPPORTED', `seccomp architecture ${name} is not supported`);
  });
  const rules: {
    name: string;
    action: number;
    comparisons: (readonly [number, number, bigint, bigint])[];
  }[] = [];
  for (const { names, action, errnoRet, args = [] } of seccomp.syscalls ?? []) {
    const number = actionNumber(action, errnoRet);
    // libseccomp refuses a rule that repeats the default.
    if (number === defaultAction) continue;
    const repeated = new Set(args.map(({ index }) => index)).size < args.length;
    const comparisons = args.map(comparison);
    for (const name of names) {
      if (repeated) for (const one of comparisons) rules.push({ name, action: number, comparisons: [one] });
      else rules.push({ name, action: number, comparisons });
    }
  }
  return { defaultAction, architectures, rules };
}
