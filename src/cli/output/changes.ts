import type { RootChange } from '../../index.js';
import { printable } from './printable.js';

const LETTERS = { added: 'A', changed: 'C', deleted: 'D' } as const;

/** podman's indentation of JSON here. */
const INDENT = '     ';

/** Paths by what became of them; a kind that there is none of is left out. */
function byKind(changes: readonly RootChange[]): Record<string, string[]> {
  const kinds = ['changed', 'added', 'deleted'] as const;
  const found = kinds.map(
    (wanted) => [wanted, changes.flatMap(({ kind, path }) => (kind === wanted ? path : []))] as const,
  );
  return Object.fromEntries(found.filter(([, paths]) => paths.length > 0));
}

/** Prints changes as podman-diff(1) does. */
export function writeChanges(changes: readonly RootChange[], json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(byKind(changes), null, INDENT)}\n`);
  else for (const { kind, path } of changes) process.stdout.write(`${LETTERS[kind]} ${printable(path)}\n`);
}
