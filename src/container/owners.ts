import { unmapId } from '../linux/namespaces/id-map.js';
import type { ContainerConfig, IdMappings } from '../model/config.js';

/** Who a file is of whose owner a user namespace does not have: /proc/sys/kernel/overflowuid. */
const NOBODY = 65534;

/**
 * By which maps the owners in a container's root are the container's own. While it runs, its mounts show those of the host;
 * on disk are the container's, but in the root of a bundle, which says itself whose it is (storage/launch-root.ts).
 */
export function ownersOf(
  { idMappings, root, manageFiles }: ContainerConfig,
  running: boolean,
): IdMappings | undefined {
  return running || (root.kind === 'directory' && !manageFiles) ? idMappings : undefined;
}

/** An owner as the container has it. */
export function insideId(map: IdMappings['uid'] | undefined, id: number): number {
  return map === undefined ? id : (unmapId(map, id) ?? NOBODY);
}
