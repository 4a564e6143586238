import { LibpodError } from '../base/errors.js';

/** Refuses an option of the user's. The sentence names what was written, what is wrong and what to do. */
export function invalid(sentence: string): never {
  throw new LibpodError('ERR_INVALID_ARGUMENT', sentence);
}

/** A whole number from `min` to `max`, both included. */
export function requireWhole(value: number, name: string, min: number, max: number = 2 ** 53 - 1): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  return invalid(`${name} is ${value}, but must be a whole number from ${min} to ${max}`);
}
