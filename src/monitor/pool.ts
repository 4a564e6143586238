import { LibpodError } from '../base/errors.js';
import {
  sendProgram,
  spawnMonitor,
  type MonitorExecutable,
  type MonitorHome,
  type MonitorProcess,
} from '../linux/processes/monitor.js';
import { encodeMessage } from './codec.js';
import { MonitorConnection } from './connection.js';
import type { EngineMessage } from './messages.js';

/** A monitor of ours that stands over a container, with its birth connection. */
export interface BornMonitor {
  readonly pid: number;
  readonly connection: MonitorConnection;
  /** Settles when nothing of the container is left in the monitor: it has ended, and was reaped, or waits for another. */
  readonly ended: Promise<unknown>;
}

/** A monitor that waits for a program. The socket's number is the connection's: it closes it. */
interface ReadyMonitor {
  readonly process: MonitorProcess;
  readonly connection: MonitorConnection;
}

const NO_WORDS = new Uint8Array();

/** How many of those that have served are kept for each that is wanted ready: a burst of starts finds them again. */
const KEPT_PER_READY = 4;

/**
 * Starts monitors, and keeps some ready, so that a start need not wait for one. A monitor whose container is gone waits for
 * another program, as it did before its first; it has done nothing yet, or nothing of what it did is left, and it goes
 * when its socket does: with this process, or at close.
 */
export class MonitorPool {
  readonly #executable: MonitorExecutable;
  readonly #home: MonitorHome;
  readonly #size: number;
  /** The one that served last is the last: its pages are still in the caches. */
  readonly #ready: ReadyMonitor[] = [];
  /** Those that stand over a container. */
  readonly #serving = new Set<BornMonitor & ReadyMonitor>();
  #filling: Promise<unknown> | undefined;
  #closed = false;

  /**
   * @param home where monitors live
   * @param size how many to keep ready; none before the first launch
   */
  constructor(executable: MonitorExecutable, home: MonitorHome, size: number) {
    this.#executable = executable;
    this.#home = home;
    this.#size = size;
  }

  /**
   * A monitor that has got this program.
   *
   * @param word what it is told with it
   */
  async start(program: Uint8Array, word?: EngineMessage): Promise<BornMonitor> {
    if (this.#closed) throw new LibpodError('ERR_INVALID_STATE', 'the runtime is closed');
    const words = word === undefined ? NO_WORDS : encodeMessage(word);
    for (let ready = this.#ready.pop(); ready !== undefined; ready = this.#ready.pop()) {
      // One that somebody has killed meanwhile is passed over.
      if (!ready.connection.ended && sendProgram(ready.process.socket, program, words))
        return this.#employ(ready);
      ready.connection.close();
    }
    const monitor = this.#employ(await this.#spawn(program));
    if (word !== undefined) monitor.connection.send(word);
    return monitor;
  }

  /** Starts some in the background, if none is ready for the next start. */
  fill(): void {
    if (this.#ready.length === 0) this.#fill();
  }

  #fill(): void {
    if (this.#filling !== undefined || this.#closed || this.#ready.length >= this.#size) return;
    this.#filling = this.#spawn(undefined).then(
      (monitor) => {
        this.#ready.unshift(monitor);
        this.#filling = undefined;
        this.#fill();
      },
      // The next launch meets the reason itself, and tells it to somebody who asked.
      () => (this.#filling = undefined),
    );
  }

  #employ(ready: ReadyMonitor): BornMonitor {
    const { process, connection } = ready;
    const released = connection.closed.then(() => this.#takeBack(ready));
    const monitor = {
      ...ready,
      pid: process.pid,
      ended: Promise.race([process.ended, released.then((again) => (again ? undefined : process.ended))]),
    };
    this.#serving.add(monitor);
    void monitor.ended.then(() => this.#serving.delete(monitor));
    return monitor;
  }

  /** Answers whether the monitor waits for another program. */
  #takeBack({ process, connection }: ReadyMonitor): boolean {
    const socket = connection.takeSocket();
    if (socket === undefined) return false;
    const again = { process, connection: new MonitorConnection(socket) };
    if (this.#closed || this.#ready.length >= KEPT_PER_READY * this.#size) {
      again.connection.close();
      return false;
    }
    this.#ready.push(again);
    return true;
  }

  async #spawn(program: Uint8Array | undefined): Promise<ReadyMonitor> {
    const process = await this.#home.spawn(
      (place) => spawnMonitor(this.#executable, program, place),
      (place) => spawnMonitor(this.#executable, undefined, place),
    );
    return { process, connection: MonitorConnection.ofDescriptor(process.socket) };
  }

  /**
   * Lets the ready ones go, and waits until they are gone, and those whose container has ended: a moment, after which
   * nothing of them is left in the process table and in their cgroup. The others stay.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const leaving = [...this.#serving].filter(
      // One that runs its container again stays.
      ({ connection }) =>
        connection.seen('exited') !== undefined && connection.seen('restarting') === undefined,
    );
    await this.#filling;
    for (const { connection } of this.#ready) connection.close();
    await Promise.all([...this.#ready, ...leaving].map(({ process }) => process.ended));
    this.#ready.length = 0;
  }
}
