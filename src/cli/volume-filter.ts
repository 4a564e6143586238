import type { VolumeFilter } from '../index.js';
import { splitOnce } from './command.js';
import { UsageError } from './errors.js';
import { byAge, byLabel, byName } from './filters.js';

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
    case 'label!': {
      const has = byLabel(value);
      return (volume) => !has(volume);
    }
    case 'opt': {
      const [key, wanted] = splitOnce(value, '=');
      return ({ options }) =>
        Object.hasOwn(options, key) && (wanted === undefined || options[key] === wanted);
    }
    case 'until':
      return byAge(value);
    case 'dangling': {
      const wanted = { true: true, '1': true, false: false, '0': false }[value];
      if (wanted === undefined)
        throw new UsageError(
          `${JSON.stringify(value)} is not a valid value for the "dangling" filter: give true or false`,
        );
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
  const byKind = new Map<string, VolumeFilter[]>();
  for (const word of words) {
    const [name, value] = splitOnce(word, '=');
    if (value === undefined) throw new UsageError(`invalid filter ${JSON.stringify(word)}: write NAME=VALUE`);
    byKind.set(name, [...(byKind.get(name) ?? []), oneFilter(name, value)]);
  }
  return [...byKind].map(
    ([name, tests]) =>
      (volume) =>
        name.startsWith('label') ? tests.every((test) => test(volume)) : tests.some((test) => test(volume)),
  );
}
