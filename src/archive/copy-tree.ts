import { chmodSync, chownSync, fstatSync, utimesSync, type Stats } from 'node:fs';
import type { HasDescriptor } from '../linux/files/descriptor.js';
import { openBeneath } from '../linux/files/open-beneath.js';
import { TreeWriter } from '../linux/trees/tree-writer.js';
import { applyTar } from './extract.js';
import { packTree } from './pack.js';

/** Gives a directory the owner, mode and times that another one has. */
export function takeAttributes(target: string, { uid, gid, mode, atime, mtime }: Stats): void {
  chownSync(target, uid, gid);
  chmodSync(target, mode & 0o7777);
  utimesSync(target, atime, mtime);
}

/**
 * Fills an empty directory with what another one holds: files with their owners, modes, times, hard links and extended
 * attributes (linux/trees/tar-source.ts says which). The directory gets the attributes of the other one.
 *
 * @param source may be hostile, and change meanwhile: nothing outside of it is read
 * @throws LibpodError ERR_NO_SPACE
 */
export async function copyTree(source: HasDescriptor, target: string): Promise<void> {
  {
    using root = openBeneath(target, '.', { access: 'path', directory: true });
    await using writer = new TreeWriter(root, { scope: 'beneath' });
    await applyTar(packTree(source, {}), writer);
  }
  takeAttributes(target, fstatSync(source.fd));
}
