import { POD_STATUSES, type PodFilter } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { byAge, byId, byLabel, byName, byOtherLabel, combineFilters } from '../filters.js';
import { statusesOfWord } from '../status.js';

function oneFilter(name: string, value: string): PodFilter {
  switch (name) {
    case 'id':
      return byId(value);
    case 'name':
      return byName(value);
    case 'label':
      return byLabel(value);
    case 'label!':
      return byOtherLabel(value);
    case 'network':
      return ({ networks }) => networks.includes(value);
    case 'status': {
      const found = POD_STATUSES.find((status) => status.toLowerCase() === value.toLowerCase());
      if (found === undefined)
        throw new UsageError(`${value} is not a valid pod status: give one of ${POD_STATUSES.join(', ')}`);
      return ({ status }) => status === found;
    }
    case 'until':
      return byAge(value);
    case 'ctr-ids': {
      const fits = byId(value);
      return ({ containers }) => containers.some(fits);
    }
    case 'ctr-names': {
      const fits = byName(value);
      return ({ containers }) => containers.some(fits);
    }
    case 'ctr-number':
      if (!/^\d+$/.test(value)) throw new UsageError(`ctr-number=${value} is no number`);
      return ({ containers }) => containers.length === Number(value);
    case 'ctr-status': {
      const states = statusesOfWord(value);
      if (states.length === 0) throw new UsageError(`${value} is not a valid status`);
      return ({ containers }) => containers.some(({ state }) => states.includes(state));
    }
    default:
      throw new UsageError(`${name} is an invalid filter`);
  }
}

/**
 * The filters of `pod ps`: podman-pod-ps(1), --filter. Those of one name are alternatives, but all labels must be there.
 *
 * @throws UsageError for a name or a value that is not known
 */
export function parsePodFilters(words: readonly string[]): PodFilter[] {
  const tests = words.map((word) => {
    const [name, value] = splitOnce(word, '=');
    if (value === undefined)
      throw new UsageError(`filter input must be in the form of filter=value: ${word} is invalid`);
    return [name, oneFilter(name, value)] as const;
  });
  return combineFilters(tests);
}
