import type { VolumeFilter } from '../index.js';
import { splitOnce } from './command.js';
import { UsageError } from './errors.js';
import { byAge, byLabel, byName, byOtherLabel, combineFilters, flagOf, parseFilterWords } from './filters.js';

function oneFilter(name: string, value: string): VolumeFilter {
  switch (name) {
    case 'name':
      return byName(value);
    case 'driver':
      return ({ driver }) => driver === value;
    case 'scope':
      return () => value === 'local';
    case 'label':
      return byLabel(value);
    case 'label!':
      return byOtherLabel(value);
    case 'opt': {
      const [key, wanted] = splitOnce(value, '=');
      return ({ options }) =>
        Object.hasOwn(options, key) && (wanted === undefined || options[key] === wanted);
    }
    case 'until':
      return byAge(value);
    case 'dangling': {
      const wanted = flagOf(name, value);
      return ({ containers }) => (containers.length === 0) === wanted;
    }
    default:
      throw new UsageError(`${JSON.stringify(name)} is an invalid volume filter`);
  }
}

/**
 * The filters of `volume ls` and `volume prune`: those of one name are alternatives, but all labels must be there.
 *
 * @throws UsageError for a name that is not known
 */
export function parseVolumeFilters(words: readonly string[]): VolumeFilter[] {
  return combineFilters(
    parseFilterWords(words).map(([name, value]) => [name, oneFilter(name, value)] as const),
  );
}
