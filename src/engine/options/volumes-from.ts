import { LibpodError } from '../../base/errors.js';
import type { ContainerConfig } from '../../model/config.js';
import { isBindMount } from '../../oci/bind-mount.js';
import { normalizePath } from '../../oci/check/mounts.js';
import type { Mount } from '../../oci/runtime-spec.js';
import { isHostRootMount } from '../../storage/host-root.js';

/** What may follow the name; labels of SELinux, which is not supported, change nothing. */
const OPTIONS = /^(?:ro|rw|z|Z)$/;

interface Source {
  readonly config: ContainerConfig;
  readonly access: 'ro' | 'rw' | undefined;
}

function parse(text: string, configOf: (nameOrId: string) => ContainerConfig): Source {
  const [name = '', ...more] = text.split(':');
  const words = more.join(':').split(',').filter(Boolean);
  const strange = words.find((word) => !OPTIONS.test(word));
  if (strange !== undefined || (words.includes('ro') && words.includes('rw')))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `volumesFrom ${JSON.stringify(text)} cannot be read: write NAME, NAME:ro or NAME:rw`,
    );
  return {
    config: configOf(name),
    access: words.find((word): word is 'ro' | 'rw' => word === 'ro' || word === 'rw'),
  };
}

/** Whether the user asked for a mount: a volume, or a directory of the host that is no part of the root. */
function isUsers(mount: Mount): boolean {
  return mount.type === 'volume' || isBindMount(mount);
}

function mountsOf({ config, access }: Source): Mount[] {
  const own = config.namedVolumes?.find(({ isAnonymous }) => isAnonymous);
  if (config.autoRemove && own !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the volume of container ${config.name} at ${own.dest} goes with it when it ends: give that volume a name to share it`,
    );
  return (config.spec.mounts ?? [])
    .filter((mount) => isUsers(mount) && !(config.rootfsName === 'host-root' && isHostRootMount(mount)))
    .map((mount) => {
      const kept = (mount.options ?? []).filter((option) => access === undefined || !/^r[ow]$/.test(option));
      return { ...mount, options: access === undefined ? kept : [...kept, access] };
    });
}

/**
 * The volumes and bind mounts of other containers, where none of `mounts` is: podman-run(1), --volumes-from. Of two at one
 * place the one that is named later is had.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, and as `configOf`
 */
export function mountsFrom(
  names: readonly string[],
  mounts: readonly Mount[],
  configOf: (nameOrId: string) => ContainerConfig,
): Mount[] {
  const placeOf = ({ destination }: Mount): string => normalizePath(destination);
  const taken = new Set(mounts.map(placeOf));
  const found = names.flatMap((text) => mountsOf(parse(text, configOf)));
  return [...new Map(found.map((mount) => [placeOf(mount), mount])).values()].filter(
    (mount) => !taken.has(placeOf(mount)),
  );
}
