import type { ContainerConfig } from './config.js';

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

/** What must not be removed while a container is there: its dependencies, and its pod. By ID. */
export function linkTargets(config: DependencyFields): string[] {
  return [...dependenciesOf(config), ...(config.pod === undefined ? [] : [config.pod])];
}
