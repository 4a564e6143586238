import { treeSize } from '../linux/files.js';
import type { RootConfig } from '../model/config.js';

/** The bytes of the files in a container's own writable layer; 0 without one. */
export async function rwSize(root: RootConfig, upper: string): Promise<number> {
  return root.kind === 'overlay' ? treeSize(upper) : 0;
}

/** The bytes of all files of a container's root. */
export async function rootFsSize(root: RootConfig, upper: string): Promise<number> {
  if (root.kind === 'directory') return treeSize(root.directory);
  const sizes = await Promise.all([upper, ...root.lower].map((layer) => treeSize(layer)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
