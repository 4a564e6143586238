import { Writable } from 'node:stream';
import { LibpodError } from '../base/errors.js';

/** What leaves a terminal and lets its container go on: podman-attach(1), --detach-keys. */
export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/** The keys that go with ctrl: `@` is 0, `a` to `z` 1 to 26, then these five. */
const CONTROLS = '@abcdefghijklmnopqrstuvwxyz[\\]^_';
const DELETE = 127;

function keyOf(word: string, keys: string): number {
  const control = word.startsWith('ctrl-') ? CONTROLS.indexOf(word.slice('ctrl-'.length)) : -1;
  if (control >= 0 && word.length === 'ctrl-'.length + 1) return control;
  if (word === 'DEL') return DELETE;
  const code = word.charCodeAt(0);
  if (word.length === 1 && code < 128) return code;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `invalid detach keys ${JSON.stringify(keys)}: unknown character ${JSON.stringify(word)}; write letters or ctrl-LETTER, with commas between`,
  );
}

/**
 * Reads detach keys as podman-attach(1) has them: letters, `ctrl-LETTER` and `DEL`, with commas between.
 *
 * @param keys `ctrl-p,ctrl-q`, say
 * @returns their bytes; none for ''
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function parseDetachKeys(keys: string): Buffer {
  return Buffer.from(keys === '' ? [] : keys.split(',').map((word) => keyOf(word, keys)));
}

/** Finds the detach keys in what is typed. The beginning of them is held back until it is known to be something else. */
export class DetachFilter {
  readonly #keys: Buffer;
  #matched = 0;

  /** @param keys at least one */
  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What is to be passed on, and whether the keys came behind it. */
  push(typed: Buffer): { readonly data: Buffer; readonly detached: boolean } {
    const data: number[] = [];
    for (const key of typed) {
      while (this.#matched > 0 && key !== this.#keys[this.#matched]) data.push(...this.#giveUpFirst());
      if (key !== this.#keys[this.#matched]) data.push(key);
      else if (++this.#matched === this.#keys.length) return { data: Buffer.from(data), detached: true };
    }
    return { data: Buffer.from(data), detached: false };
  }

  /** The keys held back are no whole sequence from their first on; a shorter one may begin further on in them. */
  #giveUpFirst(): Buffer {
    const held = this.#keys.subarray(0, this.#matched);
    let drop = 1;
    while (!this.#keys.subarray(0, held.length - drop).equals(held.subarray(drop))) drop++;
    this.#matched -= drop;
    return held.subarray(0, drop);
  }

  /** What was held back, when nothing follows. */
  end(): Buffer {
    const held = this.#keys.subarray(0, this.#matched);
    this.#matched = 0;
    return held;
  }
}

/**
 * Finds the detach keys before stdin goes on to what runs.
 *
 * @param keys at least one
 * @param detach called once they have come, when what was typed before them is on its way
 */
export function withDetachKeys(stdin: Writable, keys: Buffer, detach: () => void): Writable {
  const filter = new DetachFilter(keys);
  return new Writable({
    write: (typed: Buffer, _encoding, done) => {
      const { data, detached } = filter.push(typed);
      if (detached) {
        // What was typed before belongs to the container still.
        stdin.write(data, () => detach());
        done();
      } else {
        stdin.write(data, done);
      }
    },
    final: (done) => {
      stdin.end(filter.end(), done);
    },
  });
}
