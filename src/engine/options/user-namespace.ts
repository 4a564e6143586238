import { idMapProblem, type IdRange } from '../../base/id-map.js';
import { LibpodError } from '../../base/errors.js';
import { mapsOfNamespace } from '../../linux/namespace-maps.js';
import type { ContainerConfig, IdMappings } from '../../model/config.js';
import type { RuntimeSpec } from '../../oci/runtime-spec.js';
import { chosenNamespace } from '../../spec/namespaces.js';
import type { NamespaceOptions } from '../../spec/options.js';
import type { CreateOptions } from './options.js';
import { freeRange, type IdPool } from './id-ranges.js';

/** What a creation knows of user namespaces. */
export interface UserNamespaceContext {
  configOf(nameOrId: string): ContainerConfig;
  /** The IDs that containers with `auto` are given, less those that are. */
  idPool(): IdPool;
}

/** The user namespace that a container gets. */
export interface ResolvedUserNamespace {
  /** The options of the namespace as the specification takes them. */
  readonly options: Pick<CreateOptions, 'uidMappings' | 'gidMappings'> & {
    readonly namespaces: NamespaceOptions;
  };
  /** The maps, be it new or joined; absent for the host's. */
  readonly idMappings?: IdMappings | undefined;
  /** The range that is leased to the container. */
  readonly autoIds?: IdRange | undefined;
}

function invalid(message: string): never {
  throw new LibpodError('ERR_INVALID_ARGUMENT', message);
}

/** Checks maps that somebody wrote. */
function checked(maps: IdMappings, names: readonly [uid: string, gid: string]): IdMappings {
  for (const [name, map] of [
    [names[0], maps.uid],
    [names[1], maps.gid],
  ] as const) {
    const problem = idMapProblem(map);
    if (problem !== undefined) invalid(`${name} ${problem}`);
  }
  return maps;
}

/** The maps of a specification that comes from a bundle. */
export async function idMappingsOfSpec({ linux }: RuntimeSpec): Promise<IdMappings | undefined> {
  const user = linux?.namespaces?.find(({ type }) => type === 'user');
  if (user === undefined) return undefined;
  if (user.path) return mapsOfNamespace(user.path);
  const { uidMappings = [], gidMappings = [] } = linux ?? {};
  return { uid: uidMappings, gid: gidMappings };
}

/**
 * Finds out which user namespace a container gets: podman-run(1), --userns.
 *
 * @param largestId the largest ID that the container's root knows, for `auto` without a size
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SPACE if no IDs are left for `auto`
 */
export async function resolveUserNamespace(
  given: CreateOptions,
  context: UserNamespaceContext,
  largestId: () => number,
): Promise<ResolvedUserNamespace> {
  const { namespaces = {}, uidMappings, gidMappings = uidMappings } = given;
  const user = namespaces.user;
  const mapped = uidMappings !== undefined || gidMappings !== undefined;
  if (typeof user === 'object' && 'auto' in user) {
    if (mapped)
      invalid('ID mappings are given, but namespaces.user is "auto", which chooses them; leave one out');
    const { lease, maps } = freeRange(user.auto, context.idPool(), largestId);
    return {
      options: {
        namespaces: { ...namespaces, user: 'private' },
        uidMappings: [...maps.uid],
        gidMappings: [...maps.gid],
      },
      idMappings: checked(maps, [
        'the user IDs of namespaces.user.auto',
        'the group IDs of namespaces.user.auto',
      ]),
      autoIds: lease,
    };
  }
  const choice = chosenNamespace(namespaces, 'user');
  if (choice === 'private') {
    if (uidMappings === undefined || gidMappings === undefined)
      invalid('the user namespace is private, but no IDs are mapped into it; give uidMappings');
    const idMappings = checked({ uid: uidMappings, gid: gidMappings }, ['uidMappings', 'gidMappings']);
    return { options: { namespaces, uidMappings, gidMappings }, idMappings };
  }
  if (mapped)
    invalid('ID mappings are given without a private user namespace; set namespaces.user to "private"');
  if (choice === 'host') return { options: { namespaces } };
  const idMappings =
    'path' in choice ? await mapsOfNamespace(choice.path) : context.configOf(choice.container).idMappings;
  // The engine's own namespace is not entered: setns(2) refuses it.
  if (idMappings === undefined) return { options: { namespaces: { ...namespaces, user: 'host' } } };
  const { uid, gid } = idMappings;
  return { options: { namespaces, uidMappings: [...uid], gidMappings: [...gid] }, idMappings };
}

/** Whether IDs are to be chosen. */
export function wantsIds(options: Pick<CreateOptions, 'namespaces'> | undefined): boolean {
  const user = options?.namespaces?.user;
  return typeof user === 'object' && user !== null && 'auto' in user;
}
