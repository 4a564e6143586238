import type { NetworkFilter } from '../index.js';
import { splitOnce } from './command.js';
import { UsageError } from './errors.js';
import { byAge, byLabel, byName } from './filters.js';
import { networkId } from './network-json.js';

/** Which filters a command has: `network prune` those of labels and age alone. */
export const LIST_FILTERS = ['name', 'id', 'driver', 'label', 'label!', 'until', 'dangling'] as const;
export const PRUNE_FILTERS = ['label', 'label!', 'until'] as const;

/** The networks that no container is configured to be in: asked for when `dangling` is. */
type Unused = ReadonlySet<string>;

function oneFilter(name: string, value: string, unused: Unused): NetworkFilter {
  switch (name) {
    case 'name':
      return byName(value);
    case 'id':
      return (network) => networkId(network.name).startsWith(value.toLowerCase());
    case 'driver':
      return ({ driver }) => driver === value;
    case 'label':
      return byLabel(value);
    case 'label!': {
      const has = byLabel(value);
      return (network) => !has(network);
    }
    case 'until':
      return byAge(value);
    default: {
      const wanted = { true: true, '1': true, false: false, '0': false }[value];
      if (wanted === undefined)
        throw new UsageError(
          `${JSON.stringify(value)} is not a valid value for the "dangling" filter: give true or false`,
        );
      return (network) => unused.has(network.name) === wanted;
    }
  }
}

/** Whether a filter of this name is among the words. */
export function asksFor(name: string, words: readonly string[]): boolean {
  return words.some((word) => word.startsWith(`${name}=`));
}

/**
 * The filters of `network ls` and `network prune`: those of one name are alternatives, but all labels must be there.
 *
 * @throws UsageError for a name that the command does not have
 */
export function parseNetworkFilters(
  words: readonly string[],
  known: readonly string[],
  unused: Unused = new Set(),
): NetworkFilter[] {
  const byKind = new Map<string, NetworkFilter[]>();
  for (const word of words) {
    const [name, value] = splitOnce(word, '=');
    if (value === undefined) throw new UsageError(`invalid filter ${JSON.stringify(word)}: write NAME=VALUE`);
    if (!known.includes(name))
      throw new UsageError(
        `${JSON.stringify(name)} is an invalid network filter here: give ${known.join(', ')}`,
      );
    byKind.set(name, [...(byKind.get(name) ?? []), oneFilter(name, value, unused)]);
  }
  return [...byKind].map(
    ([name, tests]) =>
      (network) =>
        name.startsWith('label') ? tests.every((test) => test(network)) : tests.some((test) => test(network)),
  );
}
