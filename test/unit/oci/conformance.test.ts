import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SCHEMA_FIELDS } from './schema-fields.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(path.join(ROOT, 'docs/conformance.md'), 'utf8');

/** What the letters of the page stand for. */
const FILES = new Map(
  [...PAGE.matchAll(/\b([A-Z]) `(test\/[^`]+)`/g)].map(([, letter = '', file = '']) => [letter, file]),
);

const ROWS = [...PAGE.matchAll(/^\| `([^`]+)` \|(.*)\| ([A-Z, ]+) \|$/gm)].map(
  ([, field = '', , tests = '']) => ({
    field,
    tests: tests.split(', '),
  }),
);

/** Whether a row is about a field: its own, or one that it is beneath. */
const covers = (row: string, field: string): boolean =>
  field === row || ['.', '['].some((mark) => field.startsWith(row + mark));

describe('docs/conformance.md', () => {
  it('has exactly one row for each field of the schema', () => {
    const wrong = SCHEMA_FIELDS.filter(
      (field) => ROWS.filter((row) => covers(row.field, field)).length !== 1,
    );
    expect(wrong).toEqual([]);
  });

  it('has no row for what is no field', () => {
    const wrong = ROWS.filter((row) => !SCHEMA_FIELDS.some((field) => covers(row.field, field)));
    expect(wrong).toEqual([]);
  });

  it('names tests that are there', () => {
    const named = ROWS.flatMap(({ tests }) => tests).map((letter) => FILES.get(letter) ?? letter);
    expect([...new Set(named)].filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });
});
