import type { ContainerStatus, Runtime } from '../index.js';
import { UsageError } from './errors.js';

/** The IDs of all containers with one of some states; of all if none is given. What --all stands for. */
export async function allWithStatus(
  runtime: Runtime,
  statuses?: readonly ContainerStatus[],
): Promise<string[]> {
  const containers = await runtime.containers();
  return containers
    .filter(({ state }) => statuses === undefined || statuses.includes(state))
    .map(({ id }) => id);
}

/** The names of a command, or the ID of the container that was created last. */
export async function latestOrNames(
  runtime: Runtime,
  names: readonly string[],
  latest: boolean | undefined,
): Promise<readonly string[]> {
  if (latest !== true) return names;
  if (names.length > 0) throw new UsageError('--latest and containers cannot be used together');
  return [(await runtime.latestContainer()).id];
}
