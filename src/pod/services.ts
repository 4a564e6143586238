import type { ContainerCore } from '../container/core.js';
import type { Services } from '../container/services.js';
import type { PodRecords } from '../records/pod-records.js';

/** What the verbs of a pod stand on; the engine wires it. */
export interface PodServices {
  readonly containers: Services;
  readonly pods: PodRecords;
  /** The container with this full ID; undefined if there is none. */
  find(id: string): ContainerCore | undefined;
}
