/*
 * Weights of cgroup v2 for the shares and weights of v1, and back: both ranges linear onto each other, as runc and crun have
 * had them. Every weight of v2 leads to a value of v1 that leads back to it.
 */

/** cpu.weight (1 to 10000) for cpu.shares (2 to 262144); 0, which is unset, stays 0. */
export function weightOfShares(shares: number): number {
  return shares === 0 ? 0 : Math.floor(1 + ((shares - 2) * 9999) / 262142);
}

/** cpu.shares for cpu.weight. */
export function sharesOfWeight(weight: number): number {
  return Math.ceil(2 + ((weight - 1) * 262142) / 9999);
}

/** io.weight (1 to 10000) for blkio.weight (10 to 1000). */
export function ioWeightOfBlkio(weight: number): number {
  return Math.floor(1 + ((weight - 10) * 9999) / 990);
}

/** blkio.weight for io.weight: the nearest, as v1 has fewer. */
export function blkioOfIoWeight(weight: number): number {
  return Math.round(10 + ((weight - 1) * 990) / 9999);
}
