import { LibpodError } from '../base/errors.js';
import { detectCgroups, killCgroup, removeCgroup } from '../linux/cgroups/cgroups.js';
import { ProcessHandle } from '../linux/processes/handle.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { runLateHooks } from './hooks.js';
import { thawContainer } from './pause.js';
import type { ContainerFiles, ContainerRecord } from './state-directory.js';
import { isAlive, statusOf } from './status.js';

const SIGKILL = 9;

/**
 * Removes what is left of a container.
 *
 * @param force kills one that runs, and passes over one that is not there
 * @param warn is told of each poststop hook that fails; the others run nevertheless (runtime.md, "Lifecycle", step 13)
 * @throws LibpodError ERR_NO_SUCH_CONTAINER; ERR_INVALID_STATE if it runs
 */
export async function deleteContainer(
  files: ContainerFiles,
  force: boolean,
  warn: (error: unknown) => void,
): Promise<void> {
  if (!files.exists()) {
    if (force) return;
    throw files.missing();
  }
  using _held = await holdIfThere(files);
  const record = readForDelete(files, force);
  const status = await statusOf(files, record);
  // One that was never started has nothing to lose.
  if (!force && status !== 'stopped' && status !== 'created')
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `cannot delete container ${files.id} that is not stopped: it is ${status}; stop it, or use --force`,
    );
  if (record === undefined) {
    files.remove();
    return;
  }
  await endProcesses(record, status === 'paused');
  const spec = readSpecForHooks(files, force);
  // It is gone for all others by then.
  files.remove();
  if (spec !== undefined) await runLateHooks('poststop', spec, record, warn);
}

/** The lock of a directory in the making may not be there: whoever made it is dead, or will find it gone. */
async function holdIfThere(files: ContainerFiles): Promise<Disposable> {
  try {
    return await files.hold();
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER')) throw error;
    return { [Symbol.dispose]: () => undefined };
  }
}

function readForDelete(files: ContainerFiles, force: boolean): ContainerRecord | undefined {
  try {
    return files.readRecord();
  } catch (error) {
    if (force && LibpodError.is(error, 'ERR_RECORD_DAMAGED')) return undefined;
    throw error;
  }
}

function readSpecForHooks(files: ContainerFiles, force: boolean): RuntimeSpec | undefined {
  try {
    return files.readSpec();
  } catch (error) {
    if (force) return undefined;
    throw error;
  }
}

async function endProcesses(record: ContainerRecord, paused: boolean): Promise<void> {
  if (isAlive(record)) {
    try {
      using init = ProcessHandle.open({ pid: record.pid, startTicks: BigInt(record.startTicks) });
      init.signal(SIGKILL);
      if (paused) await thawContainer(record);
      await init.ended();
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_NO_SUCH_PROCESS')) throw error;
    }
  }
  const directories = detectCgroups().map(({ mountpoint }) => mountpoint + record.cgroupPath);
  // Without a PID namespace of its own there may be others.
  for (const directory of directories) await killCgroup(directory);
  for (const directory of directories) await removeCgroup(directory);
}
