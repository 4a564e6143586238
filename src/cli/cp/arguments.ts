import { UsageError } from '../errors.js';

/** One side of a copy: a path of the host, or of a container. */
export interface CopyPlace {
  /** A name or an ID; undefined for the host. */
  readonly container: string | undefined;
  readonly path: string;
}

/**
 * Reads `[CONTAINER:]PATH`: podman-cp(1). What begins with a dot or a slash is a path of the host, colons or not.
 */
export function parsePlace(word: string): CopyPlace {
  const colon = word.indexOf(':');
  if (colon <= 0 || word.startsWith('.') || word.startsWith('/'))
    return { container: undefined, path: colon === 0 ? word.slice(1) : word };
  return { container: word.slice(0, colon), path: word.slice(colon + 1) };
}

/**
 * The two sides of a copy.
 *
 * @throws UsageError unless each has a path, and one of them a container
 */
export function parsePlaces(
  from: string,
  to: string,
): { readonly source: CopyPlace; readonly target: CopyPlace } {
  const words = `invalid arguments ${JSON.stringify(from)}, ${JSON.stringify(to)}`;
  const [source, target] = [parsePlace(from), parsePlace(to)];
  if (source.path === '' || target.path === '') throw new UsageError(`${words}: you must specify paths`);
  if (source.container === undefined && target.container === undefined)
    throw new UsageError(`${words}: you must specify one container`);
  return { source, target };
}
