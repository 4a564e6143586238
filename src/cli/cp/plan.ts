import path from 'node:path';
import { UsageError } from '../errors.js';

/** What a copy begins with. */
export interface CopySource {
  readonly isDirectory: boolean;
  /** Its path, links followed. */
  readonly path: string;
  /** Whether the path that was written ends in `/.`: the contents are meant. */
  readonly contents: boolean;
}

/** What is at the place that a copy is to lead to; undefined if nothing is there, but its directory is. */
export interface CopyTarget {
  readonly isDirectory: boolean;
  /** Its path, links followed. */
  readonly path: string;
}

/** How the copy is made: an archive with this top entry, unpacked in this directory. */
export interface CopyPlan {
  readonly directory: string;
  /** '' for the contents of the source. */
  readonly name: string;
}

/** Whether a path that was written means the contents of a directory. */
export function meansContents(written: string): boolean {
  return written === '.' || written.endsWith('/.');
}

/**
 * What a copy means: podman-cp(1). A directory goes into one that is there, or becomes one that is not; a file goes into a
 * directory, over a file, or becomes one.
 *
 * @param written the path of the target as it was written, whose last part is the name of what is not there
 * @throws UsageError where a directory would become a file
 */
export function planCopy(source: CopySource, target: CopyTarget | undefined, written: string): CopyPlan {
  const base = path.posix.basename(source.path);
  if (target === undefined)
    return { directory: path.posix.dirname(written), name: path.posix.basename(written) };
  if (target.isDirectory) {
    const contents = source.isDirectory && (source.contents || base === '');
    return { directory: target.path, name: contents ? '' : base };
  }
  if (source.isDirectory) throw new UsageError('destination must be a directory when copying a directory');
  return { directory: path.posix.dirname(target.path), name: path.posix.basename(target.path) };
}
