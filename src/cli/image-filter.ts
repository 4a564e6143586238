import type { ImageFilter, ImageSummary } from '../index.js';
import { UsageError } from './errors.js';
import { byAge, byId, byLabel, byOtherLabel, combineFilters, flagOf, parseFilterWords } from './filters.js';

/** Which filters a command has: `image prune` those of labels and age alone. */
export const LIST_FILTERS = [
  ...['label', 'label!', 'until', 'id', 'reference', 'dangling', 'intermediate', 'readonly'],
  ...['before', 'since', 'after', 'containers', 'manifest'],
] as const;
export const PRUNE_FILTERS = ['label', 'label!', 'until'] as const;

function labelsOf({ config }: ImageSummary): Readonly<Record<string, string>> {
  return config.config?.Labels ?? {};
}

/** The time of 1970 stands for an image that does not say when it was made. */
function createdOf({ config }: ImageSummary): string {
  return config.created ?? new Date(0).toISOString();
}

/** A pattern of path.Match of Go, in which `*` and `?` do not match a slash. */
function patternOf(text: string): RegExp {
  const source = text.replaceAll(/\[[^\]]*\]|[^]/g, (part) => {
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.length > 1 ? part : part.replace(/[\\^$.|+(){}[\]]/, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    throw new UsageError(`${JSON.stringify(text)} is no pattern of a reference`);
  }
}

/** A name in the ways that people write it: without its registry or what else is before it, and without its tag or digest. */
function* waysToWrite(name: string): Generator<string, void, void> {
  const parts = name.split('/');
  for (let from = 0; from < parts.length; from++) {
    const written = parts.slice(from).join('/');
    yield written;
    yield written.replace(/@.*$|:[^/:]*$/, '');
  }
}

/** `reference=PATTERN`, and the argument of `images`: with a name that the pattern fits, however much of it is written. */
export function byReference(text: string): ImageFilter {
  const pattern = patternOf(text);
  return ({ names }) => names.some((name) => [...waysToWrite(name)].some((written) => pattern.test(written)));
}

async function oneFilter(
  name: string,
  value: string,
  find: (nameOrId: string) => Promise<ImageSummary>,
): Promise<ImageFilter> {
  switch (name) {
    case 'label':
    case 'label!': {
      const test = name === 'label' ? byLabel(value) : byOtherLabel(value);
      return (image) => test({ labels: labelsOf(image) });
    }
    case 'until': {
      const isOld = byAge(value);
      return (image) => isOld({ createdTime: createdOf(image) });
    }
    case 'id':
      return byId(value);
    case 'reference':
      return byReference(value);
    case 'dangling': {
      const wanted = flagOf(name, value);
      return ({ names }) => (names.length === 0) === wanted;
    }
    // None is kept for a step of a build or is in a store that others share, and of an index the image that was chosen is here.
    case 'intermediate':
    case 'readonly':
    case 'manifest': {
      const wanted = flagOf(name, value);
      return () => !wanted;
    }
    case 'containers': {
      // Containers of other programs are in other stores.
      if (value === 'external') return () => false;
      const wanted = flagOf(name, value);
      return ({ containers }) => containers.length > 0 === wanted;
    }
    default: {
      const limit = new Date(createdOf(await find(value)));
      return name === 'before'
        ? (image) => new Date(createdOf(image)) < limit
        : (image) => new Date(createdOf(image)) > limit;
    }
  }
}

/**
 * The filters of `images`, `image prune` and `system prune`: those of one name are alternatives, but all labels must be there.
 *
 * @param find the image that `before` and `since` name
 * @throws UsageError for a name that the command does not have
 */
export async function parseImageFilters(
  words: readonly string[],
  names: readonly string[],
  find: (nameOrId: string) => Promise<ImageSummary>,
): Promise<ImageFilter[]> {
  const tests: [name: string, test: ImageFilter][] = [];
  for (const [name, value] of parseFilterWords(words)) {
    if (!names.includes(name)) throw new UsageError(`${JSON.stringify(name)} is an invalid image filter`);
    tests.push([name, await oneFilter(name, value, find)]);
  }
  return combineFilters(tests);
}
