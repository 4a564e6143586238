import path from 'node:path';
import type { LaunchRoot } from '../launch/request.js';
import type { ContainerConfig } from '../model/config.js';

/** Where a container's writable layer is, or the copy that is its root. */
export interface LayerPaths {
  readonly upper: string;
  readonly work: string;
  readonly copy: string;
}

/** The directory in which all layers are: one mount with mapped IDs does for a hundred of them. Pure. */
export function commonDirectory(layers: readonly string[]): string {
  const [first = '/', ...others] = layers.map((layer) => layer.split('/'));
  const parts = typeof first === 'string' ? [] : first;
  const shared = parts.findIndex((part, at) => others.some((other) => other[at] !== part));
  return shared < 0 ? parts.join('/') : parts.slice(0, shared).join('/') || '/';
}

/**
 * The root of a launch. A container that is removed when it ends asks overlayfs for `volatile`: without it the unmount
 * writes all of the upper file system to disk, for nothing.
 */
export function launchRoot(config: ContainerConfig, { upper, work, copy }: LayerPaths): LaunchRoot {
  const { root } = config;
  switch (root.kind) {
    case 'directory':
      // A bundle says itself whose the files of its root are.
      return {
        kind: 'directory',
        directory: root.directory,
        idMapped: config.idMappings !== undefined && config.manageFiles,
      };
    case 'overlay': {
      const options = config.autoRemove ? ['volatile'] : [];
      const idMapped =
        config.idMappings === undefined ? undefined : [commonDirectory(root.lower), path.dirname(upper)];
      return { kind: 'overlay', lower: root.lower, upper, work, options, fresh: root.throwaway, idMapped };
    }
    case 'copy':
      return { kind: 'directory', directory: copy, idMapped: config.idMappings !== undefined };
    default:
      return root satisfies never;
  }
}
