import { LibpodError } from '../base/errors.js';
import type { Container } from '../container/container.js';
import type { RemoveOptions } from '../container/remove.js';
import type { ContainerStatus } from '../model/status.js';
import { removalsInOrder } from './remove-many.js';
import type { ContainerFilter, ContainerSummary } from './snapshot.js';

/** What a removal of many needs of a runtime. */
interface Removing {
  containers(...filters: readonly ContainerFilter[]): Promise<ContainerSummary[]>;
  getContainer(id: string): Container;
  hasContainer(id: string): boolean;
}

/** What `prune` did. */
export interface PruneReport {
  /** The full IDs of the containers that are gone. */
  readonly removed: readonly string[];
  /** Those that could not be removed, and why. */
  readonly failed: readonly { readonly id: string; readonly error: unknown }[];
}

/** The states in which a container is nobody's work: podman-container-prune(1). */
const IDLE: readonly ContainerStatus[] = ['configured', 'created', 'exited'];

/** Removes containers; one that somebody else has removed meanwhile is passed over. */
async function removeThose(
  runtime: Removing,
  ids: readonly string[],
  options?: RemoveOptions,
): Promise<PruneReport> {
  const removed: string[] = [];
  const failed: { id: string; error: unknown }[] = [];
  const removal = removalsInOrder(
    new Set(ids),
    (id) => (runtime.hasContainer(id) ? runtime.getContainer(id) : undefined),
    (container: Container) => container.remove(options),
  );
  await Promise.all(
    ids.map(async (id) => {
      try {
        await removal(runtime.getContainer(id));
        removed.push(id);
      } catch (error) {
        if (LibpodError.is(error, 'ERR_REMOVED') || LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER')) return;
        failed.push({ id, error });
      }
    }),
  );
  return { removed, failed };
}

/** Removes the containers that do not run and that all filters agree on. */
export async function prune(runtime: Removing, filters: readonly ContainerFilter[]): Promise<PruneReport> {
  const idle = await runtime.containers(({ state, isInfra }) => IDLE.includes(state) && !isInfra, ...filters);
  return removeThose(
    runtime,
    idle.map(({ id }) => id),
  );
}

/**
 * Removes all containers by force.
 *
 * @throws what kept the first one that stayed
 */
export async function removeAll(runtime: Removing): Promise<void> {
  const all = await runtime.containers();
  const ids = all.map(({ id }) => id);
  const { failed } = await removeThose(runtime, ids, { force: true, timeout: 0 });
  if (failed[0] !== undefined) throw failed[0].error;
}
