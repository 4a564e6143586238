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
