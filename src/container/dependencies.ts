import { dependenciesOf } from '../model/dependencies.js';
import { orderOf } from '../model/graph.js';
import { joinCompany } from './company.js';
import type { ContainerCore } from './core.js';
import { startIfIdle } from './start.js';

/** What a person calls the container with this ID. */
function nameOf(core: ContainerCore, id: string): string {
  return core.find(id)?.name ?? id;
}

/**
 * Containers and all that they depend on, what depends on nothing first.
 *
 * @throws LibpodError ERR_DEPENDENCY for a cycle, or one that is not there
 */
export function startOrder(cores: readonly ContainerCore[]): ContainerCore[] {
  const [any] = cores;
  if (any === undefined) return [];
  const find = (id: string): ContainerCore | undefined => cores.find((one) => one.id === id) ?? any.find(id);
  const order = orderOf(
    cores.map(({ id }) => id),
    (id) => {
      const config = find(id)?.config;
      return config && dependenciesOf(config);
    },
    (id) => nameOf(any, id),
  );
  return order.flatMap((id) => find(id) ?? []);
}

/**
 * Starts all that a container depends on and that does not run, in order; each under its own lock alone (libpod's
 * startDependencies). A crash in between leaves some of them running, which the next start finds.
 */
export async function startDependencies(core: ContainerCore): Promise<void> {
  await joinCompany(core);
  if (dependenciesOf(core.config).length === 0) return;
  for (const dependency of startOrder([core])) {
    if (dependency.id !== core.id) await startIfIdle(dependency);
  }
}

/** The containers that depend on this one, by ID, as they are now; not those that depend on them in turn. */
export function dependentsOf(core: ContainerCore): string[] {
  return core.services.records.linkedTo(core.id);
}
