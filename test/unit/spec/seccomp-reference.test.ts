import { describe, expect, it } from 'vitest';

import { CAPABILITY_NAMES } from '../../../src/base/capabilities.js';
import { defaultSeccompProfile } from '../../../src/spec/seccomp/profile.js';
import { evaluate, holds } from './seccomp-evaluate.js';
import { installedReference, storedReference, type SocketRule } from './seccomp-reference.js';

/*
 * The default profile beside that of containers-common. With all capabilities but one, each system call must
 * have the answer that containers-common gives, but for these, which are stricter on purpose.
 */

/**
 * Not let pass without CAP_SYS_ADMIN, although containers-common does; clone and unshare are held back only
 * with flags that make namespaces.
 */
const NEEDS_ADMIN = new Set([
  'clone3',
  'fsconfig',
  'fsmount',
  'fsopen',
  'fspick',
  'mount_setattr',
  'move_mount',
  'open_tree',
]);

/** Never let pass, although containers-common does. */
const CLOSED = new Set(['keyctl']);

/** containers-common lists it both as let pass and as refused without CAP_SYS_ADMIN; the refusal is taken. */
const LISTED_TWICE = new Set(['setns']);

const EPERM = 1;

/** Address families that containers-common lets pass: AF_ALG and AF_VSOCK. */
const CLOSED_FAMILIES = [38, 40];

/** What containers-common answers to socket(2): where its rules overlap, the refusal is meant. */
function referenceAnswer(
  rules: readonly SocketRule[],
  capabilities: readonly string[],
  args: readonly bigint[],
) {
  const holding = rules.filter(
    (rule) =>
      rule.with.every((name) => capabilities.includes(name)) &&
      !rule.without.some((name) => capabilities.includes(name)) &&
      rule.args.every((condition) => holds(condition, args)),
  );
  return (
    holding.find(({ action }) => action !== 'SCMP_ACT_ALLOW')?.errnoRet ?? (holding.length > 0 ? 'allow' : 38)
  );
}

// Where the package is not installed the stored facts stand in, so the comparison always runs.
const stored = storedReference();
const references = [['stored', stored] as const, ['installed', installedReference() ?? stored] as const];

describe.each(references)('the %s profile of containers-common', (_, reference) => {
  const profileWithout = (missing?: string, architecture: 'x64' | 'arm64' = 'x64') =>
    defaultSeccompProfile({
      capabilities: CAPABILITY_NAMES.filter((name) => name !== missing),
      architecture,
    });

  it('has the same default and architectures', () => {
    for (const architecture of ['x64', 'arm64'] as const) {
      const { defaultAction, defaultErrnoRet, architectures } = profileWithout(undefined, architecture);
      expect({ defaultAction, defaultErrnoRet, architectures }).toEqual({
        defaultAction: reference.defaultAction,
        defaultErrnoRet: reference.defaultErrnoRet,
        architectures: reference.architectures[architecture],
      });
    }
  });

  it('lets the same pass with all capabilities', () => {
    const ours = profileWithout();
    const passing = new Set(
      ours.syscalls?.filter((r) => r.action === 'SCMP_ACT_ALLOW').flatMap((r) => r.names),
    );
    const theirs = [
      ...reference.allow,
      ...Object.values(reference.byCapability).flat(),
      ...reference.byArchitecture.x64,
      'personality',
      'socket',
    ];
    const open = theirs.filter((name) => !CLOSED.has(name));
    expect([...passing].sort()).toEqual([...new Set(open)].sort());
  });

  it('lets the same pass without any, but for the intended differences', () => {
    const ours = defaultSeccompProfile({ capabilities: [], architecture: 'x64' });
    for (const name of reference.allow) {
      const strict = CLOSED.has(name) || NEEDS_ADMIN.has(name) || LISTED_TWICE.has(name);
      expect([name, evaluate(ours, name) === 'allow']).toEqual([name, !strict]);
    }
  });

  it('refuses the same', () => {
    const ours = profileWithout();
    const refused = ours.syscalls?.filter((r) => r.action === 'SCMP_ACT_ERRNO' && r.args === undefined);
    expect(refused?.flatMap((rule) => rule.names).sort()).toEqual([...reference.refuse].sort());
    for (const name of reference.refuse) expect([name, evaluate(ours, name)]).toEqual([name, EPERM]);
  });

  it('refuses the same without one capability', () => {
    for (const [capability, names] of Object.entries(reference.byCapability)) {
      const ours = profileWithout(capability);
      for (const name of names) expect([name, evaluate(ours, name)]).toEqual([name, EPERM]);
    }
  });

  it('has the same personalities and names of processors', () => {
    for (const architecture of ['x64', 'arm64'] as const) {
      const ours = profileWithout(undefined, architecture);
      for (const name of reference.byArchitecture[architecture]) expect(evaluate(ours, name)).toBe('allow');
    }
    const values = profileWithout()
      .syscalls?.filter(({ names }) => names.includes('personality'))
      .flatMap(({ args }) => args?.map(({ value }) => value));
    expect(values).toEqual(reference.personality);
  });

  it('makes the same sockets of the families of the kernel, but for two', () => {
    for (const capabilities of [[], ['CAP_AUDIT_WRITE']]) {
      const ours = defaultSeccompProfile({ capabilities, architecture: 'x64' });
      for (let family = 0; family <= 45; family++) {
        if (CLOSED_FAMILIES.includes(family)) continue;
        for (let protocol = 0; protocol <= 22; protocol++) {
          const args = [BigInt(family), 1n, BigInt(protocol)];
          const answer = evaluate(ours, 'socket', ...args);
          expect([family, protocol, answer]).toEqual([
            family,
            protocol,
            referenceAnswer(reference.socket, capabilities, args),
          ]);
        }
      }
    }
  });
});
