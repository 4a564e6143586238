import { closeSync, readSync } from 'node:fs';
import { LibpodError } from '../../base/errors.js';

/** Anything that holds a file descriptor open: a Descriptor, or a FileHandle of node:fs/promises. */
export interface HasDescriptor {
  readonly fd: number;
}

/** An open file descriptor, closed when it is disposed of. It is not inherited by programs that are executed (O_CLOEXEC). */
export class Descriptor implements HasDescriptor, Disposable {
  #fd: number | undefined;

  /** @param fd an open descriptor, which this object owns from now on */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * The number.
   *
   * @throws LibpodError ERR_INVALID_STATE once it is closed: the number may be another file's by then
   */
  get fd(): number {
    if (this.#fd === undefined) throw new LibpodError('ERR_INVALID_STATE', 'the descriptor is closed');
    return this.#fd;
  }

  /** Hands the number over: whoever takes it closes it, and this object no longer does. */
  release(): number {
    const { fd } = this;
    this.#fd = undefined;
    return fd;
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

const PIECE = 64 * 1024;

/** Reads a file of the kernel's from its start, however often it was read before; its size is not known before the end. */
export function readFromStart(holder: HasDescriptor): string {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const piece = Buffer.allocUnsafe(PIECE);
    const count = readSync(holder.fd, piece, 0, PIECE, at);
    if (count === 0) return Buffer.concat(pieces).toString('utf8');
    pieces.push(piece.subarray(0, count));
    at += count;
  }
}
