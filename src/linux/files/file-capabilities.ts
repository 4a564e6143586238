import { capabilityNames, capabilitySet } from '../processes/capabilities.js';
import { invalid } from '../kernel-error.js';
import type { Place } from '../place.js';
import { getXattr, removeXattr, setXattr } from './xattr.js';

/** What a program is given when it is executed (capabilities(7), "File capabilities"). */
export interface FileCapabilities {
  /** Whether what it permits is effective from the start; for programs that know nothing of capabilities. */
  readonly effective: boolean;
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  /** The user who is root in the user namespaces for which this holds; absent, for the first namespace. */
  readonly rootId?: number;
}

const ATTRIBUTE = 'security.capability';

/** VFS_CAP_* of <linux/capability.h>: the revision in the high byte of the first word, the effective bit in the lowest. */
const REVISION_1 = 0x0100_0000;
const REVISION_2 = 0x0200_0000;
const REVISION_3 = 0x0300_0000;
const REVISION_MASK = 0xff00_0000;
const EFFECTIVE = 1;

/** Bytes of each revision: the first word, a pair of words for each 32 capabilities, and in the third the root's ID. */
const SIZES = new Map([
  [REVISION_1, 12],
  [REVISION_2, 20],
  [REVISION_3, 24],
]);

/**
 * Parses the attribute `security.capability`, struct vfs_ns_cap_data of <linux/capability.h>, little-endian:
 *
 *     u32 magic_etc | u32 permitted[0] | u32 inheritable[0] | u32 permitted[1] | u32 inheritable[1] | u32 rootid
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT if it has another shape
 */
export function parseFileCapabilities(value: Uint8Array): FileCapabilities {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const magic = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
  const revision = (magic & REVISION_MASK) >>> 0;
  if (SIZES.get(revision) !== bytes.length)
    throw invalid(
      `the attribute ${ATTRIBUTE} is damaged: ${bytes.length} bytes of revision ${revision >>> 24}`,
    );
  const word = (at: number): bigint => BigInt(bytes.readUInt32LE(at));
  const wide = revision !== REVISION_1;
  return {
    effective: (magic & EFFECTIVE) !== 0,
    permitted: capabilityNames(word(4) | (wide ? word(12) << 32n : 0n)),
    inheritable: capabilityNames(word(8) | (wide ? word(16) << 32n : 0n)),
    ...(revision === REVISION_3 ? { rootId: bytes.readUInt32LE(20) } : {}),
  };
}

/** Makes the attribute, of revision 2, or 3 with a `rootId`. */
export function encodeFileCapabilities(capabilities: FileCapabilities): Uint8Array {
  const { effective, rootId } = capabilities;
  if (rootId !== undefined && !(Number.isInteger(rootId) && rootId >= 0 && rootId < 2 ** 32))
    throw invalid(`rootId must be a user ID, not ${String(rootId)}`);
  const revision = rootId === undefined ? REVISION_2 : REVISION_3;
  const permitted = capabilitySet(capabilities.permitted);
  const inheritable = capabilitySet(capabilities.inheritable);
  const bytes = Buffer.alloc(SIZES.get(revision) ?? 0);
  bytes.writeUInt32LE(revision | (effective ? EFFECTIVE : 0), 0);
  for (const [at, set] of [
    [4, permitted],
    [8, inheritable],
  ] as const) {
    bytes.writeUInt32LE(Number(set & 0xffff_ffffn), at);
    bytes.writeUInt32LE(Number(set >> 32n), at + 8);
  }
  if (rootId !== undefined) bytes.writeUInt32LE(rootId, 20);
  return bytes;
}

/** The capabilities of a file; undefined if it has none. */
export async function getFileCapabilities(place: Place): Promise<FileCapabilities | undefined> {
  const value = await getXattr(place, ATTRIBUTE);
  return value === undefined ? undefined : parseFileCapabilities(value);
}

/** Gives a file capabilities; undefined takes them away. It wants CAP_SETFCAP. */
export async function setFileCapabilities(
  place: Place,
  capabilities: FileCapabilities | undefined,
): Promise<void> {
  if (capabilities === undefined) await removeXattr(place, ATTRIBUTE);
  else await setXattr(place, ATTRIBUTE, encodeFileCapabilities(capabilities));
}
