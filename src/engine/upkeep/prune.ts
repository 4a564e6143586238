import { LibpodError } from '../../base/errors.js';
import { afterDependents } from '../../container/after-dependents.js';
import type { ContainerCore } from '../../container/core.js';
import { remove, type RemoveOptions } from '../../container/remove.js';
import type { ContainerStatus } from '../../model/status.js';
import { isUnreadable } from '../../records/unreadable.js';
import type { ContainerFilter, ContainerSummary } from '../snapshot.js';

/** What a removal of many needs of a runtime. */
interface Removing {
  containers(...filters: readonly ContainerFilter[]): Promise<ContainerSummary[]>;
  /** The container with this full ID; undefined if it is gone. */
  find(id: string): ContainerCore | undefined;
  /** Removes a container whose records cannot be read. */
  removeUnreadable(id: string): Promise<void>;
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
  const found = ids.flatMap((id) => runtime.find(id) ?? []);
  await afterDependents(found, async (core) => {
    try {
      await remove(core, options).catch((error: unknown) => {
        // Its configuration can be read, or it were none of these; what tells its state cannot.
        if (options?.force !== true || !isUnreadable(error)) throw error;
        return runtime.removeUnreadable(core.id);
      });
      removed.push(core.id);
    } catch (error) {
      if (LibpodError.is(error, 'ERR_REMOVED')) return;
      failed.push({ id: core.id, error });
    }
  });
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
 * Removes containers, each after those among them that depend on it.
 *
 * @param ids full IDs; one that is gone is passed over
 */
export function removeMany(
  runtime: Removing,
  ids: readonly string[],
  options?: RemoveOptions,
): Promise<PruneReport> {
  return removeThose(runtime, ids, options);
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
