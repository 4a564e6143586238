import { LibpodError } from '../base/errors.js';
import { EVENT_STATUSES, EVENT_TYPES, type LibpodEvent } from '../model/event.js';

/**
 * Which events to tell of: of each name any of the values must fit, of all names given each one; but all labels must be
 * there (podman-events(1), --filter).
 */
export interface EventFilters {
  /** A container's name, or what its ID starts with; for `pod`, `image` and `volume` as well. */
  readonly container?: string | readonly string[] | undefined;
  readonly pod?: string | readonly string[] | undefined;
  readonly image?: string | readonly string[] | undefined;
  readonly volume?: string | readonly string[] | undefined;
  /** What happened: `create`, `died`, ... */
  readonly event?: string | readonly string[] | undefined;
  readonly type?: string | readonly string[] | undefined;
  /** `KEY` or `KEY=VALUE`. */
  readonly label?: string | readonly string[] | undefined;
}

type Test = (event: LibpodEvent) => boolean;

function isOf(type: LibpodEvent['type'], value: string): Test {
  return (event) =>
    event.type === type && (event.name === value || (value !== '' && event.id.startsWith(value)));
}

function oneOf<T extends string>(name: string, known: readonly T[], value: string): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `${name}=${value} filters nothing: give one of ${known.join(', ')}`,
  );
}

/** The test of one filter; `event=exited` is another word of podman's for `died`. */
function testOf(name: string, value: string): Test {
  switch (name) {
    case 'container':
    case 'volume':
      return isOf(name, value);
    case 'pod': {
      const itself = isOf('pod', value);
      return (event) =>
        itself(event) || (value !== '' && event.pod !== undefined && event.pod.startsWith(value));
    }
    case 'image': {
      const itself = isOf('image', value);
      return (event) => itself(event) || event.image === value;
    }
    case 'event':
    case 'status': {
      const wanted = oneOf(name, EVENT_STATUSES, value === 'exited' ? 'died' : value);
      return ({ status }) => status === wanted;
    }
    case 'type': {
      const wanted = oneOf(name, EVENT_TYPES, value);
      return ({ type }) => type === wanted;
    }
    case 'label': {
      const at = value.indexOf('=');
      const key = at < 0 ? value : value.slice(0, at);
      return ({ attributes }) =>
        Object.hasOwn(attributes, key) && (at < 0 || attributes[key] === value.slice(at + 1));
    }
    default:
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `${JSON.stringify(name)} is no filter of events: give container, event, image, label, pod, type or volume`,
      );
  }
}

/**
 * Turns filters into one test.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a filter, a status or a type that is not known
 */
export function eventTest(filters: EventFilters): Test {
  const groups = Object.entries(filters as Record<string, string | readonly string[] | undefined>)
    .filter((entry): entry is [string, string | readonly string[]] => entry[1] !== undefined)
    .map(([name, values]) => {
      const tests = [values].flat().map((value) => testOf(name, value));
      return (event: LibpodEvent) =>
        name === 'label' ? tests.every((test) => test(event)) : tests.some((test) => test(event));
    });
  return (event) => groups.every((test) => test(event));
}
