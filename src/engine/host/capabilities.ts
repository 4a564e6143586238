import { CAPABILITIES, isCapabilityName } from '../../base/capabilities.js';
import { LibpodError } from '../../base/errors.js';
import type { LinuxCapabilities } from '../../oci/runtime-spec.js';

function isWithin(name: string, bounding: bigint): boolean {
  return isCapabilityName(name) && ((bounding >> BigInt(CAPABILITIES[name])) & 1n) === 1n;
}

/**
 * The capabilities that "all" means on this machine: those that this process has to give. The kernel refuses the others
 * (capset(2)), also those that are newer than it; podman reads `--privileged` so too.
 *
 * @param bounding this process's bounding set, as bits
 */
export function withinBounding(capabilities: LinuxCapabilities, bounding: bigint): LinuxCapabilities {
  return Object.fromEntries(
    Object.entries(capabilities).map(([set, names]) => [
      set,
      (names as readonly string[]).filter((name) => isWithin(name, bounding)),
    ]),
  );
}

/**
 * Refuses capabilities that were meant by name and that this process cannot give: at the start, the kernel would say EPERM and
 * not which. A container with a user namespace of its own can have them all in there.
 *
 * @param bounding this process's bounding set, as bits
 * @throws LibpodError ERR_NOT_PRIVILEGED
 */
export function requireWithin({ bounding: asked = [] }: LinuxCapabilities, bounding: bigint): void {
  const missing = asked.filter((name) => !isWithin(name, bounding));
  if (missing.length === 0) return;
  throw new LibpodError(
    'ERR_NOT_PRIVILEGED',
    `a container cannot be given ${missing.join(', ')}, which this process may not have itself (bounding set, capabilities(7)): run it with more, or drop them`,
  );
}
