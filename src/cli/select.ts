import type { ContainerStatus, Runtime } from '../index.js';

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
