/**
 * One cgroup hierarchy of a machine, as cgroups(7) describes them: the vocabulary in which the layers that ask the kernel
 * and the pure ones speak of cgroups. A machine has one of version 2, or several of version 1, or both (hybrid).
 */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** The controllers of this hierarchy; of version 2 those that its root offers. Empty for a named one. */
  readonly controllers: readonly string[];
  /** The name of a version 1 hierarchy without controllers, such as `systemd`. */
  readonly name?: string;
  /** Where it is mounted, such as `/sys/fs/cgroup/memory`. */
  readonly mountpoint: string;
  /** The cgroup that a service manager has handed over, from its root; what is above that is not to be changed. */
  readonly delegated?: string;
}

/** The hierarchy that holds a controller. */
export function hierarchyOf(
  hierarchies: readonly CgroupHierarchy[],
  controller: string,
): CgroupHierarchy | undefined {
  return hierarchies.find((hierarchy) => hierarchy.controllers.includes(controller));
}

/** The directory of a cgroup in a hierarchy. @param cgroupPath absolute within it, and normal */
export function cgroupDirectory(hierarchy: CgroupHierarchy, cgroupPath: string): string {
  return hierarchy.mountpoint + cgroupPath;
}
