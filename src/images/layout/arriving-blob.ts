import { closeSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { READ_BYTES } from './blob-file.js';

const readAt = promisify(read);

/**
 * A blob on its way into the store, that can be read before all of it is here: who unpacks it need not wait for its end, and
 * reads from the file, so that neither holds the other up or anything in memory.
 */
export class ArrivingBlob {
  /** Settles when there is something to read, or never will be. */
  readonly begun: Promise<void>;
  /** Settles when all of it is here and its digest is right; rejects with what came in between. */
  readonly whole: Promise<void>;
  #begin: () => void = () => undefined;
  #finish: () => void = () => undefined;
  #break: (error: unknown) => void = () => undefined;
  #changed: () => void = () => undefined;
  #file = '';
  #bytes = 0;
  #state: 'arriving' | 'whole' | 'failed' = 'arriving';
  #beginnings = 0;

  constructor() {
    this.begun = new Promise((resolve) => (this.#begin = resolve));
    this.whole = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#break = reject;
    });
    this.whole.catch(() => undefined);
  }

  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  /** How often it began anew. Who read it meanwhile has read what is not to be believed, and less than all. */
  get beginnings(): number {
    return this.#beginnings;
  }

  /** So many bytes are in the file. */
  grown(file: string, bytes: number): void {
    this.#file = file;
    this.#bytes = bytes;
    if (bytes > 0) this.#begin();
    this.#changed();
  }

  /** What is in the file is not to be believed, and is thrown away. */
  startedOver(): void {
    this.#bytes = 0;
    this.#beginnings++;
    this.#changed();
  }

  /** All of it is here. */
  arrived(file: string, bytes: number): void {
    this.#state = 'whole';
    this.#finish();
    this.#begin();
    this.grown(file, bytes);
  }

  failed(error: unknown): void {
    this.#state = 'failed';
    this.#break(error);
    this.#begin();
    this.#changed();
  }

  /** Its bytes, as they come; fewer if it began anew. @throws what it failed with */
  async *read(): AsyncGenerator<Buffer, void, void> {
    await this.begun;
    if (this.#state === 'failed') {
      await this.whole;
      return;
    }
    const beginnings = this.#beginnings;
    // At once: when all of it is here, the same file has another name.
    const fd = openSync(this.#file, 'r');
    try {
      for (let at = 0; beginnings === this.#beginnings;) {
        if (at < this.#bytes) {
          const piece = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, this.#bytes - at));
          const { bytesRead } = await readAt(fd, piece, 0, piece.length, at);
          if (bytesRead === 0) return;
          at += bytesRead;
          yield piece.subarray(0, bytesRead);
        } else if (this.#state === 'arriving') {
          await new Promise<void>((resolve) => (this.#changed = resolve));
        } else {
          await this.whole;
          return;
        }
      }
    } finally {
      closeSync(fd);
    }
  }
}
