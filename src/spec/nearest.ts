/**
 * How many letters must be put in, left out, replaced or swapped with the next to make one word of another: the distance
 * of Damerau and Levenshtein in its restricted form. Letters of either case count as equal.
 */
export function editDistance(from: string, to: string): number {
  const a = from.toLowerCase();
  const b = to.toLowerCase();
  const cost = (row: readonly number[], column: number): number => row[column] ?? Infinity;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = cost(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const crosswise = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = crosswise ? cost(before, j - 2) + 1 : Infinity;
      next.push(Math.min(cost(last, j) + 1, cost(next, j - 1) + 1, replaced, swapped));
    }
    before = last;
    last = next;
  }
  return cost(last, b.length);
}

/** The word that was probably meant: the nearest one, if no more than a third of the letters, or two, are wrong. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of words) {
    const distance = editDistance(word, candidate);
    // Half of a short word that is wrong is another word.
    if (distance >= least || 2 * distance > Math.min(word.length, candidate.length)) continue;
    best = candidate;
    least = distance;
  }
  return best;
}
