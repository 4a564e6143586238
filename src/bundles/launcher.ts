import { LibpodError } from '../base/errors.js';
import { keepAlive } from '../base/keep-alive.js';
import { makeDirectories } from '../base/make-directories.js';
import { MonitorExecutable, spawnMonitor } from '../linux/processes/monitor.js';

/** A helper that launches and leaves: our end of its birth connection, and its end. */
export interface Launcher {
  readonly pid: number;
  readonly socket: number;
  /** Settles when it has gone and was reaped. */
  readonly ended: Promise<unknown>;
}

/**
 * Starts the helper on a program. It stays in the cgroups of this process, whose business a launch is.
 *
 * @param program what it is to run; without one it waits until its connection ends
 * @param emptyDirectory an empty directory of ours
 */
export async function startLauncher(
  program: Uint8Array | undefined,
  emptyDirectory: string,
): Promise<Launcher> {
  makeDirectories(emptyDirectory, 0o700);
  using executable = new MonitorExecutable(emptyDirectory);
  const { pid, socket, ended } = await spawnMonitor(executable, program, { tasksFiles: [] });
  return { pid, socket, ended: keepAlive(ended) };
}

/** The error of a helper that ended without a word. */
export function launcherGone(what: string): LibpodError {
  return new LibpodError('ERR_MONITOR', `${what} did not finish: its helper was killed`);
}
