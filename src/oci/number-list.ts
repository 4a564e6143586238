/** The largest number that a list may have: the kernel's largest number of processors, and more than its nodes. */
const MOST = 8192;

/**
 * A list of processors or memory nodes, such as `0-3,7` (cpuset(7), "List format"), as a mask: one bit a number, the first
 * in the lowest bit of the first byte.
 *
 * @returns undefined for what is no such list, or has numbers above 8191
 */
export function numberListMask(text: string): Uint8Array | undefined {
  const mask = new Uint8Array(MOST / 8);
  let last = -1;
  for (const part of text.trim().split(',')) {
    const range = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim());
    if (range === null) return undefined;
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    if (from > to || to >= MOST) return undefined;
    for (let number = from; number <= to; number++)
      mask[number >> 3] = (mask[number >> 3] ?? 0) | (1 << (number & 7));
    last = Math.max(last, to);
  }
  return mask.subarray(0, (last >> 3) + 1);
}
