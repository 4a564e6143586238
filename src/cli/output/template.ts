import { ownValue } from '../../base/own-value.js';
import { UsageError } from '../errors.js';
import { formatTable } from './table.js';

/** A value that a template shows: what JSON can hold. */
export type TemplateValue =
  | null
  | undefined
  | boolean
  | number
  | string
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue };

/** One action or a piece of text. */
type Part = { readonly text: string } | { readonly show: (value: TemplateValue) => string };

function refuse(template: string, why: string): never {
  throw new UsageError(`template ${JSON.stringify(template)}: ${why}`);
}

/** A value as Go's fmt prints it with %v, which is what text/template does. */
export function goString(value: TemplateValue): string {
  if (value === null || value === undefined) return '<no value>';
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(goString).join(' ')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, inner]) => `${key}:${goString(inner)}`).join(' ')}]`;
}

function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

/** One word of an action: a field such as `.State.Pid`, the dot, a text, a number. */
function operand(template: string, word: string): (value: TemplateValue) => TemplateValue {
  if (word === '.') return (value) => value;
  if (/^"(?:[^"\\]|\\.)*"$/.test(word)) {
    const text = JSON.parse(word) as string;
    return () => text;
  }
  if (/^-?\d+$/.test(word)) return () => Number(word);
  if (!/^(\.[A-Za-z_]\w*)+$/.test(word))
    return refuse(template, `${JSON.stringify(word)} is no field; write one such as {{.ID}}`);
  const names = word.slice(1).split('.');
  return (value) => {
    let inner = value;
    for (const name of names) {
      if (inner === null || typeof inner !== 'object' || isList(inner) || !Object.hasOwn(inner, name)) {
        refuse(template, `there is no field ${JSON.stringify(name)} in <${word}>`);
      }
      inner = (inner as Record<string, TemplateValue>)[name];
    }
    return inner;
  };
}

function element(template: string, container: TemplateValue, key: TemplateValue): TemplateValue {
  if (isList(container) && typeof key === 'number') {
    return key >= 0 && key < container.length
      ? container[key]
      : refuse(template, `the index ${key} is out of range`);
  }
  if (container !== null && typeof container === 'object' && !isList(container) && typeof key === 'string') {
    return ownValue(container, key) ?? '';
  }
  return refuse(template, 'index needs a list and a number, or a map and a text');
}

/** What stands between {{ and }}. */
function action(template: string, source: string): Part {
  const words = source.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const [first = '', ...rest] = words;
  const args = (): ((value: TemplateValue) => TemplateValue)[] => rest.map((word) => operand(template, word));
  switch (first) {
    case 'json': {
      const [of, ...more] = args();
      if (of === undefined || more.length > 0) return refuse(template, 'json takes one field');
      return { show: (value) => JSON.stringify(of(value) ?? null) };
    }
    case 'len': {
      const [of, ...more] = args();
      if (of === undefined || more.length > 0) return refuse(template, 'len takes one field');
      return { show: (value) => String(lengthOf(template, of(value))) };
    }
    case 'index': {
      const [of, ...keys] = args();
      if (of === undefined || keys.length === 0) return refuse(template, 'index takes a field and a key');
      return {
        show: (value) =>
          goString(keys.reduce((inner, key) => element(template, inner, key(value)), of(value))),
      };
    }
    default: {
      if (rest.length > 0 || first === '') {
        return refuse(
          template,
          `{{${source}}} is not understood; write {{.Field}}, {{json .Field}}, {{len .Field}} or {{index .Field "key"}}`,
        );
      }
      const of = operand(template, first);
      return { show: (value) => goString(of(value)) };
    }
  }
}

function lengthOf(template: string, value: TemplateValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value === null || typeof value !== 'object')
    return refuse(template, 'len needs a text, a list or a map');
  return isList(value) ? value.length : Object.keys(value).length;
}

/**
 * Compiles a format in the small part of Go's text/template that podman's users write: fields, `json`, `len` and `index`,
 * with `{{-` and `-}}` trimming the space around. `\t` and `\n` stand for a tab and a newline.
 *
 * @throws UsageError for an action of another kind; the function that is returned, for a field that is not there
 */
export function compileTemplate(template: string): (value: TemplateValue) => string {
  const source = template.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  const parts: Part[] = [];
  let trim = false;
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    const text = source.slice(at, open < 0 ? undefined : open);
    const left = open >= 0 && /^\{\{-\s/.test(source.slice(open));
    parts.push({ text: trimmed(text, trim, left) });
    if (open < 0) break;
    const close = source.indexOf('}}', open);
    if (close < 0) return refuse(template, 'an action is not closed with }}');
    const inside = source.slice(open + 2, close);
    trim = /\s-$/.test(inside);
    parts.push(action(template, inside.replace(/^-\s/, '').replace(/\s-$/, '').trim()));
    at = close + 2;
  }
  return (value) => parts.map((part) => ('text' in part ? part.text : part.show(value))).join('');
}

function trimmed(text: string, start: boolean, end: boolean): string {
  const begun = start ? text.trimStart() : text;
  return end ? begun.trimEnd() : begun;
}

/**
 * Formats a list by a template, one line an item. `table ...` sets tabs into columns under a heading.
 *
 * @param headings the column headings by field; a field without one is shown by its name in capitals
 */
export function formatList(
  template: string,
  items: readonly { readonly [key: string]: TemplateValue }[],
  headings: Readonly<Record<string, string>>,
): string {
  const table = /^table\s/.test(template);
  const body = table ? template.replace(/^table\s+/, '') : template;
  const format = compileTemplate(body);
  const lines = items.map(format);
  if (!table) return lines.map((line) => `${line}\n`).join('');
  const fields = [...body.matchAll(/\{\{[^}]*?\.(\w+)[^}]*\}\}/g)].map(([, name = '']) => [
    name,
    ownValue(headings, name) ?? name.toUpperCase(),
  ]);
  const heading = body
    .replaceAll('\\t', '\t')
    .replace(
      /\{\{[^}]*?\.(\w+)[^}]*\}\}/g,
      (_, name: string) => (Object.fromEntries(fields) as Record<string, string>)[name] as string,
    );
  return formatTable([heading, ...lines].map((line) => line.split('\t')));
}
