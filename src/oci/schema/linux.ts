import * as v from 'valibot';

import {
  DEVICE_TYPES,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  NAMESPACE_TYPES,
  PERSONALITY_DOMAINS,
  ROOTFS_PROPAGATIONS,
} from '../names.js';
import {
  list,
  object,
  optionalFlag,
  optionalIdMappings,
  optionalInt64,
  optionalText,
  optionalTexts,
  optionalUint32,
  record,
  text,
  whole,
} from './parts.js';
import { resourcesSchema } from './resources.js';
import { seccompSchema } from './seccomp.js';

const timeOffset = v.optional(object({ secs: optionalInt64, nanosecs: v.optional(whole(0, 999_999_999)) }));

const deviceSchema = object({
  path: text,
  type: v.picklist(DEVICE_TYPES),
  major: optionalInt64,
  minor: optionalInt64,
  fileMode: optionalUint32,
  uid: optionalUint32,
  gid: optionalUint32,
});

/** config-linux.md. */
export const linuxSchema = object({
  uidMappings: optionalIdMappings,
  gidMappings: optionalIdMappings,
  sysctl: v.optional(record(text)),
  resources: v.optional(resourcesSchema),
  cgroupsPath: optionalText,
  namespaces: v.optional(list(object({ type: v.picklist(NAMESPACE_TYPES), path: optionalText }))),
  devices: v.optional(list(deviceSchema)),
  seccomp: v.optional(seccompSchema),
  rootfsPropagation: v.optional(v.picklist(ROOTFS_PROPAGATIONS)),
  maskedPaths: optionalTexts,
  readonlyPaths: optionalTexts,
  mountLabel: optionalText,
  intelRdt: v.optional(
    object({
      closID: optionalText,
      schemata: optionalTexts,
      l3CacheSchema: optionalText,
      memBwSchema: optionalText,
      enableMonitoring: optionalFlag,
      enableCMT: optionalFlag,
      enableMBM: optionalFlag,
    }),
  ),
  personality: v.optional(object({ domain: v.picklist(PERSONALITY_DOMAINS), flags: optionalTexts })),
  timeOffsets: v.optional(object({ monotonic: timeOffset, boottime: timeOffset })),
  memoryPolicy: v.optional(
    object({
      mode: v.picklist(MEMORY_POLICY_MODES),
      nodes: optionalText,
      flags: v.optional(list(v.picklist(MEMORY_POLICY_FLAGS))),
    }),
  ),
  netDevices: v.optional(record(object({ name: optionalText }))),
});
