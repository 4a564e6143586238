import { compileTemplate, type TemplateValue } from './template.js';

/** Words that YAML reads as something else than the text they are. */
const PLAIN = /^[\w/][\w./:@ +-]*$/;
const SPECIAL = /^(true|false|null|yes|no|on|off|~)$/i;

function scalar(value: TemplateValue): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  const plain =
    PLAIN.test(value) && Number.isNaN(Number(value)) && !SPECIAL.test(value) && !/: |:$| $/.test(value);
  return plain ? value : JSON.stringify(value);
}

/** A value as block YAML (yaml.org/spec/1.2.2, chapter 8), which podman prints for `info`. */
function yaml(value: TemplateValue, indent: string): string {
  if (value === null || typeof value !== 'object') return ` ${scalar(value)}\n`;
  if (Array.isArray(value)) {
    return value.length === 0
      ? ' []\n'
      : `\n${value.map((item: TemplateValue) => `${indent}-${yaml(item, `${indent}  `)}`).join('')}`;
  }
  const entries = Object.entries(value as Record<string, TemplateValue>);
  if (entries.length === 0) return ' {}\n';
  return `\n${entries.map(([key, inner]) => `${indent}${key}:${yaml(inner, `${indent}  `)}`).join('')}`;
}

/** Prints facts: as YAML, as JSON for the format `json`, or through a template. */
export function formatObject(
  facts: { readonly [key: string]: TemplateValue },
  format: string | undefined,
): string {
  if (format === undefined) return yaml(facts, '').replace(/^\n/, '');
  if (format === 'json') return `${JSON.stringify(facts, null, '  ')}\n`;
  return `${compileTemplate(format)(facts)}\n`;
}
