import * as v from 'valibot';

/** A whole number from `min` to `max`, both included. Beyond 2^53 it is the nearest double. */
export function whole(min: number, max: number, expected = `a whole number from ${min} to ${max}`) {
  return v.custom<number>(
    (input) => typeof input === 'number' && Number.isInteger(input) && input >= min && input <= max,
    expected,
  );
}

export const uint32 = whole(0, 2 ** 32 - 1);
export const uint64 = whole(0, 2 ** 64, 'a whole number from 0 to 18446744073709551615');
export const int64 = whole(-(2 ** 63), 2 ** 63, 'a whole number of 64 bits');

const isObject = v.custom<Record<string, unknown>>(
  (input) => input !== null && typeof input === 'object' && !Array.isArray(input),
  'an object',
);

/**
 * An object with these members; others are ignored, as the specification asks. valibot's own schema would let
 * an array pass.
 */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(isObject, v.object(entries));
}

/** An object whose members all have the same schema. */
export function record<Schema extends v.GenericSchema>(value: Schema) {
  return v.pipe(isObject, v.record(v.string(), value));
}

/** No array of a specification that means something is longer; a million mounts would take the machine's memory first. */
const MOST_MEMBERS = 10_000;

/** An array, whose length is looked at before its members are. */
export function list<const Schema extends v.GenericSchema>(member: Schema, most = MOST_MEMBERS) {
  const isShort = v.custom<unknown[]>(
    (input) => Array.isArray(input) && input.length <= most,
    `an array of at most ${most} members`,
  );
  return v.pipe(isShort, v.array(member));
}

/** MAX_ARG_STRLEN of <linux/binfmts.h>, without the NUL: the longest string that the kernel takes anywhere. */
const LONGEST_TEXT = 131_071;

export const text = v.pipe(
  v.string(),
  v.maxLength(LONGEST_TEXT, `a string of at most ${LONGEST_TEXT} characters`),
);
export const flag = v.boolean();
export const texts = list(text);
export const optionalText = v.optional(text);
export const optionalTexts = v.optional(texts);
export const optionalFlag = v.optional(flag);
export const optionalUint32 = v.optional(uint32);
export const optionalUint64 = v.optional(uint64);
export const optionalInt64 = v.optional(int64);

/** user_namespaces(7): runs of IDs. */
export const optionalIdMappings = v.optional(
  list(object({ containerID: uint32, hostID: uint32, size: whole(1, 2 ** 32 - 1) })),
);
