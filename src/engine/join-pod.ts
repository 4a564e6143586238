import { LibpodError } from '../base/errors.js';
import { dependenciesOf, type DependencyFields } from '../model/dependencies.js';
import type { PodConfig } from '../model/pod.js';
import type { NamespaceOptions } from '../spec/options.js';
import type { CreateOptions } from './options/options.js';

/** The members of an object that are defined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/**
 * The options of a container that belongs to a pod: the namespaces of the infra container where the pod shares them, and the
 * names that the pod brings, unless the container asks for something else.
 */
export function joinPod(options: CreateOptions, pod: PodConfig): CreateOptions {
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
