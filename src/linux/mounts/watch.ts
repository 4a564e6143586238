import { openSync, readFileSync } from 'node:fs';
import { fileError } from '../../base/errno.js';
import { watchDescriptors } from '../files/descriptor-watch.js';
import { Descriptor, readFromStart } from '../files/descriptor.js';
import { parseMountinfo, type MountInfo } from './mountinfo.js';

function mountinfoOf(pid: number | 'self'): string {
  return `/proc/${pid}/mountinfo`;
}

/**
 * The mounts that a process sees.
 *
 * @param pid this process unless given
 * @throws LibpodError ERR_NOT_FOUND if there is no such process
 * @see proc_pid_mountinfo(5)
 */
export function readMounts(pid: number | 'self' = 'self'): MountInfo[] {
  const file = mountinfoOf(pid);
  try {
    return parseMountinfo(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fileError(`read ${file}`, error, 'ERR_NOT_FOUND');
  }
}

/**
 * The mounts that a process sees: first those of now, then again after each change, several changes at once if they came
 * close together. The kernel tells of changes (poll(2), POLLPRI); nothing is asked for at intervals, and no thread waits.
 *
 * @param options.pid this process unless given; its mount namespace is watched on when it has ended
 * @throws LibpodError ERR_NOT_FOUND if there is no such process, ERR_ABORTED
 * @see proc_pid_mounts(5)
 */
export async function* watchMounts(
  options: { readonly pid?: number | 'self'; readonly signal?: AbortSignal } = {},
): AsyncGenerator<MountInfo[], void, void> {
  const file = mountinfoOf(options.pid ?? 'self');
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    throw fileError(`watch ${file}`, error, 'ERR_NOT_FOUND');
  }
  using table = new Descriptor(fd);
  let last = '';
  for await (const _ of watchDescriptors(
    `watch ${file}`,
    [{ fd: table.fd, priority: true }],
    options.signal,
  )) {
    const text = readFromStart(table);
    // It was changed and changed back, or seen already.
    if (text === last) continue;
    last = text;
    yield parseMountinfo(text);
  }
}
