import * as v from 'valibot';

import { DEVICE_RULE_TYPES } from '../names.js';
import {
  flag,
  list,
  int64,
  object,
  optionalFlag,
  optionalInt64,
  optionalText,
  optionalUint32,
  optionalUint64,
  record,
  text,
  uint32,
  uint64,
  whole,
} from './parts.js';

/** cgroup v1, blkio.weight. */
const weight = v.optional(whole(10, 1000));

const throttle = v.optional(list(object({ major: int64, minor: int64, rate: uint64 })));

/** config-linux.md, "Control groups". */
export const resourcesSchema = object({
  devices: v.optional(
    list(
      object({
        allow: flag,
        type: v.optional(v.picklist(DEVICE_RULE_TYPES)),
        major: optionalInt64,
        minor: optionalInt64,
        access: v.optional(v.pipe(text, v.regex(/^[rwm]+$/, 'letters of "rwm"'))),
      }),
    ),
  ),
  memory: v.optional(
    object({
      limit: optionalInt64,
      reservation: optionalInt64,
      swap: optionalInt64,
      kernel: optionalInt64,
      kernelTCP: optionalInt64,
      swappiness: v.optional(whole(0, 100)),
      disableOOMKiller: optionalFlag,
      useHierarchy: optionalFlag,
      checkBeforeUpdate: optionalFlag,
    }),
  ),
  cpu: v.optional(
    object({
      shares: optionalUint64,
      quota: optionalInt64,
      burst: optionalUint64,
      period: optionalUint64,
      realtimeRuntime: optionalInt64,
      realtimePeriod: optionalUint64,
      cpus: optionalText,
      mems: optionalText,
      idle: optionalInt64,
    }),
  ),
  pids: v.optional(object({ limit: int64 })),
  blockIO: v.optional(
    object({
      weight,
      leafWeight: weight,
      weightDevice: v.optional(list(object({ major: int64, minor: int64, weight, leafWeight: weight }))),
      throttleReadBpsDevice: throttle,
      throttleWriteBpsDevice: throttle,
      throttleReadIOPSDevice: throttle,
      throttleWriteIOPSDevice: throttle,
    }),
  ),
  hugepageLimits: v.optional(
    list(
      object({
        pageSize: v.pipe(text, v.regex(/^[1-9]\d*[KMG]B$/, 'a size such as "2MB"')),
        limit: uint64,
      }),
    ),
  ),
  network: v.optional(
    object({
      classID: optionalUint32,
      priorities: v.optional(list(object({ name: text, priority: uint32 }))),
    }),
  ),
  rdma: v.optional(record(object({ hcaHandles: optionalUint32, hcaObjects: optionalUint32 }))),
  unified: v.optional(record(text)),
});
