import { LibpodError } from '../base/errors.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';

/** Fields that would change what the container may do, and that this engine does not carry out. */
const FIELDS: readonly (readonly [name: string, present: (spec: RuntimeSpec) => unknown])[] = [
  ['process.apparmorProfile', ({ process }) => process.apparmorProfile],
  ['process.selinuxLabel', ({ process }) => process.selinuxLabel],
  ['process.scheduler', ({ process }) => process.scheduler],
  ['process.ioPriority', ({ process }) => process.ioPriority],
  ['process.execCPUAffinity', ({ process }) => process.execCPUAffinity],
  ['linux.uidMappings', ({ linux }) => linux?.uidMappings?.length],
  ['linux.gidMappings', ({ linux }) => linux?.gidMappings?.length],
  ['linux.mountLabel', ({ linux }) => linux?.mountLabel],
  ['linux.intelRdt', ({ linux }) => linux?.intelRdt],
  ['linux.personality', ({ linux }) => linux?.personality],
  ['linux.timeOffsets', ({ linux }) => linux?.timeOffsets],
  ['linux.seccomp.listenerPath', ({ linux }) => linux?.seccomp?.listenerPath],
  [
    'linux.resources.network',
    ({ linux }) => linux?.resources?.network?.classID ?? linux?.resources?.network?.priorities?.length,
  ],
  ['linux.resources.rdma', ({ linux }) => linux?.resources?.rdma && Object.keys(linux.resources.rdma).length],
  [
    'mounts[].uidMappings',
    ({ mounts }) => mounts?.some((mount) => mount.uidMappings?.length || mount.gidMappings?.length),
  ],
];

const NAMESPACES = new Set(['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup']);
const PROPAGATIONS = new Set([undefined, '', 'private', 'rprivate', 'slave', 'rslave']);

function refuse(what: string): never {
  throw new LibpodError(
    'ERR_SPEC_UNSUPPORTED',
    `the runtime specification asks for ${what}, which is not supported; remove it`,
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
  for (const { type } of namespaces) if (!NAMESPACES.has(type)) refuse(`a ${type} namespace`);
  const mount = namespaces.find(({ type }) => type === 'mount');
  if (mount === undefined) refuse('no mount namespace of its own');
  if (mount.path !== undefined && mount.path !== '') refuse(`the mount namespace ${mount.path}`);
  const propagation = spec.linux?.rootfsPropagation;
  if (!PROPAGATIONS.has(propagation)) refuse(`linux.rootfsPropagation ${JSON.stringify(propagation)}`);
}
