import { LibpodError } from '../base/errors.js';
import { dependenciesOf, type DependencyFields } from '../model/dependencies.js';
import { normalizePath } from '../oci/check/mounts.js';
import type { PodConfig } from '../model/pod.js';
import type { NamespaceOptions } from '../spec/options.js';
import type { CreateOptions } from './options/options.js';

/** The members of an object that are defined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** The pod's of those with places that the container has not taken, and the container's. */
function beside<T>(
  theirs: readonly T[] = [],
  own: readonly T[] = [],
  placeOf: (one: T) => string,
): readonly T[] | undefined {
  const taken = new Set(own.map(placeOf));
  const all = [...theirs.filter((one) => !taken.has(placeOf(one))), ...own];
  return all.length === 0 ? undefined : all;
}

/** Both lists, or all if either is. */
function both(
  theirs: readonly string[] | 'ALL' = [],
  own: readonly string[] | 'ALL' = [],
): readonly string[] | 'ALL' {
  return theirs === 'ALL' || own === 'ALL' ? 'ALL' : [...theirs, ...own];
}

/** What a container has of its pod's mounts, devices and confinement. A bundle says all of that itself. */
function inherit(options: CreateOptions, { inherited = {} }: PodConfig): CreateOptions {
  if (options.bundle !== undefined || Object.keys(inherited).length === 0) return options;
  const { mounts, hostDevices, volumesFrom = [], mask, unmask, procOptions = [], ...rest } = inherited;
  // Recorded as it was given.
  const { labelOptions, ...confinement } = rest as Pick<CreateOptions, keyof typeof rest>;
  const places = {
    mounts: beside(mounts, options.mounts, ({ destination }) => normalizePath(destination)),
    hostDevices: beside(hostDevices, options.hostDevices, (one) => one.containerPath ?? one.path),
  };
  return {
    ...confinement,
    ...defined(options),
    ...defined(places),
    volumesFrom: [...volumesFrom, ...(options.volumesFrom ?? [])],
    ...defined({ labelOptions: options.labelOptions ?? labelOptions }),
    mask: [...(mask ?? []), ...(options.mask ?? [])],
    unmask: both(unmask, options.unmask),
    procOptions: [...procOptions, ...(options.procOptions ?? [])],
  };
}

/**
 * The options of a container that belongs to a pod: the namespaces of the infra container where the pod shares them, and the
 * names that the pod brings, unless the container asks for something else.
 */
export function joinPod(given: CreateOptions, pod: PodConfig): CreateOptions {
  const options = inherit(given, pod);
  const { infraContainerId, shared, addHosts = [], noHosts, dns, dnsSearch, dnsOptions } = pod;
  const joined: NamespaceOptions =
    infraContainerId === undefined
      ? {}
      : Object.fromEntries(shared.map((name) => [name, { container: infraContainerId }]));
  const { uidMappings, gidMappings } = options;
  const user = options.namespaces?.user ?? ((uidMappings ?? gidMappings) ? 'private' : undefined);
  if (shared.includes('user') && user !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the containers of pod ${pod.name} have its user namespace; leave namespaces.user and the mappings out`,
      { podId: pod.id },
    );
  if (shared.includes('network') && options.namespaces?.network === undefined)
    for (const what of ['networks', 'ports'] as const)
      if ((options[what] ?? []).length > 0)
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `${what} are given, but the containers of pod ${pod.name} have its network; give ${what} to the pod when it is made`,
          { podId: pod.id },
        );
  const names = options.dns === undefined ? { dns, dnsSearch, dnsOptions } : {};
  return {
    ...defined({ noHosts, ...names }),
    ...defined(options),
    namespaces: { ...joined, ...defined(options.namespaces ?? {}) },
    addHosts: [...(options.addHosts ?? []), ...(options.noHosts === true ? [] : addHosts)],
  };
}

/**
 * The containers of a pod depend on none outside of it: it could neither be started nor be removed by itself.
 *
 * @param podOf the ID of the pod of the container with this ID
 * @throws LibpodError ERR_DEPENDENCY
 */
export function requireSamePod(
  fields: DependencyFields,
  pod: PodConfig,
  podOf: (id: string) => string | undefined,
): void {
  for (const id of dependenciesOf(fields)) {
    if (podOf(id) === pod.id) continue;
    throw new LibpodError(
      'ERR_DEPENDENCY',
      `a container of pod ${pod.name} cannot depend on container ${id}, which is not in that pod`,
      { containerId: id, podId: pod.id },
    );
  }
}
