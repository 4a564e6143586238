import type { SeccompArchitecture } from '../../oci/names.js';
import { allow, equals, type Rule } from './rule.js';

/** Processors that the profile is made for, in the words of `process.arch`. */
export type ProfileArchitecture = 'x64' | 'arm64';

/** Tables of system calls by processor: its own, and those of the programs of 32 bits that it also runs. */
export const ARCHITECTURES: Readonly<Record<ProfileArchitecture, readonly SeccompArchitecture[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/** System calls that only some processors have. */
const ARCHITECTURE_NAMES: Readonly<Record<ProfileArchitecture, readonly string[]>> = {
  x64: ['arch_prctl', 'modify_ldt'],
  arm64: [
    'arm_fadvise64_64',
    'arm_sync_file_range',
    'breakpoint',
    'cacheflush',
    'set_tls',
    'sync_file_range2',
  ],
};

/** Rules of a processor. */
export function architectureRules(architecture: ProfileArchitecture): Rule[] {
  return [allow(ARCHITECTURE_NAMES[architecture])];
}

/**
 * The values of personality(2) that pass: Linux, Linux with 32-bit addresses (PER_LINUX32, 8), each also with
 * the flag UNAME26 (0x20000), and 0xffffffff, which asks for the present one. The others loosen the
 * protection of memory, as ADDR_NO_RANDOMIZE does.
 */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** Rules of personality(2). */
export function personalityRules(): Rule[] {
  return PERSONALITIES.map((value) => allow(['personality'], [equals(0, value)]));
}
