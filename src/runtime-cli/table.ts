/** The least width of a column and what stands between two, as runc has them. */
const LEAST = 12;
const GAP = 3;

/** Lines of columns, each as wide as its widest text. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(LEAST, ...rows.map((row) => (row[column] ?? '').length + GAP)),
  );
  return rows
    .map((row) =>
      row
        .map((text, column) => (column === row.length - 1 ? text : text.padEnd(widths[column] ?? 0)))
        .join(''),
    )
    .join('\n');
}
