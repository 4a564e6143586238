import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAPABILITY_NAMES } from '../../../src/base/capabilities.js';
import { validateSeccomp } from '../../../src/oci/validate-seccomp.js';
import {
  isConditional,
  resolveConditions,
  type ConditionalProfile,
  type ProfileFacts,
} from '../../../src/spec/seccomp/conditional.js';
import { evaluate } from './seccomp-evaluate.js';
import { requires } from '../../support/requires.js';

const FACTS: ProfileFacts = { capabilities: ['CAP_CHOWN'], architecture: 'x64', kernel: '6.1.0-18-amd64' };

/** Which of some rules, named by their first system call, hold. */
function holding(
  rules: NonNullable<ConditionalProfile['syscalls']>,
  facts: Partial<ProfileFacts> = {},
): string[] {
  const profile = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: rules };
  const { syscalls = [] } = validateSeccomp(resolveConditions(profile, { ...FACTS, ...facts }), 'profile');
  return syscalls.flatMap(({ names }) => names);
}

const rule = (name: string, more: object = {}) => ({ names: [name], action: 'SCMP_ACT_ALLOW', ...more });

describe('a profile in the form of podman and docker', () => {
  it('is told by its conditions', () => {
    expect(isConditional({ defaultAction: 'x', syscalls: [{ names: [], action: 'x' }] })).toBe(false);
    expect(isConditional({ defaultAction: 'x' })).toBe(false);
    expect(isConditional({ archMap: [] })).toBe(true);
    expect(isConditional({ syscalls: [{ includes: {} }] })).toBe(true);
  });

  it('has the rules whose conditions hold', () => {
    const rules = [
      rule('read'),
      rule('chown', { includes: { caps: ['CAP_CHOWN'] } }),
      rule('bpf', { includes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } }),
      rule('write', { excludes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } }),
      rule('open', { excludes: { caps: ['CAP_BPF'] } }),
      rule('arch_prctl', { includes: { arches: ['amd64', 'x32'] } }),
      rule('cacheflush', { includes: { arches: ['arm', 'arm64'] } }),
      rule('close', { excludes: { arches: ['amd64'] } }),
      rule('ptrace', { includes: { minKernel: '4.8' } }),
      rule('fork', { includes: { minKernel: '6.2' } }),
      rule('vfork', { includes: { minKernel: '6.1' }, excludes: {} }),
      { name: 'stat', action: 'SCMP_ACT_ALLOW', args: null, includes: null, comment: '' },
    ];
    expect(holding(rules)).toEqual(['read', 'chown', 'open', 'arch_prctl', 'ptrace', 'vfork', 'stat']);
    expect(holding(rules, { architecture: 'arm64', capabilities: [], kernel: '7.0' })).toEqual([
      'read',
      'write',
      'open',
      'cacheflush',
      'close',
      'ptrace',
      'fork',
      'vfork',
      'stat',
    ]);
  });

  it('has the tables of its processor', () => {
    const archMap = [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    ];
    const of = (architecture: string) =>
      resolveConditions({ archMap, syscalls: [] }, { ...FACTS, architecture })['architectures'];
    expect(of('x64')).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
    expect(of('arm64')).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
  });

  it.each([
    [{ includes: { caps: ['CAP_CHOWN'], phase: 'moon' } }, 'the unknown condition "phase"'],
    [{ excludes: { minKernel: 'new' } }, 'the minKernel "new"'],
  ])('%j is refused', (condition, words) => {
    expect(() => holding([rule('read', condition)])).toThrow(words);
  });
});

describe.skipIf(!requires({ podman: true }))('the profile that podman brings', () => {
  it('is read whole', () => {
    const text = readFileSync('/usr/share/containers/seccomp.json', 'utf8');
    const read = (capabilities: readonly string[]) =>
      validateSeccomp(
        resolveConditions(JSON.parse(text) as ConditionalProfile, { ...FACTS, capabilities }),
        'it',
      );
    expect(evaluate(read([]), 'chroot')).toBe(1);
    expect(evaluate(read(['CAP_SYS_CHROOT']), 'chroot')).toBe('allow');
    expect(evaluate(read([]), 'execve')).toBe('allow');
    expect(evaluate(read(CAPABILITY_NAMES), 'bpf')).toBe('allow');
    expect(evaluate(read([]), 'io_uring_setup')).toBe(38);
  });
});
