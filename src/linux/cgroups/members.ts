import { readdirSync } from 'node:fs';
import path from 'node:path';
import { LibpodError } from '../../base/errors.js';
import { readCgroupFiles } from './files.js';
import type { CgroupPlace } from './place.js';

/** A directory and those beneath it; those that go meanwhile have no members any more. */
function withChildren(directory: string): string[] {
  try {
    const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [directory, ...children.flatMap(({ name }) => withChildren(path.join(directory, name)))];
  } catch {
    return [];
  }
}

/** The numbers in files of members, in order; 0 stands for one of another PID namespace, and is left out. */
function numbersIn(texts: readonly (string | undefined)[]): number[] {
  const found = new Set<number>();
  for (const text of texts)
    for (const word of text?.split('\n') ?? []) if (Number(word) > 0) found.add(Number(word));
  return [...found].sort((a, b) => a - b);
}

/** The numbers of the processes or threads that are here in any hierarchy, in order. */
export function membersAt(place: CgroupPlace, kind: 'processes' | 'threads', recursive: boolean): number[] {
  const files = place.hierarchies.flatMap((hierarchy) => {
    const threads = hierarchy.version === 2 ? 'cgroup.threads' : 'tasks';
    const file = kind === 'processes' ? 'cgroup.procs' : threads;
    const directory = place.in(hierarchy);
    return (recursive ? withChildren(directory) : [directory]).map((one) => `${one}/${file}`);
  });
  return numbersIn(readCgroupFiles(files));
}

/**
 * The PIDs of the processes in a cgroup of one hierarchy (cgroup.procs of cgroups(7)), ascending; those outside of this PID
 * namespace are left out. A snapshot.
 *
 * @param directory of the cgroup in its hierarchy, such as /sys/fs/cgroup/a/b
 * @param options with `recursive` also those of the cgroups beneath
 * @throws LibpodError ERR_NOT_FOUND if there is no such cgroup
 */
export function cgroupMembers(directory: string, options: { readonly recursive?: boolean } = {}): number[] {
  const beneath = options.recursive === true ? withChildren(directory).slice(1) : [];
  const texts = readCgroupFiles([directory, ...beneath].map((one) => path.join(one, 'cgroup.procs')));
  if (texts[0] === undefined)
    throw new LibpodError('ERR_NOT_FOUND', `there is no cgroup ${directory}: it has no cgroup.procs`);
  return numbersIn(texts);
}
