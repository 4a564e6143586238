import { Readable } from 'node:stream';

/** Where outputs come from: it stops for a while when it is asked to. */
export interface OutputSource {
  pause(): void;
  resume(): void;
}

/**
 * The outputs that come over one socket. A reader that stops holds the socket back, and so whoever writes at its other
 * end: all have to be read, or destroyed.
 */
export class SocketOutputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Both, in the order in which they come, if asked for. */
  readonly all: Readable | undefined;
  readonly #full = new Set<Readable>();
  #socket: OutputSource | undefined;
  #ended = false;

  constructor({ all = false }: { readonly all?: boolean } = {}) {
    this.stdout = this.#make();
    this.stderr = this.#make();
    this.all = all ? this.#make() : undefined;
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
  connect(socket: OutputSource): void {
    this.#socket = socket;
    if (this.#full.size > 0) socket.pause();
  }

  #hasRoom(stream: Readable): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#socket?.resume();
  }

  /** Passes a piece of output on. */
  push(to: 'stdout' | 'stderr', data: Uint8Array): void {
    if (this.#ended) return;
    for (const stream of [this[to], this.all]) {
      if (stream === undefined || stream.destroyed || stream.push(data)) continue;
      this.#full.add(stream);
      this.#socket?.pause();
    }
  }

  /** Ends the streams; nothing holds the socket any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#full.clear();
    this.#socket?.resume();
    for (const stream of [this.stdout, this.stderr, this.all])
      if (stream?.destroyed === false) stream.push(null);
  }
}
