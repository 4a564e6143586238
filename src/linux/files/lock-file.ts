import { isFailure, systemError } from '../../base/errno.js';
import { addon } from '../../native/index.js';

/** The lock file of a container, read once. */
export interface LockFileContents {
  /** Whether a monitor holds its byte of the file (CONTAINER_LOCKS). */
  readonly alive: boolean;
  readonly text: string;
}

/**
 * Looks at the monitor's lock of a file, then reads the file, through one descriptor: what a monitor that has let go of it
 * had to say is in the text. Takes no lock.
 *
 * @returns undefined if there is no such file
 * @throws LibpodError ERR_SYSTEM and other answers of the file system; ELOOP for a symbolic link, which is not followed
 */
export function readLockFile(path: string): LockFileContents | undefined {
  const answer = addon.readLockFile(path);
  if (answer === undefined) return undefined;
  if (isFailure(answer)) throw systemError(`read ${path}`, answer);
  const [alive, text] = answer;
  return { alive, text };
}
