import { networkId, type NetworkFilter } from '../index.js';
import { UsageError } from './errors.js';
import { byAge, byLabel, byName, byOtherLabel, combineFilters, flagOf, parseFilterWords } from './filters.js';

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
    case 'label!':
      return byOtherLabel(value);
    case 'until':
      return byAge(value);
    default: {
      const wanted = flagOf(name, value);
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
  const tests = parseFilterWords(words).map(([name, value]) => {
    if (!known.includes(name))
      throw new UsageError(
        `${JSON.stringify(name)} is an invalid network filter here: give ${known.join(', ')}`,
      );
    return [name, oneFilter(name, value, unused)] as const;
  });
  return combineFilters(tests);
}
