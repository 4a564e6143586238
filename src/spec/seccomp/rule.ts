import type { LinuxSeccompArg, LinuxSyscall } from '../../oci/runtime-spec.js';

/** errno(3): the numbers that the profile answers; they are the same on x86-64 and arm64. */
export const EPERM = 1;
export const EINVAL = 22;
export const ENOSYS = 38;
export const EAFNOSUPPORT = 97;

/**
 * One line of the profile. Lines for the same system call never overlap with different answers: which of them
 * would win is up to the compiler of the filter, and libseccomp, for one, does not promise it.
 */
export type Rule = LinuxSyscall;

/** Lets system calls pass, if all conditions hold. */
export function allow(names: readonly string[], args: readonly LinuxSeccompArg[] = []): Rule {
  return { names: [...names], action: 'SCMP_ACT_ALLOW', ...(args.length > 0 && { args: [...args] }) };
}

/** Answers system calls with an errno, if all conditions hold. */
export function refuse(
  names: readonly string[],
  args: readonly LinuxSeccompArg[] = [],
  errnoRet: number = EPERM,
): Rule {
  return {
    names: [...names],
    action: 'SCMP_ACT_ERRNO',
    errnoRet,
    ...(args.length > 0 && { args: [...args] }),
  };
}

/** Whether all 64 bits of an argument are this value. */
export function equals(index: number, value: number): LinuxSeccompArg {
  return { index, value, op: 'SCMP_CMP_EQ' };
}

/** Whether an argument is below a value, as an unsigned number of 64 bits. */
export function below(index: number, value: number): LinuxSeccompArg {
  return { index, value, op: 'SCMP_CMP_LT' };
}

/**
 * Whether all 64 bits of an argument are not this value: never a reason to allow what must not be reached.
 */
export function differs(index: number, value: number): LinuxSeccompArg {
  return { index, value, op: 'SCMP_CMP_NE' };
}

/** Whether the bits of an argument under a mask are this value. */
export function masked(index: number, mask: number, value: number): LinuxSeccompArg {
  return { index, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' };
}
