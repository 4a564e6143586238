import type { LinuxSeccomp, LinuxSeccompArg } from '../../../src/oci/runtime-spec.js';

/** Whether a condition holds for the registers of a system call of a 64-bit program: seccomp_rule_add(3). */
export function holds({ index, value, valueTwo = 0, op }: LinuxSeccompArg, args: readonly bigint[]): boolean {
  const actual = args[index] ?? 0n;
  const wanted = BigInt(value);
  switch (op) {
    case 'SCMP_CMP_NE':
      return actual !== wanted;
    case 'SCMP_CMP_LT':
      return actual < wanted;
    case 'SCMP_CMP_LE':
      return actual <= wanted;
    case 'SCMP_CMP_EQ':
      return actual === wanted;
    case 'SCMP_CMP_GE':
      return actual >= wanted;
    case 'SCMP_CMP_GT':
      return actual > wanted;
    case 'SCMP_CMP_MASKED_EQ':
      return (actual & wanted) === BigInt(valueTwo);
  }
}

/**
 * What a filter answers to a system call: `allow` or an errno. Fails where two rules that hold answer
 * differently, as then the answer is up to the compiler of the filter.
 */
export function evaluate(profile: LinuxSeccomp, name: string, ...args: bigint[]): 'allow' | number {
  const answers = new Set<'allow' | number>();
  for (const rule of profile.syscalls ?? []) {
    if (!rule.names.includes(name) || !(rule.args ?? []).every((condition) => holds(condition, args)))
      continue;
    answers.add(rule.action === 'SCMP_ACT_ALLOW' ? 'allow' : (rule.errnoRet ?? 1));
  }
  const [answer, ...others] = answers;
  if (others.length > 0)
    throw new Error(`${name}(${args.join(', ')}) has the answers ${[...answers].join(', ')}`);
  return answer ?? profile.defaultErrnoRet ?? 1;
}
