import { statSync, type Stats } from 'node:fs';

/**
 * A file that was written a moment ago may be written again without a change of its times, which move in ticks of the
 * kernel's clock.
 */
const SETTLED_MS = 100;

/** What stat(2) says of a file; undefined if it is not there, or cannot be looked at: reading it tells what is wrong. */
export function lookAt(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether a file that was looked at twice is the same, with the same content. */
export function isSameFile(a: Stats, b: Stats): boolean {
  return (
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs
  );
}

/** Whether what is read of a file now may be remembered: a change of it would be seen. */
export function isSettled(at: Stats): boolean {
  return Date.now() - at.ctimeMs >= SETTLED_MS;
}
