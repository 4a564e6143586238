import type { Descriptor } from '../linux/files/descriptor.js';
import { cloneMount } from '../linux/mounts/tree.js';
import { createOverlay } from '../linux/mounts/overlay.js';

/**
 * Layers as one tree that is read alone, attached nowhere.
 *
 * @param layers directories, the topmost first; one at least
 */
export async function openLayers(layers: readonly string[]): Promise<Descriptor> {
  const [only] = layers;
  // The kernel takes no overlay of a single layer.
  return layers.length === 1 && only !== undefined ? cloneMount(only) : createOverlay({ lower: layers });
}
