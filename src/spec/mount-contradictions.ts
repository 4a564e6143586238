import { show } from '../oci/problem.js';
import type { Mount } from '../oci/runtime-spec.js';
import { invalid } from './invalid.js';

/** Words of which a mount has one at most. The kernel would take the last, and `ro,rw` would be writable. */
const ALTERNATIVES: readonly RegExp[] = [
  /^(ro|rw)$/,
  /^(no)?exec$/,
  /^(no)?suid$/,
  /^(no)?dev$/,
  /^(no)?copy$/,
  /^(no)?tmpcopyup$/,
  /^r?bind$/,
  /^r?idmap$/,
  /^r?(private|slave|shared|unbindable)$/,
];

/**
 * Refuses options of one mount that contradict each other; a word that is only repeated is none.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function refuseContradictions({ destination, options = [] }: Mount): void {
  for (const pattern of ALTERNATIVES) {
    const [first, other] = new Set(options.filter((option) => pattern.test(option)));
    if (first !== undefined && other !== undefined)
      invalid(`the mount at ${show(destination)} is both ${first} and ${other}; leave one out`);
  }
}
