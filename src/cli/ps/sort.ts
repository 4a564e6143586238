import { ownValue } from '../../base/own-value.js';
import type { ContainerSummary } from '../../index.js';
import { UsageError } from '../errors.js';
import type { ContainerSize } from './row.js';

type Compare = (a: ContainerSummary, b: ContainerSummary) => number;

function by(key: (container: ContainerSummary) => string): Compare {
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

/** podman-ps(1), --sort, but for sizes, which are counted. */
const ORDERS: Readonly<Record<string, Compare>> = {
  command: by(({ command }) => command.join(' ')),
  created: by(({ createdTime }) => createdTime),
  id: by(({ id }) => id),
  image: by(({ rootfsName }) => rootfsName),
  names: by(({ name }) => name),
  runningfor: by(({ startedTime }) => startedTime),
  status: by(({ state }) => state),
};

/**
 * Sorts containers for `ps`.
 *
 * @param sizes by ID, for the order `size`
 */
export function sortContainers(
  containers: readonly ContainerSummary[],
  order: string,
  sizes: ReadonlyMap<string, ContainerSize>,
): ContainerSummary[] {
  const bytes = ({ id }: ContainerSummary): number => sizes.get(id)?.root ?? 0;
  const compare: Compare | undefined =
    order === 'size' ? (a, b) => bytes(a) - bytes(b) : ownValue(ORDERS, order);
  if (compare === undefined) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(order)} for "--sort" flag: choose from ${[...Object.keys(ORDERS), 'size'].sort().join(', ')}`,
    );
  }
  return [...containers].sort(compare);
}
