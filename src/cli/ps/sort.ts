import type { ContainerSummary } from '../../index.js';
import { UsageError } from '../errors.js';

type Compare = (a: ContainerSummary, b: ContainerSummary) => number;

function by(key: (container: ContainerSummary) => string): Compare {
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

/** podman-ps(1), --sort; sizes are not kept. */
const ORDERS: Readonly<Record<string, Compare>> = {
  command: by(({ command }) => command.join(' ')),
  created: by(({ createdTime }) => createdTime),
  id: by(({ id }) => id),
  image: by(({ rootfsName }) => rootfsName),
  names: by(({ name }) => name),
  runningfor: by(({ startedTime }) => startedTime),
  status: by(({ state }) => state),
};

/** Sorts containers for `ps`. */
export function sortContainers(containers: readonly ContainerSummary[], order: string): ContainerSummary[] {
  const compare = Object.hasOwn(ORDERS, order) ? ORDERS[order] : undefined;
  if (compare === undefined) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(order)} for "--sort" flag: choose from ${Object.keys(ORDERS).join(', ')}`,
    );
  }
  return [...containers].sort(compare);
}
