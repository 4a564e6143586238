import * as v from 'valibot';

import type { RuntimeSpec } from '../runtime-spec.js';
import { linuxSchema } from './linux.js';
import {
  list,
  object,
  optionalFlag,
  optionalIdMappings,
  optionalText,
  optionalTexts,
  record,
  text,
} from './parts.js';
import { hooksSchema, processSchema } from './process.js';

/** config.md: the shape of a config.json. What a shape cannot say is in check.ts. */
export const runtimeSpecSchema: v.GenericSchema<unknown, RuntimeSpec> = object({
  ociVersion: text,
  process: processSchema,
  root: object({ path: text, readonly: optionalFlag }),
  hostname: optionalText,
  domainname: optionalText,
  mounts: v.optional(
    list(
      object({
        destination: text,
        type: optionalText,
        source: optionalText,
        options: optionalTexts,
        uidMappings: optionalIdMappings,
        gidMappings: optionalIdMappings,
      }),
    ),
  ),
  hooks: v.optional(hooksSchema),
  annotations: v.optional(record(v.string())),
  linux: v.optional(linuxSchema),
});
