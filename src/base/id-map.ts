/** A range of IDs within a user namespace and what it is outside, as the runtime specification writes it. */
export interface IdRange {
  /** The first ID within the namespace. */
  readonly containerID: number;
  /** The first ID in the namespace of whoever reads or writes the map. */
  readonly hostID: number;
  readonly size: number;
}

/** user_namespaces(7): a map has at most 340 lines, and is written at once, as less than a page; ID 4294967295 is no ID. */
const MAX_LINES = 340;
const PAGE = 4096;
const END = 2 ** 32 - 1;

/** The text of a map, as /proc/PID/uid_map takes it. */
export function formatIdMap(map: readonly IdRange[]): string {
  return map.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

function overlap(map: readonly IdRange[], side: 'containerID' | 'hostID'): string | undefined {
  const sorted = [...map].sort((a, b) => a[side] - b[side]);
  for (const [at, next] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before !== undefined && before[side] + before.size > next[side])
      return `the ranges from ${before[side]} and from ${next[side]} overlap in their ${side}`;
  }
  return undefined;
}

/** What is wrong with a map that the kernel would answer with EINVAL alone, as the end of a sentence; undefined if nothing is. */
export function idMapProblem(map: readonly IdRange[]): string | undefined {
  if (map.length === 0) return 'is empty: nobody would be in the namespace';
  if (map.length > MAX_LINES) return `has ${map.length} ranges, and the kernel takes ${MAX_LINES}`;
  for (const { containerID, hostID, size } of map) {
    const numbers = [containerID, hostID, size];
    if (!numbers.every((number) => Number.isInteger(number) && number >= 0) || size === 0)
      return `has ${numbers.join(' ')}, which is no range: whole numbers from 0, and a size from 1`;
    if (containerID + size > END || hostID + size > END)
      return `has the range ${numbers.join(' ')}, which goes beyond the last ID, ${END - 1}`;
  }
  if (formatIdMap(map).length >= PAGE)
    return `has ${map.length} ranges, whose text is longer than the ${PAGE - 1} bytes that the kernel takes`;
  const both = overlap(map, 'containerID') ?? overlap(map, 'hostID');
  return both === undefined ? undefined : `is ambiguous: ${both}`;
}
