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

export const text = v.string();
export const flag = v.boolean();
export const texts = v.array(text);
export const optionalText = v.optional(text);
export const optionalTexts = v.optional(texts);
export const optionalFlag = v.optional(flag);
export const optionalUint32 = v.optional(uint32);
export const optionalUint64 = v.optional(uint64);
export const optionalInt64 = v.optional(int64);

/** user_namespaces(7): runs of IDs. */
export const optionalIdMappings = v.optional(
  v.array(object({ containerID: uint32, hostID: uint32, size: whole(1, 2 ** 32 - 1) })),
);
