import { existsSync, fstatSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { treeSize } from '../linux/files/files.js';
import { openBeneath } from '../linux/files/open-beneath.js';
import type { RootConfig } from '../model/config.js';
import { rootChanges } from './changes.js';
import type { LayerPaths } from './launch-root.js';

/** The bytes of a file beneath a directory; 0 for what is no file, or has gone meanwhile. */
function sizeBeneath(directory: string, file: string): number {
  try {
    using found = openBeneath(directory, `.${file}`, { access: 'path', noFollow: true });
    const info = fstatSync(found.fd);
    return info.isFile() ? info.size : 0;
  } catch (error) {
    if (LibpodError.is(error)) return 0;
    throw error;
  }
}

/** The bytes of the files in a container's own writable layer, or that are not those of which its root is a copy; 0 without one. */
export async function rwSize(root: RootConfig, layers: LayerPaths): Promise<number> {
  switch (root.kind) {
    case 'directory':
      return 0;
    case 'overlay':
      return treeSize(layers.upper);
    case 'copy': {
      const changes = await rootChanges(root, layers, []);
      return changes.reduce((sum, change) => sum + sizeBeneath(layers.copy, change.path), 0);
    }
    default:
      return root satisfies never;
  }
}

/** The bytes of all files of a container's root. */
export async function rootFsSize(root: RootConfig, layers: LayerPaths): Promise<number> {
  switch (root.kind) {
    case 'directory':
      return treeSize(root.directory);
    case 'copy':
      return treeSize(existsSync(layers.copy) ? layers.copy : root.of);
    case 'overlay': {
      const sizes = await Promise.all([layers.upper, ...root.lower].map((layer) => treeSize(layer)));
      return sizes.reduce((sum, size) => sum + size, 0);
    }
    default:
      return root satisfies never;
  }
}
