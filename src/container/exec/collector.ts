import type { Readable } from 'node:stream';

/** Keeps what comes on a stream, up to a size. Others may read the stream too. */
export class Collector {
  readonly #pieces: Buffer[] = [];
  readonly #done: Promise<unknown>;
  #size = 0;
  /** Whether there was more than was to be kept. */
  full = false;

  /** @param onFull called once, with the first byte too many */
  constructor(stream: Readable, most: number, onFull: () => void) {
    stream.on('data', (piece: Buffer) => {
      if (this.full) return;
      this.#size += piece.length;
      this.full = this.#size > most;
      if (this.full) onFull();
      else this.#pieces.push(piece);
    });
    this.#done = new Promise((resolve) => {
      stream.once('end', resolve).once('close', resolve);
    });
  }

  /** All of it, once the stream has ended. */
  async finish(): Promise<Buffer> {
    await this.#done;
    return Buffer.concat(this.#pieces);
  }
}
