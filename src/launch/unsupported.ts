import { LibpodError } from '../base/errors.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';

type Field = readonly [name: string, present: (spec: RuntimeSpec) => unknown];

/** Fields that would change what the container may do, and that this engine does not carry out. */
const FIELDS: readonly Field[] = [
  ['linux.intelRdt', ({ linux }) => linux?.intelRdt],
  ['linux.personality.flags', ({ linux }) => linux?.personality?.flags?.length],
  ['process.scheduler.policy SCHED_ISO', ({ process }) => process.scheduler?.policy === 'SCHED_ISO'],
];

/** Fields that would change a mount namespace that the container joins, and which is somebody else's. */
const OF_OWN_MOUNTS: readonly Field[] = [
  ['mounts', ({ mounts }) => mounts?.length],
  ['root.readonly', ({ root }) => root.readonly],
  ['linux.devices', ({ linux }) => linux?.devices?.length],
  ['linux.maskedPaths', ({ linux }) => linux?.maskedPaths?.length],
  ['linux.readonlyPaths', ({ linux }) => linux?.readonlyPaths?.length],
  ['linux.rootfsPropagation', ({ linux }) => linux?.rootfsPropagation],
];

/** Whether a field is carried out: for those who tell what this engine can do. */
export function isSupported(field: string): boolean {
  return !FIELDS.some(([name]) => name === field);
}

function refuse(what: string, because = 'which is not supported'): never {
  throw new LibpodError(
    'ERR_SPEC_UNSUPPORTED',
    `the runtime specification asks for ${what}, ${because}; remove it`,
  );
}

/**
 * Refuses what would be ignored: a container is never less confined or less equipped than its specification says.
 *
 * @throws LibpodError ERR_SPEC_UNSUPPORTED
 */
export function refuseUnsupported(spec: RuntimeSpec): void {
  for (const [name, present] of FIELDS) if (present(spec)) refuse(name);
  const namespaces = spec.linux?.namespaces ?? [];
  const mount = namespaces.find(({ type }) => type === 'mount');
  if (mount === undefined) refuse('no mount namespace of its own');
  if (mount.path) {
    if (namespaces.some(({ type }) => type === 'user'))
      refuse('a user namespace', `but joins the mount namespace ${mount.path}, which does not belong to it`);
    for (const [name, present] of OF_OWN_MOUNTS) {
      if (present(spec))
        refuse(name, `but joins the mount namespace ${mount.path}, whose mounts are not its own`);
    }
  }
}
