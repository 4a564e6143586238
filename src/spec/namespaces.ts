import type { LinuxIDMapping, LinuxNamespace } from '../oci/runtime-spec.js';
import type { NamespaceType } from '../oci/names.js';
import { invalid } from './invalid.js';
import type { NamespaceChoice, NamespaceOptions, SpecOptions } from './options.js';

/** In the order in which podman writes them. */
const ORDER: readonly (NamespaceType & (keyof NamespaceOptions | 'mount'))[] = [
  'pid',
  'network',
  'ipc',
  'uts',
  'mount',
  'user',
  'cgroup',
];

/** Which namespace a container gets: its own, except for the user namespace, which is the host's. */
export function chosenNamespace(
  namespaces: NamespaceOptions | undefined,
  type: keyof NamespaceOptions,
): NamespaceChoice {
  const given: unknown = namespaces?.[type] ?? (type === 'user' ? 'host' : 'private');
  // Who may join, and whether there is a /dev/shm, makes no difference to the namespace itself.
  const choice = type === 'ipc' && (given === 'shareable' || given === 'none') ? 'private' : given;
  const known =
    choice === 'host' ||
    choice === 'private' ||
    (typeof choice === 'object' && choice !== null && ('path' in choice || 'container' in choice));
  if (!known)
    invalid(
      `namespaces.${type} is ${JSON.stringify(choice)}; give "private", "host", ${type === 'ipc' ? '"shareable", "none", ' : ''}{ path } or { container }`,
    );
  return choice as NamespaceChoice;
}

/** Whether a namespace is that of another container. */
export function joinsContainer(choice: unknown): choice is { readonly container: string } {
  return typeof choice === 'object' && choice !== null && 'container' in choice;
}

/** The list of namespaces. The mount namespace is always the container's own. */
export function resolveNamespaces(namespaces: NamespaceOptions | undefined): LinuxNamespace[] {
  return ORDER.flatMap((type) => {
    const choice = type === 'mount' ? 'private' : chosenNamespace(namespaces, type);
    if (choice === 'host') return [];
    // That of another container has a path only while that one runs: the start puts it in (container/joined.ts).
    return choice !== 'private' && 'path' in choice ? [{ type, path: choice.path }] : [{ type }];
  });
}

/**
 * The ID mappings of a container with a user namespace of its own: user_namespaces(7).
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT where mappings and namespace do not go together
 */
export function resolveMappings(
  options: SpecOptions,
): { uidMappings: LinuxIDMapping[]; gidMappings: LinuxIDMapping[] } | undefined {
  const { uidMappings, gidMappings = uidMappings } = options;
  if (chosenNamespace(options.namespaces, 'user') !== 'private') {
    // Those of one that is joined are there already.
    if (gidMappings === undefined || chosenNamespace(options.namespaces, 'user') !== 'host') return undefined;
    return invalid(
      'ID mappings are given without a private user namespace; set namespaces.user to "private"',
    );
  }
  if (!uidMappings?.length || !gidMappings?.length) {
    return invalid('the user namespace is private, but no IDs are mapped into it; give uidMappings');
  }
  return {
    uidMappings: uidMappings.map((run) => ({ ...run })),
    gidMappings: gidMappings.map((run) => ({ ...run })),
  };
}
