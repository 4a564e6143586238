import * as v from 'valibot';

import { IO_PRIORITY_CLASSES, RLIMIT_TYPES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from '../names.js';
import {
  list,
  object,
  optionalFlag,
  optionalText,
  optionalTexts,
  optionalUint64,
  text,
  texts,
  uint32,
  uint64,
  whole,
} from './parts.js';

/** 4294967295 is -1 as the kernel reads it: "leave it as it is", and so nobody's number. */
const id = whole(0, 2 ** 32 - 2);

/** NGROUPS_MAX of <linux/limits.h>. */
const MOST_GROUPS = 65_536;

const userSchema = object({
  uid: id,
  gid: id,
  umask: v.optional(whole(0, 0o777)),
  additionalGids: v.optional(list(id, MOST_GROUPS)),
  username: optionalText,
});

const capabilitiesSchema = object({
  effective: optionalTexts,
  bounding: optionalTexts,
  inheritable: optionalTexts,
  permitted: optionalTexts,
  ambient: optionalTexts,
});

const schedulerSchema = object({
  policy: v.picklist(SCHEDULER_POLICIES),
  nice: v.optional(whole(-20, 19)),
  priority: v.optional(whole(0, 99)),
  flags: v.optional(list(v.picklist(SCHEDULER_FLAGS))),
  runtime: optionalUint64,
  deadline: optionalUint64,
  period: optionalUint64,
});

/** config.md, "Process" and "POSIX process". */
export const processSchema = object({
  terminal: optionalFlag,
  consoleSize: v.optional(object({ height: uint32, width: uint32 })),
  user: userSchema,
  args: texts,
  env: optionalTexts,
  cwd: text,
  capabilities: v.optional(capabilitiesSchema),
  rlimits: v.optional(list(object({ type: v.picklist(RLIMIT_TYPES), soft: uint64, hard: uint64 }))),
  noNewPrivileges: optionalFlag,
  apparmorProfile: optionalText,
  oomScoreAdj: v.optional(whole(-1000, 1000)),
  scheduler: v.optional(schedulerSchema),
  selinuxLabel: optionalText,
  ioPriority: v.optional(object({ class: v.picklist(IO_PRIORITY_CLASSES), priority: whole(0, 7) })),
  execCPUAffinity: v.optional(object({ initial: optionalText, final: optionalText })),
});

/** config.md, "POSIX-platform Hooks". */
const hooks = v.optional(
  list(
    object({
      path: text,
      args: optionalTexts,
      env: optionalTexts,
      timeout: v.optional(whole(1, 2 ** 31 - 1)),
    }),
  ),
);

export const hooksSchema = object({
  prestart: hooks,
  createRuntime: hooks,
  createContainer: hooks,
  startContainer: hooks,
  poststart: hooks,
  poststop: hooks,
});
