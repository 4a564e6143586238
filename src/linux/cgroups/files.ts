import { isFailure, type Failure } from '../../base/errno.js';
import type { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { kernelError, type Advice } from '../kernel-error.js';

const ADVICE: Advice = {
  EBUSY:
    'more memory is in use than it would leave, or a cgroup of version 2 with controllers for its children was to hold processes',
  ENOENT: 'the cgroup does not exist, or its parent has not enabled the controller for it',
  EINVAL:
    'the kernel does not take that value here: see the limits of the cgroups above, and of their siblings',
  ESRCH: 'there is no such process',
  EPERM: 'this needs root, or a cgroup that was handed over',
  ENODEV: 'the cgroup was removed, or the device does not exist',
};

/** The error of an operation on a cgroup. */
export function cgroupError(what: string, failure: Failure): LibpodError {
  return kernelError(what, failure, ADVICE);
}

/** A file of a cgroup and what is to be written to it. */
export type CgroupWrite = readonly [path: string, text: string];

/** The error of the write that failed, with the file and the value. @param what `set limits of cgroup /a` */
export function writeError(what: string, writes: readonly CgroupWrite[], failure: Failure): LibpodError {
  const [file, text] = writes[failure.index ?? 0] ?? ['', ''];
  return cgroupError(`${what} (${JSON.stringify(text.trim())} to ${file})`, failure);
}

/** Reads files at once; undefined for each that is not there. */
export function readCgroupFiles(paths: readonly string[]): (string | undefined)[] {
  const answer = addon.readKernelFilesAtOnce(paths);
  if (isFailure(answer)) throw cgroupError(`read ${paths[answer.index ?? 0] ?? ''}`, answer);
  return answer;
}

/** Writes files in order, on a worker thread; stops at the first that is refused. */
export async function writeCgroupFiles(what: string, writes: readonly CgroupWrite[]): Promise<void> {
  const answer = await addon.writeKernelFiles(writes.flat());
  if (isFailure(answer)) throw writeError(what, writes, answer);
}
