/** How far a layer, or another blob, of an image is. */
export interface TransferEvent {
  /** The blob's digest. */
  readonly digest: string;
  readonly state: 'waiting' | 'downloading' | 'uploading' | 'unpacking' | 'done' | 'exists';
  /** Bytes so far, and all of them, as they are in the registry. */
  readonly current: number;
  readonly total: number;
}

/**
 * Something that takes a while: awaited it gives the result, iterated it tells how far it is. It goes on whether anybody
 * listens or not. Who listens slowly hears of each blob's latest state only, so that nothing piles up.
 *
 *     const pull = runtime.images.pull('alpine');
 *     for await (const { digest, state, current, total } of pull) ...
 *     const image = await pull;
 */
export class Transfer<T> implements PromiseLike<T>, AsyncIterable<TransferEvent> {
  readonly #result: Promise<T>;
  readonly #pending = new Map<string, TransferEvent>();
  #settled = false;
  #wake: () => void = () => undefined;

  constructor(work: (tell: (event: TransferEvent) => void) => Promise<T>) {
    this.#result = work((event) => {
      this.#pending.set(event.digest, event);
      this.#wake();
    }).finally(() => {
      this.#settled = true;
      this.#wake();
    });
    // Whoever awaits or iterates is told; nobody may.
    this.#result.catch(() => undefined);
  }

  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(fulfilled, rejected);
  }

  /** The events, until the end; a failure is thrown. For one listener. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TransferEvent, void, void> {
    for (;;) {
      const [next] = this.#pending.entries();
      if (next !== undefined) {
        this.#pending.delete(next[0]);
        yield next[1];
      } else if (this.#settled) {
        await this.#result;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
