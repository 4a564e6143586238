import * as v from 'valibot';

import { SECCOMP_ACTIONS, SECCOMP_ARCHITECTURES, SECCOMP_FLAGS, SECCOMP_OPERATORS } from '../names.js';
import { list, object, optionalText, optionalUint64, texts, uint64, whole } from './parts.js';

/** SECCOMP_RET_DATA, in which the kernel carries the errno, has 16 bits: seccomp(2). */
const errno = v.optional(whole(0, 0xffff));

const argSchema = object({
  index: whole(0, 5),
  value: uint64,
  valueTwo: optionalUint64,
  op: v.picklist(SECCOMP_OPERATORS),
});

/** config-linux.md, "Seccomp". */
export const seccompSchema = object({
  defaultAction: v.picklist(SECCOMP_ACTIONS),
  defaultErrnoRet: errno,
  architectures: v.optional(list(v.picklist(SECCOMP_ARCHITECTURES))),
  flags: v.optional(list(v.picklist(SECCOMP_FLAGS))),
  listenerPath: optionalText,
  listenerMetadata: optionalText,
  syscalls: v.optional(
    list(
      object({
        names: v.pipe(texts, v.minLength(1, 'a list of at least one name')),
        action: v.picklist(SECCOMP_ACTIONS),
        errnoRet: errno,
        args: v.optional(list(argSchema)),
      }),
    ),
  ),
});
