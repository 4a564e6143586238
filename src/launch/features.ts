import { CAPABILITY_NAMES } from '../base/capabilities.js';
import {
  HOOK_POINTS,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  NAMESPACE_TYPES,
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from '../oci/names.js';
import { MOUNT_OPTIONS } from './mount-options.js';
import { isKnownAction, isKnownArchitecture } from './seccomp.js';

/**
 * What of the runtime specification's vocabularies is carried out here (features.md, features-linux.md). What the kernel or
 * libseccomp of a machine lacks is no part of it.
 */
export const FEATURES = {
  hooks: HOOK_POINTS,
  mountOptions: MOUNT_OPTIONS,
  namespaces: NAMESPACE_TYPES,
  capabilities: CAPABILITY_NAMES,
  seccomp: {
    actions: SECCOMP_ACTIONS.filter(isKnownAction),
    operators: SECCOMP_OPERATORS,
    architectures: SECCOMP_ARCHITECTURES.filter(isKnownArchitecture),
    knownFlags: SECCOMP_FLAGS,
    supportedFlags: SECCOMP_FLAGS,
  },
  memoryPolicy: { modes: MEMORY_POLICY_MODES, flags: MEMORY_POLICY_FLAGS },
} as const;
