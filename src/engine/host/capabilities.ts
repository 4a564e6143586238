import { CAPABILITIES, isCapabilityName } from '../../base/capabilities.js';
import type { LinuxCapabilities } from '../../oci/runtime-spec.js';

/**
 * The capabilities that "all" means on this machine: those that this process has to give. The kernel refuses the others
 * (capset(2)), also those that are newer than it; podman reads `--privileged` so too.
 *
 * @param bounding this process's bounding set, as bits
 */
export function withinBounding(capabilities: LinuxCapabilities, bounding: bigint): LinuxCapabilities {
  const present = (name: string): boolean =>
    isCapabilityName(name) && ((bounding >> BigInt(CAPABILITIES[name])) & 1n) === 1n;
  return Object.fromEntries(
    Object.entries(capabilities).map(([set, names]) => [set, (names as readonly string[]).filter(present)]),
  );
}
