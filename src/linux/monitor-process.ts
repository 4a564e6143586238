import { closeSync, openSync, constants } from 'node:fs';
import { isFailure, systemError } from '../base/errno.js';
import { addon, nativeDirectory } from '../native/index.js';

/** The name of the helper beside the addon. */
const EXECUTABLE = 'libpod-monitor';

/** The monitor's executable, opened so that nobody can write to it (native/sys/spawn.h). */
export class MonitorExecutable implements Disposable {
  readonly fd: number;
  /** True if it is a sealed copy in memory, because overlayfs is missing. */
  readonly sealed: boolean;

  /** @param emptyDirectory an empty directory of the engine's own */
  constructor(emptyDirectory: string) {
    const answer = addon.openExecutable(nativeDirectory, EXECUTABLE, emptyDirectory);
    if (isFailure(answer)) throw systemError(`open the monitor ${nativeDirectory}/${EXECUTABLE}`, answer);
    this.fd = answer.fd;
    this.sealed = answer.sealed;
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

/** A monitor that was just started. */
export interface MonitorProcess {
  readonly pid: number;
  /** Our end of the birth connection, a stream socket. */
  readonly socket: number;
  /** Settles when the process has ended and was reaped. */
  readonly ended: Promise<number>;
}

/** Where a monitor is to live. */
export interface MonitorPlace {
  /** A cgroup v2 directory to be born in. */
  readonly cgroup?: string;
  /** The `tasks` files of v1 cgroups that it enters by itself. */
  readonly tasksFiles: readonly string[];
}

/** Starts a monitor on a launch program; never forks this process (native/sys/spawn.h). */
export async function spawnMonitor(
  executable: MonitorExecutable,
  program: Uint8Array,
  place: MonitorPlace,
): Promise<MonitorProcess> {
  const cgroup = place.cgroup === undefined ? -1 : openSync(place.cgroup, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const answer = await addon.spawnMonitor(executable.fd, program, cgroup, place.tasksFiles);
    if (isFailure(answer)) throw systemError('start the monitor', answer);
    return { pid: answer.pid, socket: answer.socket, ended: addon.reap(answer.pidfd) };
  } finally {
    if (cgroup >= 0) closeSync(cgroup);
  }
}
