import { Readable } from 'node:stream';
import type { Socket } from 'node:net';

/**
 * The outputs that come over one socket. A reader that stops holds the socket back, and so whoever writes at its other
 * end: both have to be read, or destroyed.
 */
export class SocketOutputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly #full = new Set<Readable>();
  #socket: Socket | undefined;
  #ended = false;

  constructor() {
    this.stdout = this.#make();
    this.stderr = this.#make();
  }

  #make(): Readable {
    const stream: Readable = new Readable({
      read: () => this.#hasRoom(stream),
      // One that its reader has destroyed takes no more, and holds nobody up.
      destroy: (error, done) => {
        this.#hasRoom(stream);
        done(error);
      },
    });
    return stream;
  }

  /** Names the socket that is to be held back. */
  connect(socket: Socket): void {
    this.#socket = socket;
    if (this.#full.size > 0) socket.pause();
  }

  #hasRoom(stream: Readable): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#socket?.resume();
  }

  /** Passes a piece of output on. */
  push(to: 'stdout' | 'stderr', data: Uint8Array): void {
    const stream = this[to];
    if (this.#ended || stream.destroyed || stream.push(data)) return;
    this.#full.add(stream);
    this.#socket?.pause();
  }

  /** Ends both streams; nothing holds the socket any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#full.clear();
    this.#socket?.resume();
    for (const stream of [this.stdout, this.stderr]) if (!stream.destroyed) stream.push(null);
  }
}
