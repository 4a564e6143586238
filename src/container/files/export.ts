import type { Readable } from 'node:stream';
import { packTree } from '../../archive/pack.js';
import { openBeneath } from '../../linux/files/open-beneath.js';
import type { Access } from '../locking/access.js';
import type { ContainerCore } from '../core.js';
import { borrowRoot } from './mount.js';
import { ownersOf } from '../owners.js';

/** The files of the root as a tar archive, whether it runs or not; what is mounted in the container is not among them. */
export async function exportRoot(core: ContainerCore, access: Access): Promise<Readable> {
  const borrowed = await borrowRoot(core, access);
  try {
    using root = openBeneath(borrowed.path, '.', { access: 'path', directory: true });
    const idMaps = ownersOf(core.config, borrowed.state.pid > 0);
    return packTree(root, { oneMount: true, idMaps }, async () => borrowed[Symbol.asyncDispose]());
  } catch (error) {
    await borrowed[Symbol.asyncDispose]();
    throw error;
  }
}
