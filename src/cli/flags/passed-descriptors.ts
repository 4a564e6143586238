import { readlinkSync } from 'node:fs';
import { UsageError } from '../errors.js';

function targetOf(descriptor: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}

/**
 * The descriptors from 3 on that our caller has passed to us (podman's --preserve-fds).
 *
 * Node opens descriptors of its own before any line of ours runs, the first of them an epoll, at the lowest free number: a
 * row that has none of our caller's in it somewhere has that, or ends.
 *
 * @throws UsageError if fewer were passed
 */
export function passedDescriptors(count: number): readonly number[] {
  if (count > 64) throw new UsageError(`--preserve-fds ${count}: a command can be given 64 descriptors`);
  const descriptors = Array.from({ length: count }, (_, index) => 3 + index);
  for (const descriptor of descriptors) {
    const target = targetOf(descriptor);
    if (target === undefined || target === 'anon_inode:[eventpoll]')
      throw new UsageError(
        `file descriptor ${descriptor} is not available - the preserve-fds option requires that file descriptors must be passed`,
      );
  }
  return descriptors;
}
