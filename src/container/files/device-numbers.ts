import { statSync, type Stats } from 'node:fs';
import { fileError, nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { show } from '../../oci/problem.js';
import type { DeviceNumber } from '../../spec/options.js';

/** The parts of a dev_t: makedev(3), gnu_dev_major(3). */
export function numberOf({ rdev }: Stats): DeviceNumber {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return { major: Number(major), minor: Number(minor) };
}

/**
 * Looks at a node of the host.
 *
 * @param what what it is to the user, for the error
 * @throws LibpodError ERR_NOT_FOUND
 */
export function lookAtNode(file: string, what: string): Stats {
  try {
    return statSync(file);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT')
      throw new LibpodError('ERR_NOT_FOUND', `${what} ${file} does not exist on the host`, { cause: error });
    throw fileError(`look at ${what} ${file}`, error);
  }
}

/**
 * The numbers of block devices by their paths.
 *
 * @throws LibpodError ERR_NOT_FOUND, ERR_INVALID_ARGUMENT
 */
export function blockDeviceNumbers(paths: readonly string[]): Record<string, DeviceNumber> {
  return Object.fromEntries(
    paths.map((file) => {
      const info = lookAtNode(file, 'block device');
      if (!info.isBlockDevice())
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `${show(file)} is no block device, whose IO could be limited`,
        );
      return [file, numberOf(info)];
    }),
  );
}
