import { statSync } from 'node:fs';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';

/**
 * Checks that a root file system is a directory that is there.
 *
 * @throws LibpodError ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY
 */
export function checkRootDirectory(directory: string): void {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(directory).isDirectory();
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'ENOENT')
      throw new LibpodError('ERR_NOT_FOUND', `root directory ${directory} does not exist`, { cause: error });
    if (code === 'ENOTDIR') {
      throw new LibpodError('ERR_NOT_A_DIRECTORY', `root directory ${directory} lies beneath a file`, {
        cause: error,
      });
    }
    throw fileError(`use root directory ${directory}`, error);
  }
  if (!isDirectory) {
    throw new LibpodError(
      'ERR_NOT_A_DIRECTORY',
      `root ${directory} is not a directory; give the directory that holds /bin, /etc and so on`,
    );
  }
}
