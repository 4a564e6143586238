import type { LaunchRoot } from '../launch/request.js';
import type { ContainerConfig } from '../model/config.js';

/** Where a container's writable layer is. */
export interface LayerPaths {
  readonly upper: string;
  readonly work: string;
}

/**
 * The root of a launch. A container that is removed when it ends asks overlayfs for `volatile`: without it the unmount
 * writes all of the upper file system to disk, for nothing.
 */
export function launchRoot(config: ContainerConfig, { upper, work }: LayerPaths): LaunchRoot {
  const { root } = config;
  switch (root.kind) {
    case 'directory':
      return { kind: 'directory', directory: root.directory };
    case 'overlay': {
      const options = config.autoRemove ? ['volatile'] : [];
      return { kind: 'overlay', lower: root.lower, upper, work, options, fresh: root.throwaway };
    }
    default:
      return root satisfies never;
  }
}
