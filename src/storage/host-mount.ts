import { runFileSteps } from '../linux/files/files.js';
import { insideProcess } from '../linux/namespaces/inside.js';
import { bindMount, changeMount, moveMount } from '../linux/mounts/tree.js';
import { readMounts } from '../linux/mounts/watch.js';
import { createOverlay } from '../linux/mounts/overlay.js';
import { ProcessHandle } from '../linux/processes/handle.js';
import type { ProcessIdentity } from '../linux/processes/processes.js';
import type { RootConfig } from '../model/config.js';
import { ensureCopy } from './copied-root.js';
import type { LayerPaths } from './launch-root.js';

/** Whether something is mounted at a path. */
export function isMountPoint(path: string): boolean {
  return readMounts().some(({ mountpoint }) => mountpoint === path);
}

/**
 * Attaches the root of a container that runs: a copy of the mount that its own namespace has. It is the same file system,
 * not a second overlay over the same layers; what else is mounted in the container is not in it.
 *
 * @param init the container's first process
 */
export async function attachRunning(init: ProcessIdentity, target: string): Promise<void> {
  using process = ProcessHandle.open(init);
  using root = await insideProcess(process, ['mnt']).cloneMount('/');
  // The container may have a read-only view of it; whoever asks here is root on the host.
  await changeMount(root, { readonly: false, propagation: 'private' });
  await moveMount(root, target);
}

/**
 * Mounts the root of a container of which no process exists, as its start would. A start that finds it mounted uses this
 * mount (container/launch-request.ts): the kernel does not define what two overlays over one upper layer show.
 */
export async function attachStopped(root: RootConfig, layers: LayerPaths, target: string): Promise<void> {
  if (root.kind !== 'overlay') {
    await ensureCopy(root, layers.copy);
    const directory = root.kind === 'copy' ? layers.copy : root.directory;
    await bindMount(directory, target, { propagation: 'private' });
    return;
  }
  const { upper, work } = layers;
  await runFileSteps('make the layers of a container', [
    // What a volatile mount left here keeps others off, and means nothing without it.
    { op: 'remove', path: work },
    { op: 'mkdirs', path: upper },
    { op: 'mkdirs', path: work },
    { op: 'chmod', path: upper, mode: 0o755 },
  ]);
  using overlay = await createOverlay({ lower: root.lower, upper, work, source: 'overlay' });
  await moveMount(overlay, target);
  await changeMount(target, { propagation: 'private' });
}
