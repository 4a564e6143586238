import { existsSync } from 'node:fs';
import { copyTree } from '../archive/copy-tree.js';
import { fileError } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { makeDirectories } from '../base/make-directories.js';
import { runFileSteps } from '../linux/files/files.js';
import { cloneMount } from '../linux/mounts/tree.js';
import type { RootConfig } from '../model/config.js';

/** What is in the making beside a copy; the next attempt, or a sweep, takes it away. */
export const UNFINISHED = '.new';

/**
 * Sees to it that a container whose root is a copy has it; under its lock. It appears by rename, whole.
 *
 * @param copy where it is to be
 * @throws LibpodError ERR_NO_SPACE
 */
export async function ensureCopy(root: RootConfig, copy: string): Promise<void> {
  if (root.kind !== 'copy' || existsSync(copy)) return;
  const making = copy + UNFINISHED;
  const what = `copy the root ${root.of}`;
  const discard = [{ op: 'remove', path: making }] as const;
  try {
    await runFileSteps(what, discard);
    makeDirectories(making, 0o700);
    using source = await cloneMount(root.of);
    await copyTree(source, making);
    await runFileSteps(what, [{ op: 'rename', path: making, to: copy }]);
  } catch (error) {
    await runFileSteps(what, discard);
    throw error instanceof LibpodError ? error : fileError(what, error);
  }
}
