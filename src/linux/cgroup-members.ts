import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readCgroupFiles } from './cgroup-files.js';
import type { CgroupPlace } from './cgroup-place.js';

/** A directory and those beneath it; those that go meanwhile have no members any more. */
function withChildren(directory: string): string[] {
  try {
    const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [directory, ...children.flatMap(({ name }) => withChildren(path.join(directory, name)))];
  } catch {
    return [];
  }
}

/** The numbers of the processes or threads that are here in any hierarchy, in order; 0, one of another namespace, left out. */
export function cgroupMembers(
  place: CgroupPlace,
  kind: 'processes' | 'threads',
  recursive: boolean,
): number[] {
  const found = new Set<number>();
  const files = place.hierarchies.flatMap((hierarchy) => {
    const threads = hierarchy.version === 2 ? 'cgroup.threads' : 'tasks';
    const file = kind === 'processes' ? 'cgroup.procs' : threads;
    const directory = place.in(hierarchy);
    return (recursive ? withChildren(directory) : [directory]).map((one) => `${one}/${file}`);
  });
  for (const text of readCgroupFiles(files))
    for (const word of text?.split('\n') ?? []) if (Number(word) > 0) found.add(Number(word));
  return [...found].sort((a, b) => a - b);
}
