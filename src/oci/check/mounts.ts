import { posix } from 'node:path';

import type { Refuse } from '../problem.js';
import { refuseLongPath, show } from '../problem.js';
import type { Mount } from '../runtime-spec.js';

/** An absolute path in its shortest form: without `.`, `..`, doubled and trailing slashes. */
export function normalizePath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/**
 * Checks the mounts: config.md, "Mounts".
 *
 * The specification lets a relative destination pass "for compatibility with old tools", and a second mount
 * cover the first. Both are mistakes far more often than meant, and the second leaves the first in reach of
 * whoever can unmount, so both are refused.
 */
export function checkMounts(mounts: readonly Mount[], refuse: Refuse): void {
  const seen = new Map<string, number>();
  mounts.forEach(({ destination }, index) => {
    const path = `mounts[${index}].destination`;
    if (!destination.startsWith('/')) refuse(path, `is ${show(destination)}, but must be an absolute path`);
    refuseLongPath(path, destination, refuse);
    const normal = normalizePath(destination);
    const first = seen.get(normal);
    if (first !== undefined) {
      refuse(
        path,
        `is ${show(destination)}, the same place as mounts[${first}].destination; keep one of them`,
      );
    }
    seen.set(normal, index);
  });
}
