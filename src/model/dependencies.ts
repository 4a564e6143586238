import type { ContainerConfig } from './config.js';
import type { IdRange } from '../base/id-map.js';
import { volumeTarget } from './volume.js';

/** Which field of a configuration names the container of which namespace, and the namespace's file: namespaces(7). */
export const NAMESPACE_FIELDS = [
  ['pidNsCtr', 'pid', 'pid'],
  ['netNsCtr', 'network', 'net'],
  ['ipcNsCtr', 'ipc', 'ipc'],
  ['utsNsCtr', 'uts', 'uts'],
  ['userNsCtr', 'user', 'user'],
  ['cgroupNsCtr', 'cgroup', 'cgroup'],
] as const satisfies readonly (readonly [keyof ContainerConfig, string, string])[];

/** What of a configuration names other containers. */
export type DependencyFields = Pick<
  ContainerConfig,
  (typeof NAMESPACE_FIELDS)[number][0] | 'dependencies' | 'pod'
>;

/** The containers that a container depends on, each once: those whose namespaces it joins, and those it requires. */
export function dependenciesOf(config: Omit<DependencyFields, 'pod'>): string[] {
  const joined = NAMESPACE_FIELDS.flatMap(([field]) => config[field] ?? []);
  return [...new Set([...joined, ...(config.dependencies ?? [])])];
}

const IDS_TARGET = /^ids-(\d+)-(\d+)$/;

/** Stands for a range of subordinate IDs where links name what a container has: who looks for free ones finds it there. */
export function idsTarget({ hostID, size }: IdRange): string {
  return `ids-${hostID}-${size}`;
}

/** The range that a name stands for. */
export function parseIdsTarget(
  target: string,
): { readonly start: number; readonly size: number } | undefined {
  const match = IDS_TARGET.exec(target);
  return match === null ? undefined : { start: Number(match[1]), size: Number(match[2]) };
}

/** What must not be removed while a container is there: its dependencies, its pod, and its volumes. */
export function linkTargets(
  config: DependencyFields & Partial<Pick<ContainerConfig, 'namedVolumes' | 'autoRemove' | 'autoIds'>>,
): string[] {
  const volumes = (config.namedVolumes ?? [])
    .filter(({ isAnonymous }) => !isAnonymous || config.autoRemove !== true)
    .map(({ name }) => volumeTarget(name));
  return [
    ...dependenciesOf(config),
    ...(config.pod === undefined ? [] : [config.pod]),
    ...new Set(volumes),
    ...(config.autoIds === undefined ? [] : [idsTarget(config.autoIds)]),
  ];
}
