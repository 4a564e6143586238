import { printable } from './printable.js';

/** As podman's tables: Go's text/tabwriter with a minimal width of 12 and a padding of 2. */
const MINIMAL_WIDTH = 12;
const PADDING = 2;

/** How many columns a text takes; wide characters are counted as one, as tabwriter does. */
function width(text: string): number {
  return [...text].length;
}

/** Sets rows into columns. The last column is not padded. What is in them may be an image's or a container's own words. */
export function formatTable(table: readonly (readonly string[])[]): string {
  const rows = table.map((row) => row.map(printable));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(MINIMAL_WIDTH, ...rows.map((row) => width(row[column] ?? '') + PADDING)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
      )
      .join(''),
  );
  return lines.map((line) => `${line}\n`).join('');
}
