import type { ReadFile } from './limits.js';
import { parseLimit, type Limit } from './text.js';
import { invalid } from '../kernel-error.js';

/** The sizes of huge pages that kernels have, as the files name them (x86-64, arm64, ppc64, s390). */
const HUGE_PAGES = ['64KB', '1MB', '2MB', '4MB', '16MB', '32MB', '512MB', '1GB', '2GB', '16GB'] as const;

/** A size of huge pages that is to be part of a file's name. */
export function hugeText(size: string): string {
  if (!/^\d{1,4}[KMG]B$/.test(size))
    throw invalid(`a size of huge pages is written as 2MB, not ${JSON.stringify(size)}`);
  return size;
}

/** The limits of those sizes that the cgroup has files for. */
export function decodeHuge(read: ReadFile, suffix: string): Record<string, Limit> {
  return Object.fromEntries(
    HUGE_PAGES.flatMap((size) => {
      const text = read(`hugetlb.${size}.${suffix}`);
      return text === undefined ? [] : [[size, parseLimit(text)]];
    }),
  );
}

/** The files of every size with such an ending, for reading those that are there. */
export function hugeFiles(suffix: string): string[] {
  return HUGE_PAGES.map((size) => `hugetlb.${size}.${suffix}`);
}
