import { randomBytes } from 'node:crypto';

/** FNV-1a's prime, and its relative of MurmurHash3, which mix the two halves of a sum. */
const PRIMES = [0x0100_0193, 0x85eb_ca6b] as const;
const FIRST_SLOTS = 1024;

/** The last mixing of MurmurHash3: each bit of what comes in counts for each of what goes out. */
function mixed(sum: number): number {
  let mix = sum ^ (sum >>> 16);
  mix = Math.imul(mix, 0x85eb_ca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2_ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

/**
 * Paths of which is only asked whether they are in it. It keeps 64 bits of each and not the text: an archive may have a million, which
 * as texts are 200 MB. The sums begin with bits by chance, so that nobody can write two paths for which they are one.
 */
export class PathSet {
  readonly #seeds = [randomBytes(4).readUInt32LE(), randomBytes(4).readUInt32LE()] as const;
  /** Two numbers for each slot; the first is 0 for one that is free. */
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #count = 0;

  /** Where a path is, or would be. */
  #find(slots: Uint32Array, low: number, high: number): number {
    const last = slots.length / 2 - 1;
    let at = low & last;
    while (slots[2 * at] !== 0 && !(slots[2 * at] === low && slots[2 * at + 1] === high))
      at = (at + 1) & last;
    return 2 * at;
  }

  #sums(path: string): readonly [low: number, high: number] {
    let [low, high] = this.#seeds as readonly number[] as [number, number];
    for (let at = 0; at < path.length; at++) {
      const code = path.charCodeAt(at);
      low = Math.imul(low ^ code, PRIMES[0]);
      high = Math.imul(high ^ code, PRIMES[1]) + at;
    }
    return [mixed(low) || 1, mixed(high)];
  }

  has(path: string): boolean {
    const [low, high] = this.#sums(path);
    return this.#slots[this.#find(this.#slots, low, high)] !== 0;
  }

  add(path: string): void {
    const [low, high] = this.#sums(path);
    const at = this.#find(this.#slots, low, high);
    if (this.#slots[at] !== 0) return;
    this.#slots.set([low, high], at);
    if (++this.#count * 4 > this.#slots.length) this.#grow();
  }

  #grow(): void {
    const slots = new Uint32Array(2 * this.#slots.length);
    for (let at = 0; at < this.#slots.length; at += 2) {
      const [low = 0, high = 0] = this.#slots.subarray(at, at + 2);
      if (low !== 0) slots.set([low, high], this.#find(slots, low, high));
    }
    this.#slots = slots;
  }
}
