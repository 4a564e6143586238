import type { TemplateValue } from './template.js';

/** A value of JSON with members. */
type Members = { readonly [key: string]: TemplateValue };

/**
 * A value with fields that podman's JSON leaves out where they are empty, and its templates have in any case: those that the
 * value lacks are there for whoever asks by name, and in no listing.
 *
 * @param fields by name, what a template shows
 */
export function withOmitted<T extends object>(value: T, fields: Members): T {
  for (const [name, empty] of Object.entries(fields))
    if (!Object.hasOwn(value, name)) Object.defineProperty(value, name, { value: empty, enumerable: false });
  return value;
}
