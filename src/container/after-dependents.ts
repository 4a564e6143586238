import { dependenciesOf } from '../model/dependencies.js';
import type { ContainerCore } from './core.js';

/** Whether a container has its turn after another one: it depends on that, or is the infra container of a pod. */
function isBefore(one: ContainerCore, other: ContainerCore): boolean {
  return other.config.isInfra === true
    ? one.config.isInfra !== true && one.config.pod === other.config.pod
    : dependenciesOf(one.config).includes(other.id);
}

/**
 * Does something to several containers at once, but to each only after those among them that depend on it: how they are
 * stopped and removed. An infra container comes after all others of its pod, also where they share nothing.
 */
export async function afterDependents(
  cores: readonly ContainerCore[],
  work: (core: ContainerCore) => Promise<unknown>,
): Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const turn = (core: ContainerCore): Promise<void> => {
    const known = begun.get(core.id);
    if (known !== undefined) return known;
    const done = (async () => {
      await Promise.all(cores.filter((one) => one.id !== core.id && isBefore(one, core)).map(turn));
      await work(core);
    })();
    begun.set(core.id, done);
    return done;
  };
  await Promise.all(cores.map(turn));
}
