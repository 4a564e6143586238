import { hasErrno } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { Cgroup } from '../linux/cgroups/cgroup.js';
import type { ContainerFiles, ContainerRecord } from './state-directory.js';
import { statusOf } from './status.js';

/** Lets the processes of a container go on. A cgroup that systemd took away, when its last process was killed, is fine. */
export async function thawContainer({ cgroupPath }: ContainerRecord): Promise<void> {
  try {
    await new Cgroup(cgroupPath).thaw();
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENODEV')) throw error;
  }
}

/** Stops all processes of a container where they stand. @throws LibpodError ERR_INVALID_STATE unless it runs */
export async function pauseContainer(files: ContainerFiles): Promise<void> {
  using _held = await files.hold();
  const record = files.requireRecord();
  const status = await statusOf(files, record);
  if (status !== 'running' && status !== 'created')
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `cannot pause container ${files.id}: it is ${status}, and only one that runs can be paused`,
    );
  await new Cgroup(record.cgroupPath).freeze();
}

/** Lets a paused container go on. @throws LibpodError ERR_INVALID_STATE unless it is paused */
export async function resumeContainer(files: ContainerFiles): Promise<void> {
  using _held = await files.hold();
  const record = files.requireRecord();
  const status = await statusOf(files, record);
  if (status !== 'paused')
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `cannot resume container ${files.id}: it is ${status}, and only one that is paused can be resumed`,
    );
  await thawContainer(record);
}
