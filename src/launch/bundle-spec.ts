import type { NamespaceType } from '../oci/names.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import type { LaunchRequest } from './request.js';

/**
 * The specification of a bundle for an OCI runtime: that of the request, with the root, the cgroups and the namespaces where
 * the monitor puts them. Pure.
 *
 * @param held files that show namespaces, by type; in place of what the specification says of these
 * @param shm a directory that shows the /dev/shm of another container, where the request asks for it
 */
export function bundleSpec(
  { spec, root, attachAt, cgroupPath, shm: shared }: LaunchRequest,
  held: ReadonlyMap<NamespaceType, string>,
  shm: string,
): RuntimeSpec {
  const namespaces = (spec.linux?.namespaces ?? []).map((namespace) => {
    const path = held.get(namespace.type);
    return path === undefined ? namespace : { ...namespace, path };
  });
  const shown = { type: 'bind', source: shm, options: ['bind', 'private', 'nosuid', 'nodev', 'noexec'] };
  const mounts = spec.mounts?.map((mount) =>
    shared !== undefined && mount.destination === '/dev/shm' ? { ...mount, ...shown } : mount,
  );
  return {
    ...spec,
    mounts,
    root: { ...spec.root, path: root.kind === 'directory' ? root.directory : attachAt },
    // The monitor moves the devices of the network, which runtimes before version 1.3 pass over.
    linux: { ...spec.linux, cgroupsPath: cgroupPath, namespaces, netDevices: undefined },
  };
}
