import { splitOnce } from './command.js';
import { UsageError } from './errors.js';
import { parseMoment } from './flags/time.js';

/** What --filter may ask of anything that podman lists, whatever it is. */

/** `name=PATTERN`. */
export function byName(value: string): (one: { readonly name: string }) => boolean {
  let pattern: RegExp;
  try {
    pattern = new RegExp(value);
  } catch {
    throw new UsageError(`filter ${JSON.stringify(value)} is no regular expression`);
  }
  return ({ name }) => pattern.test(name);
}

/** `id=PATTERN`: digits are the beginning of an ID, anything else is a regular expression. */
export function byId(value: string): (one: { readonly id: string }) => boolean {
  if (/^[0-9a-f]+$/.test(value)) return ({ id }) => id.startsWith(value);
  const matches = byName(value);
  return ({ id }) => matches({ name: id });
}

/** `label!=KEY[=VALUE]`. */
export function byOtherLabel(value: string): ReturnType<typeof byLabel> {
  const has = byLabel(value);
  return (one) => !has(one);
}

/** `label=KEY[=VALUE]`. */
export function byLabel(
  value: string,
): (one: { readonly labels: Readonly<Record<string, string>> }) => boolean {
  const [key, wanted] = splitOnce(value, '=');
  return ({ labels }) => Object.hasOwn(labels, key) && (wanted === undefined || labels[key] === wanted);
}

/** `until=MOMENT`: made before it. */
export function byAge(value: string): (one: { readonly createdTime: string }) => boolean {
  const limit = parseMoment('filter until', value);
  return ({ createdTime }) => new Date(createdTime) < limit;
}

/** `NAME=true` and the like. */
export function flagOf(name: string, value: string): boolean {
  const wanted = { true: true, '1': true, false: false, '0': false }[value];
  if (wanted === undefined)
    throw new UsageError(
      `${JSON.stringify(value)} is not a valid value for the ${JSON.stringify(name)} filter: give true or false`,
    );
  return wanted;
}

/** A filter of a command line. */
export type FilterWord = readonly [name: string, value: string];

/** @throws UsageError for one that is no NAME=VALUE */
export function parseFilterWords(words: readonly string[]): FilterWord[] {
  return words.map((word) => {
    const [name, value] = splitOnce(word, '=');
    if (value === undefined) throw new UsageError(`invalid filter ${JSON.stringify(word)}: write NAME=VALUE`);
    return [name, value];
  });
}

/** Puts the filters of a command line together: those of one name are alternatives, but all labels must be there. */
export function combineFilters<T>(
  tests: readonly (readonly [name: string, test: (one: T) => boolean])[],
): ((one: T) => boolean)[] {
  const byKind = new Map<string, ((one: T) => boolean)[]>();
  for (const [name, test] of tests) byKind.set(name, [...(byKind.get(name) ?? []), test]);
  return [...byKind].map(
    ([name, alternatives]) =>
      (one) =>
        name.startsWith('label')
          ? alternatives.every((test) => test(one))
          : alternatives.some((test) => test(one)),
  );
}
