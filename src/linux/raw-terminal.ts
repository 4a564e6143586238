import { isFailure, systemError } from '../base/errno.js';
import { addon } from '../native/index.js';

/**
 * A terminal in raw mode (cfmakeraw(3)): every byte passes as it is, both ways, and no key makes a signal. It gets the modes it
 * had back when this is disposed of. A process that is killed by SIGKILL cannot give them back.
 */
export class RawTerminal implements Disposable {
  readonly #fd: number;
  #before: Uint8Array | undefined;

  /**
   * @param fd a descriptor of a terminal, which is borrowed
   * @throws LibpodError ERR_SYSTEM if it is none
   */
  constructor(fd: number) {
    const before = addon.makeRaw(fd);
    if (isFailure(before)) throw systemError(`make the terminal at descriptor ${fd} raw`, before);
    this.#fd = fd;
    this.#before = before;
  }

  /** Gives the modes back, once. A terminal that is gone is fine. */
  [Symbol.dispose](): void {
    if (this.#before !== undefined) addon.restoreTerminal(this.#fd, this.#before);
    this.#before = undefined;
  }
}
