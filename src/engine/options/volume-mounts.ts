import { checkName, newId } from '../../base/ids.js';
import { LibpodError } from '../../base/errors.js';
import type { NamedVolume } from '../../model/volume.js';
import type { Mount } from '../../oci/runtime-spec.js';

/** What may be said of a volume in a container: podman-run(1), --volume. */
const OPTIONS =
  /^(?:ro|rw|(?:no)?(?:exec|suid|dev|copy)|r?bind|r?(?:private|slave|shared|unbindable)|U|z|Z)$/;

/** The mounts of a new container, and the volumes among them. */
export interface VolumeMounts {
  readonly mounts: readonly Mount[] | undefined;
  readonly namedVolumes?: readonly NamedVolume[];
}

/**
 * Gives every volume among mounts its name: one that has none is made for this container alone.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME
 */
export function nameVolumes(given: readonly Mount[] | undefined): VolumeMounts {
  if (given?.some(({ type }) => type === 'volume') !== true) return { mounts: given };
  const namedVolumes: NamedVolume[] = [];
  const mounts = given.map((mount) => {
    if (mount.type !== 'volume') return mount;
    const { source = '', destination, options = [] } = mount;
    const strange = options.find((option) => !OPTIONS.test(option));
    if (strange !== undefined)
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `volume at ${destination}: the option ${JSON.stringify(strange)} is not for volumes`,
      );
    const name = source === '' ? newId() : checkName(source);
    namedVolumes.push({ name, dest: destination, options, isAnonymous: source === '' });
    return { ...mount, source: name };
  });
  return { mounts, namedVolumes };
}
