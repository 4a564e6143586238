import { LibpodError } from '../base/errors.js';
import type { Services } from '../container/services.js';
import { FileLock } from '../linux/files/file-lock.js';
import type { NetworkChanges, NetworkConfig, NetworkOptions } from '../network/config.js';
import { networksOf } from '../model/settings.js';
import type { ContainerRecords } from '../records/container-records.js';
import type { ContainerSummary } from './snapshot.js';
import type { RemoveOptions } from '../container/remove.js';
import type { PodRemoveOptions } from '../pod/remove.js';
import { requireShape } from '../spec/shape.js';
import { NETWORK_CHANGES, NETWORK_CREATE_OPTIONS } from './options/shapes.js';

export interface NetworkRemoveOptions {
  /** Remove the pods and containers that are in it too, and who shares their network namespaces, also those that run. */
  readonly force?: boolean | undefined;
  /** Seconds that they have after their stop signal; 0 unless given. */
  readonly timeout?: number | undefined;
}

/** Answers whether a network is meant. */
export type NetworkFilter = (network: NetworkConfig) => boolean;

/** What is needed of the engine; it stands above this. */
interface Containers {
  getContainer(id: string): { reloadResolvConf(): Promise<void> };
  containers(): Promise<ContainerSummary[]>;
  removeContainer(id: string, options?: RemoveOptions): Promise<void>;
  removePod(id: string, options?: PodRemoveOptions): Promise<void>;
}

/** Whether a container may still use what it was given: somebody works on it, or its monitor lives. */
export function isHeld(records: ContainerRecords, id: string): boolean {
  return [true, false].some(
    (throwaway) => FileLock.holder(records.paths.container(id, throwaway).lock) !== undefined,
  );
}

/** Makes a network. @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME, ERR_NAME_IN_USE */
export async function createNetwork({ networks }: Services, options: NetworkOptions): Promise<NetworkConfig> {
  requireShape('createNetwork', NETWORK_CREATE_OPTIONS, options);
  return networks.create(options);
}

/**
 * Changes its name servers, also for the containers that run in it.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_NETWORK
 */
export async function updateNetwork(
  engine: Containers,
  services: Services,
  nameOrId: string,
  changes: NetworkChanges,
): Promise<NetworkConfig> {
  requireShape('updateNetwork', NETWORK_CHANGES, changes);
  const changed = await services.networks.update(services.networks.nameOf(nameOrId), changes);
  const users = await usersOf(engine, services, changed.name);
  for (const { id } of [...users, ...(await sharersOf(engine, services, users))]) {
    try {
      await engine.getContainer(id).reloadResolvConf();
    } catch (error) {
      // One that does not run hears of it when it starts.
      if (!LibpodError.is(error, 'ERR_INVALID_STATE') && !LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER'))
        throw error;
    }
  }
  return changed;
}

/** The containers that share the network namespace of one of these. */
async function sharersOf(
  engine: Containers,
  { records }: Services,
  users: readonly ContainerSummary[],
): Promise<ContainerSummary[]> {
  const ids = new Set(users.map(({ id }) => id));
  return (await engine.containers()).filter(({ id, problem }) => {
    const joined = problem === undefined ? records.config(id)?.netNsCtr : undefined;
    return joined !== undefined && ids.has(joined);
  });
}

/** The containers that are configured to be in a network. */
export async function usersOf(
  engine: Containers,
  { records }: Services,
  name: string,
): Promise<ContainerSummary[]> {
  const all = await engine.containers();
  return all.filter(({ id }) => {
    try {
      const config = records.config(id);
      if (config === undefined) return false;
      return networksOf(config, records.settings(config)).some((network) => network.name === name);
    } catch (error) {
      // A record that cannot be read keeps no network.
      if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
      return false;
    }
  });
}

/**
 * Removes a network; with `force` also who uses it: pods whose infra container is in it, the containers that are, and before
 * them those that share their namespaces.
 */
export async function removeNetwork(
  engine: Containers,
  services: Services,
  nameOrId: string,
  { force = false, timeout = 0 }: NetworkRemoveOptions,
): Promise<void> {
  const name = services.networks.nameOf(nameOrId);
  const users = await usersOf(engine, services, name);
  const [first] = users;
  if (first !== undefined && !force)
    throw new LibpodError(
      'ERR_NETWORK_IN_USE',
      `network ${name} is in use by container ${first.name}: remove that container first, or use force`,
    );
  const pods = new Set(users.flatMap(({ pod, isInfra }) => (isInfra ? pod : [])));
  const alone = [...(await sharersOf(engine, services, users)), ...users].filter(({ pod }) => !pods.has(pod));
  for (const { id } of alone) await engine.removeContainer(id, { force: true, timeout });
  for (const pod of pods) await engine.removePod(pod, { force: true, timeout });
  await services.networks.remove(name, (id) => isHeld(services.records, id));
}

/** Removes the networks that no container is configured to be in. */
export async function pruneNetworks(
  engine: Containers,
  services: Services,
  filters: readonly NetworkFilter[] = [],
): Promise<string[]> {
  const removed: string[] = [];
  for (const network of services.networks.list()) {
    const { name } = network;
    // Those of plugins are files of an administrator's.
    if (network.driver === 'cni' || !filters.every((meant) => meant(network))) continue;
    if ((await usersOf(engine, services, name)).length > 0) continue;
    try {
      await services.networks.remove(name, (id) => isHeld(services.records, id));
      removed.push(name);
    } catch (error) {
      // Somebody was faster, or has put a container into it.
      if (!LibpodError.is(error, 'ERR_NO_SUCH_NETWORK') && !LibpodError.is(error, 'ERR_NETWORK_IN_USE'))
        throw error;
    }
  }
  return removed;
}
