import type { CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import type { EventJournal } from '../events/journal.js';
import type { ContainerLocks } from '../locks/container-locks.js';
import type { Networks } from '../network/networks.js';
import type { ContainerRecords } from '../records/container-records.js';
import type { Runtimes } from '../runtimes/runtimes.js';
import type { Volumes } from '../volume/volumes.js';

/** What the verbs of a container stand on; the engine wires it. */
export interface Services {
  readonly records: ContainerRecords;
  readonly locks: ContainerLocks;
  readonly cgroups: readonly CgroupHierarchy[];
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly runtimes: Runtimes;
  readonly events: EventJournal;
}
