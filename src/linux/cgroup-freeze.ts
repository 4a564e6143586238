import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileError, isFailure } from '../base/errno.js';
import { addon } from '../native/index.js';
import { parseFlat } from './cgroup-text.js';
import { watchDescriptors } from './descriptor-watch.js';
import { Descriptor, readFromStart } from './descriptor.js';
import { kernelError, throwIfAborted } from './kernel-error.js';

/** Where a cgroup is frozen. */
export interface Freezer {
  /** The cgroup, for errors. */
  readonly name: string;
  readonly directory: string;
  readonly version: 1 | 2;
}

/** Version 1 tells nobody when it is done, so it is asked again, less and less often. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 50;

async function write({ name, directory, version }: Freezer, frozen: boolean): Promise<void> {
  const [file, text] =
    version === 2 ? ['cgroup.freeze', frozen ? '1' : '0'] : ['freezer.state', frozen ? 'FROZEN' : 'THAWED'];
  const answer = await addon.writeKernelFiles([`${directory}/${file}`, text]);
  if (isFailure(answer)) throw kernelError(`${frozen ? 'freeze' : 'thaw'} cgroup ${name}`, answer);
}

async function untilFrozenV2({ name, directory }: Freezer, signal?: AbortSignal): Promise<void> {
  let fd: number;
  try {
    fd = openSync(`${directory}/cgroup.events`, 'r');
  } catch (error) {
    throw fileError(`freeze cgroup ${name}`, error, 'ERR_NOT_FOUND');
  }
  using events = new Descriptor(fd);
  const changes = watchDescriptors(`freeze cgroup ${name}`, [{ fd, priority: true }], signal);
  for await (const _ of changes) if (parseFlat(readFromStart(events))['frozen'] === 1) return;
}

async function untilFrozenV1({ name, directory }: Freezer, signal?: AbortSignal): Promise<void> {
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
    throwIfAborted(`freeze cgroup ${name}`, signal);
    const answer = addon.readKernelFilesAtOnce([`${directory}/freezer.state`]);
    if (isFailure(answer)) throw kernelError(`freeze cgroup ${name}`, answer);
    if (answer[0]?.trim() === 'FROZEN') return;
    await sleep(pause);
    // A process that forked meanwhile may have been missed; asking again reaches it (freezer-subsystem.rst).
    await write({ name, directory, version: 1 }, true);
  }
}

/** Freezes and waits until every process stands still; thaws again if it is given up. */
export async function freezeCgroup(freezer: Freezer, signal?: AbortSignal): Promise<void> {
  throwIfAborted(`freeze cgroup ${freezer.name}`, signal);
  await write(freezer, true);
  try {
    await (freezer.version === 2 ? untilFrozenV2(freezer, signal) : untilFrozenV1(freezer, signal));
  } catch (error) {
    await write(freezer, false);
    throw error;
  }
}

/** Lets the processes go on. */
export async function thawCgroup(freezer: Freezer): Promise<void> {
  await write(freezer, false);
}
