import { closeSync, openSync } from 'node:fs';
import { fileError, nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { makeDirectories } from '../../base/make-directories.js';

function make(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const failure = fileError(`make ${what}`, error);
    if (!['EEXIST', 'ENOTDIR', 'EISDIR'].includes(nodeErrorCode(error) ?? '')) throw failure;
    throw new LibpodError(failure.code, `${failure.message}: move away what stands there`, { cause: error });
  }
}

/** Makes what is missing of a store's directories, and of its lock file. @throws LibpodError ERR_NO_SPACE */
export function makeFrame(directories: readonly string[], lockFile: string): void {
  for (const each of directories) make(each, () => makeDirectories(each, 0o700));
  make(lockFile, () => closeSync(openSync(lockFile, 'a', 0o600)));
}
