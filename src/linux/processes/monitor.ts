import { closeSync, openSync, constants } from 'node:fs';
import path from 'node:path';
import { errnoName, fileError, isFailure, systemError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon, nativeDirectory } from '../../native/index.js';

/**
 * The helper beside the addon; or the one that LIBPOD_MONITOR names by its absolute path, which is how the tests run on a
 * monitor built with sanitizers. Whoever sets the environment of a process of root's is root, or chosen by root (sudo(8)
 * passes none of it on by default), and could as well set NODE_OPTIONS.
 */
function executablePath(): string {
  const other = process.env['LIBPOD_MONITOR'];
  if (other === undefined || other === '') return path.join(nativeDirectory, 'libpod-monitor');
  if (path.isAbsolute(other)) return other;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `LIBPOD_MONITOR must be an absolute path, not ${JSON.stringify(other)}`,
  );
}

/** The monitor's executable, opened so that nobody can write to it (native/sys/spawn.h). */
export class MonitorExecutable implements Disposable {
  #fd: number | undefined;
  /** True if it is a sealed copy in memory, because overlayfs is missing. */
  readonly sealed: boolean;

  /** @param emptyDirectory an empty directory of the engine's own */
  constructor(emptyDirectory: string) {
    const file = executablePath();
    const answer = addon.openExecutable(path.dirname(file), path.basename(file), emptyDirectory);
    if (isFailure(answer)) throw systemError(`open the monitor ${file}`, answer);
    this.#fd = answer.fd;
    this.sealed = answer.sealed;
  }

  /**
   * Its descriptor. Not to be kept: after the end its number is another file's, which would be executed.
   *
   * @throws LibpodError ERR_INVALID_STATE after it was disposed of
   */
  get fd(): number {
    if (this.#fd === undefined) throw new LibpodError('ERR_INVALID_STATE', 'the runtime is closed');
    return this.#fd;
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
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

/** Starts a monitor in a place. */
export type SpawnInPlace = (place: MonitorPlace) => Promise<MonitorProcess>;

/** Who knows where monitors live. */
export interface MonitorHome {
  /**
   * Starts a monitor where it is to live; tries again, if that place had gone meanwhile.
   *
   * @param idle starts one that waits for a program: somebody must be there before a place can be made
   */
  spawn(spawn: SpawnInPlace, idle: SpawnInPlace): Promise<MonitorProcess>;
}

/**
 * Hands a launch program to a monitor that was started without one.
 *
 * @param words the first frames for it, in the bytes of the control protocol
 * @returns false if that monitor is gone
 */
export function sendProgram(socket: number, program: Uint8Array, words: Uint8Array): boolean {
  const answer = addon.sendProgram(socket, program, words);
  if (!isFailure(answer)) return true;
  if (['EPIPE', 'ECONNRESET'].includes(errnoName(answer.errno))) return false;
  throw systemError('hand the launch program to the monitor', answer);
}

function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw fileError('start the monitor', error);
  }
}

/** The exit code, or the number of the signal, of a child, once it has ended and was reaped; takes its pidfd over. */
async function reaped(pidfd: number): Promise<number> {
  const watch = addon.watchEnd(pidfd, true);
  closeSync(pidfd);
  return isFailure(watch) ? -1 : ((await watch.ended)?.status ?? -1);
}

/**
 * Starts a monitor; never forks this process (native/sys/spawn.h).
 *
 * @param program what it is to run; without one it waits for sendProgram, or for the end of its socket
 */
export async function spawnMonitor(
  executable: MonitorExecutable,
  program: Uint8Array | undefined,
  place: MonitorPlace,
): Promise<MonitorProcess> {
  const cgroup = place.cgroup === undefined ? -1 : openDirectory(place.cgroup);
  try {
    const answer = await addon.spawnMonitor(executable.fd, program, cgroup, place.tasksFiles);
    if (isFailure(answer)) throw systemError('start the monitor', answer);
    return { pid: answer.pid, socket: answer.socket, ended: reaped(answer.pidfd) };
  } finally {
    if (cgroup >= 0) closeSync(cgroup);
  }
}
