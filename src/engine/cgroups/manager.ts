import type { CgroupHierarchy } from '../../base/cgroup-hierarchy.js';
import type { MonitorHome } from '../../linux/processes/monitor.js';

/** Who makes the cgroup that those of containers stand in: podman(1), --cgroup-manager. */
export type CgroupManagerName = 'cgroupfs' | 'systemd';

/** The cgroups of a store: where they are, and where its monitors live. */
export interface CgroupManager extends MonitorHome {
  readonly name: CgroupManagerName;
  /** The hierarchies, with what may be handed down in them. */
  readonly hierarchies: readonly CgroupHierarchy[];
  /** The cgroup that holds those of the containers and of the monitors. */
  readonly parent: string;
  /** Takes the parent away if nobody is in it. */
  release(): Promise<void>;
}
