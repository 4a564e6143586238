import { SECCOMP_ARCHITECTURES, type SeccompArchitecture } from '../../oci/names.js';
import { show } from '../../oci/problem.js';
import { invalid } from '../invalid.js';

/**
 * A profile in the form of podman and docker (containers-common, docs/containers-seccomp.json.5; moby,
 * profiles/seccomp): that of the runtime specification, with architectures by processor and rules that depend on the
 * container and the kernel. It is written for many machines.
 */
export interface ConditionalProfile {
  readonly archMap?:
    readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] | null }[] | null;
  readonly syscalls?: readonly ConditionalRule[] | null;
  readonly [field: string]: unknown;
}

interface ConditionalRule {
  readonly name?: string;
  readonly names?: readonly string[] | null;
  readonly args?: readonly unknown[] | null;
  readonly includes?: Condition | null;
  readonly excludes?: Condition | null;
  readonly [field: string]: unknown;
}

interface Condition {
  /** Processors in the words of Go: `amd64`. */
  readonly arches?: readonly string[] | null;
  /** Names such as `CAP_SYS_ADMIN`, of the bounding set. */
  readonly caps?: readonly string[] | null;
  /** The least kernel, such as `4.8`. */
  readonly minKernel?: string | null;
}

/** What the conditions of a profile are about. */
export interface ProfileFacts {
  readonly capabilities: readonly string[];
  /** In the words of process.arch. */
  readonly architecture: string;
  /** As uname(2) tells it: `6.1.0-18-amd64`. */
  readonly kernel: string;
}

/** Processors: their names in Go, by those in Node, and the native table of libseccomp. */
const PROCESSORS: Readonly<Record<string, readonly [go: string, native: string]>> = {
  x64: ['amd64', 'SCMP_ARCH_X86_64'],
  arm64: ['arm64', 'SCMP_ARCH_AARCH64'],
};

const CONDITIONS = new Set(['arches', 'caps', 'minKernel']);

/** Whether a profile is in this form, and not in that of the runtime specification. */
export function isConditional(profile: object): profile is ConditionalProfile {
  const { archMap, syscalls } = profile as ConditionalProfile;
  const conditional = (rule: unknown): boolean =>
    typeof rule === 'object' &&
    rule !== null &&
    ['includes', 'excludes', 'name', 'comment'].some((field) => field in rule);
  return (
    (archMap !== undefined && archMap !== null) || (Array.isArray(syscalls) && syscalls.some(conditional))
  );
}

/** Whether a kernel is at least as new: the first two numbers count. */
function isAtLeast(kernel: string, least: string): boolean {
  const numbers = (text: string): [number, number] => {
    const match = /^(\d+)\.(\d+)/.exec(text);
    if (match === null)
      invalid(`the seccomp profile has the minKernel ${show(text)}; write one such as "4.8"`);
    return [Number(match[1]), Number(match[2])];
  };
  const [[major, minor], [leastMajor, leastMinor]] = [numbers(kernel), numbers(least)];
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** The answers to the conditions that there are: some processor fits, all capabilities are held, the kernel is new enough. */
function answers(condition: Condition, facts: ProfileFacts): boolean[] {
  const unknown = Object.keys(condition).find((name) => !CONDITIONS.has(name));
  // Passed over, a condition that is not understood might allow what it was to refuse.
  if (unknown !== undefined)
    invalid(`the seccomp profile has a rule with the unknown condition ${show(unknown)}`);
  const { arches, caps, minKernel } = condition;
  return [
    ...(arches?.length ? [arches.includes(PROCESSORS[facts.architecture]?.[0] ?? facts.architecture)] : []),
    ...(caps?.length ? [caps.every((capability) => facts.capabilities.includes(capability))] : []),
    ...(minKernel ? [isAtLeast(facts.kernel, minKernel)] : []),
  ];
}

/** All of `includes` must hold, and nothing of `excludes`. */
function applies({ includes, excludes }: ConditionalRule, facts: ProfileFacts): boolean {
  // Of the capabilities to be excluded, one suffices.
  const excluded = (excludes?.caps ?? []).some((capability) => facts.capabilities.includes(capability));
  const others = answers({ ...excludes, caps: null }, facts);
  return answers(includes ?? {}, facts).every(Boolean) && !excluded && !others.some(Boolean);
}

function architectures(
  { archMap }: ConditionalProfile,
  { architecture }: ProfileFacts,
): SeccompArchitecture[] {
  const native = PROCESSORS[architecture]?.[1];
  const entry = archMap?.find((one) => one.architecture === native);
  const all = entry === undefined ? [] : [entry.architecture, ...(entry.subArchitectures ?? [])];
  return all.filter((name): name is SeccompArchitecture =>
    SECCOMP_ARCHITECTURES.some((known) => known === name),
  );
}

/**
 * The filter that a profile is for one container: in the form of the runtime specification, still to be validated.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a condition that is not understood
 */
export function resolveConditions(profile: ConditionalProfile, facts: ProfileFacts): Record<string, unknown> {
  const { archMap, syscalls, ...fields } = profile;
  const rules = (syscalls ?? []).filter((rule) => applies(rule, facts));
  return {
    ...fields,
    ...(archMap && { architectures: architectures(profile, facts) }),
    syscalls: rules.map(({ name, names, args, action, errnoRet }) => ({
      names: names ?? [name],
      action,
      ...(errnoRet !== undefined && errnoRet !== null && { errnoRet }),
      ...(args?.length && { args }),
    })),
  };
}
