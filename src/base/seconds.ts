import { LibpodError } from './errors.js';

/** The longest that a timer of Node can wait: 2^31 - 1 milliseconds, some 24 days. */
const LONGEST_MS = 0x7fff_ffff;

/**
 * A time of the caller's, in seconds, as a timer takes it; what is longer than a timer can wait is as long as it can.
 *
 * @param what whose time it is, for the error: `the stop timeout`
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function millisecondsOf(what: string, seconds: number): number {
  if (typeof seconds !== 'number' || Number.isNaN(seconds) || seconds < 0) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${what} is ${String(seconds)}, but must be a number of seconds, 0 or more`,
    );
  }
  return Math.min(seconds * 1000, LONGEST_MS);
}
