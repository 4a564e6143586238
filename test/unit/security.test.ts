import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8');

/** Classes of container escapes, by their numbers in the page. */
const CLASSES = 16;

const rows = PAGE.split('\n')
  .filter((line) => /^\| \d+\. /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/security.md', () => {
  it('has a row for each class of escapes, with a defence, tests that are there, and a control', () => {
    expect(rows.map(([, name]) => parseInt(name ?? '', 10))).toEqual(
      Array.from({ length: CLASSES }, (_, at) => at + 1),
    );
    for (const [, name, , defence, tests = '', control] of rows) {
      const files = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file);
      expect([name, files.length > 0, defence !== '', control !== '']).toEqual([name, true, true, true]);
    }
  });

  it('names only files that are there', () => {
    const named = [...PAGE.matchAll(/`(test\/[^`]+\.ts)`|\]\(([^)]+\.md)\)/g)].map(([, test, page]) =>
      test === undefined ? path.join('docs', page ?? '') : test,
    );
    expect(named.length).toBeGreaterThan(CLASSES);
    expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('tells of a control in each test of its own', () => {
    const own = [
      ...new Set([...PAGE.matchAll(/`(test\/kernel\/escapes-[^`]+)`/g)].map(([, file = '']) => file)),
    ];
    const silent = own.filter((file) => !/control/i.test(readFileSync(path.join(ROOT, file), 'utf8')));
    expect([own.length > 0, silent]).toEqual([true, []]);
  });
});
