import type { CapabilityName } from '../../base/capabilities.js';
import type { LinuxSeccomp } from '../../oci/runtime-spec.js';
import { ASYNCHRONOUS_IO, DESCRIPTORS, EVENTS, SOCKET_USE } from './names-descriptors.js';
import { FILE_ATTRIBUTES, FILE_CONTENTS, FILE_NAMES, OLD_MOUNTS } from './names-files.js';
import {
  DEBUGGING,
  IDENTITY,
  PROCESSES,
  SCHEDULING,
  SELF_CONFINEMENT,
  SIGNALS,
  THREADS,
} from './names-processes.js';
import { INTERPROCESS, MACHINE, MEMORY, TIME } from './names-system.js';
import { allow, ENOSYS } from './rule.js';
import {
  ARCHITECTURES,
  architectureRules,
  personalityRules,
  type ProfileArchitecture,
} from './rules-architecture.js';
import { capabilityRules } from './rules-capabilities.js';
import { namespaceRules } from './rules-namespaces.js';
import { refusedRule } from './rules-refused.js';
import { socketRules } from './rules-sockets.js';

/** What passes with any capabilities and any arguments. */
const ALWAYS_ALLOWED = [
  ...FILE_NAMES,
  ...FILE_ATTRIBUTES,
  ...FILE_CONTENTS,
  ...OLD_MOUNTS,
  ...DESCRIPTORS,
  ...EVENTS,
  ...ASYNCHRONOUS_IO,
  ...SOCKET_USE,
  ...PROCESSES,
  ...SELF_CONFINEMENT,
  ...DEBUGGING,
  ...THREADS,
  ...SIGNALS,
  ...SCHEDULING,
  ...IDENTITY,
  ...MEMORY,
  ...INTERPROCESS,
  ...TIME,
  ...MACHINE,
];

export interface ProfileOptions {
  /** The bounding set: names such as `CAP_SYS_ADMIN`. */
  readonly capabilities: readonly string[];
  readonly architecture: ProfileArchitecture;
}

/**
 * The system call filter of a container that names none: what containers-common 0.50.1 (podman 4) allows
 * under the same capabilities, less the ways to user namespaces, the new mount interface, AF_ALG and AF_VSOCK
 * (rules-namespaces.ts, rules-sockets.ts), and keys (names-system.ts). A system call in no list answers ENOSYS.
 *
 * @returns a new object, which the caller may change
 */
export function defaultSeccompProfile({ capabilities, architecture }: ProfileOptions): LinuxSeccomp {
  const held = new Set(capabilities);
  const has = (capability: CapabilityName) => held.has(capability);
  const syscalls = [
    allow(ALWAYS_ALLOWED),
    refusedRule(),
    ...architectureRules(architecture),
    ...personalityRules(),
    ...capabilityRules(has),
    ...namespaceRules(has),
    ...socketRules(has),
  ];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    architectures: [...ARCHITECTURES[architecture]],
    syscalls,
  };
}
