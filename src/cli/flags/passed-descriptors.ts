import { readdirSync, readlinkSync } from 'node:fs';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { collectList, parseWhole } from './values.js';

const FIRST = 3;
/** What a command can be given: container/preserve.ts. */
const MOST = 64;

/** The flags of podman-exec(1) and podman-run(1) that pass descriptors on. */
export interface PassedDescriptorFlags {
  readonly preserveFds?: string;
  readonly preserveFd?: readonly string[];
}

export function addPassedDescriptorFlags(command: PodmanCommand): void {
  command
    .option('--preserve-fds <n>', 'pass this many descriptors from 3 on to the command')
    .option(
      '--preserve-fd <list>',
      'pass these descriptors to the command, by the same numbers',
      collectList,
    );
}

function targetOf(descriptor: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}

/**
 * Whether a descriptor is one of those that Node opens for itself before any line of ours runs: the first of them is an
 * epoll, at the lowest free number, so all below it are our caller's. It also has eventfds, and pipes of which it has both ends.
 */
function isNodes(descriptor: number, target: string): boolean {
  const all = readdirSync('/proc/self/fd').map(Number);
  const first = Math.min(...all.filter((one) => targetOf(one) === 'anon_inode:[eventpoll]'));
  if (descriptor < first) return false;
  if (target.startsWith('pipe:'))
    return all.some((one) => one !== descriptor && one > first && targetOf(one) === target);
  return target === 'anon_inode:[eventpoll]' || target === 'anon_inode:[eventfd]';
}

/**
 * The descriptors that our caller has passed to us and that are to be passed on, from 3 on; undefined for a number that
 * stays free. A list takes the place of a count, as with podman, and its numbers stay as they are.
 *
 * @throws UsageError if one was not passed
 */
export function passedDescriptors({
  preserveFds = '0',
  preserveFd = [],
}: PassedDescriptorFlags): readonly (number | undefined)[] {
  const listed = preserveFd.map((text) => parseWhole('preserve-fd', text));
  const reserved = listed.find((one) => one < FIRST);
  if (reserved !== undefined)
    throw new UsageError(
      `--preserve-fd ${reserved}: the standard streams are passed anyway; give numbers from ${FIRST} on`,
    );
  const wanted = new Set(listed);
  const count = Math.max(parseWhole('preserve-fds', preserveFds), ...listed.map((one) => one - FIRST + 1));
  if (count > MOST)
    throw new UsageError(
      wanted.size > 0
        ? `--preserve-fd ${Math.max(...listed)}: the highest number that a command can be given is ${FIRST + MOST - 1}`
        : `--preserve-fds ${count}: a command can be given ${MOST} descriptors`,
    );
  return Array.from({ length: count }, (_, index) => {
    const descriptor = FIRST + index;
    if (wanted.size > 0 && !wanted.has(descriptor)) return undefined;
    const target = targetOf(descriptor);
    if (target === undefined || isNodes(descriptor, target))
      throw new UsageError(
        `file descriptor ${descriptor} is not available - the preserve-fds option requires that file descriptors must be passed`,
      );
    return descriptor;
  });
}
