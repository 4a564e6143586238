import { isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';
import { textOfBytes } from './byte-text.js';
import type { HasDescriptor } from '../files/descriptor.js';
import { kernelError } from '../kernel-error.js';
import { checkText, fdOf } from '../place.js';

/** The letters of native/sys/layer_diff.h. */
const KINDS = {
  A: 'added',
  C: 'changed',
  c: 'touched',
  d: 'entered',
  D: 'deleted',
  s: 'same',
} as const;

/** A difference between the upper layer of an overlay and what is beneath it, or between a copy and what it is of. */
export interface LayerDifference {
  /** From the root of the layer, with a slash at its beginning; what is no UTF-8 in it is replaced. */
  readonly path: string;
  /**
   * `deleted` also for a directory that was replaced by one of its own. Of directories: `touched`, if only its time or size is
   * another; `entered`, if it is as it was, and is there for something in it. `same`: a file of a copy that is as it was.
   */
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
}

/**
 * Compares the upper layer of an overlay with what is beneath it, by its whiteouts and opaque directories. Each directory
 * comes before what is in it, names in the order of their bytes. On a thread of its own; neither side is trusted.
 *
 * @param upper the layer's path; a missing one has no differences
 * @param lower what is beneath it, as one directory
 * @param options.copy `upper` is no layer, but a copy of the whole of `lower` that was changed since: all of its directories
 *   and files are told of
 */
export async function compareLayers(
  upper: string,
  lower: HasDescriptor,
  { copy = false }: { readonly copy?: boolean | undefined } = {},
): Promise<LayerDifference[]> {
  checkText('the upper layer', upper);
  const answer = await addon.compareLayers(upper, fdOf('the lower layer', lower), copy);
  if (isFailure(answer)) {
    throw kernelError(`compare the layer ${upper}`, answer, {
      ELOOP: 'directories are nested deeper than 400 levels',
    });
  }
  return answer
    .split('\0')
    .slice(0, -1)
    .map((line) => ({ path: textOfBytes(line.slice(1)), kind: KINDS[line[0] as keyof typeof KINDS] }));
}
