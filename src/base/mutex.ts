/** A first-in, first-out lock between the tasks of one process. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /** Waits for its turn; the answer, when called, lets the next one in. */
  async acquire(): Promise<() => void> {
    let release!: () => void;
    const mine = new Promise<void>((resolve) => (release = resolve));
    const before = this.#tail;
    this.#tail = before.then(() => mine);
    await before;
    return release;
  }
}
