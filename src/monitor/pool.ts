import { errnoName } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import {
  sendProgram,
  spawnMonitor,
  type MonitorExecutable,
  type MonitorPlace,
  type MonitorProcess,
} from '../linux/monitor-process.js';
import { MonitorConnection } from './connection.js';

/** A monitor of ours that runs, with its birth connection. */
export interface BornMonitor {
  readonly pid: number;
  readonly connection: MonitorConnection;
  /** Settles when the process has ended and was reaped. */
  readonly ended: Promise<number>;
}

/** A monitor that waits for its program. The socket's number is the connection's: it closes it. */
interface ReadyMonitor extends BornMonitor {
  readonly socket: number;
}

/**
 * Starts monitors, and keeps some ready, so that a start need not wait for one: what a launch takes is replaced while its
 * container runs. A ready monitor has done nothing yet, and goes when its socket does: with this process, or at close.
 */
export class MonitorPool {
  readonly #executable: MonitorExecutable;
  readonly #makePlace: () => MonitorPlace;
  #place: MonitorPlace;
  readonly #size: number;
  readonly #ready: ReadyMonitor[] = [];
  /** All that this process has started and that have not ended yet. */
  readonly #living = new Set<BornMonitor>();
  #filling: Promise<unknown> | undefined;
  #closed = false;

  /**
   * @param makePlace makes the cgroups that monitors live in, and names them
   * @param size how many to keep ready; none before the first launch
   */
  constructor(executable: MonitorExecutable, makePlace: () => MonitorPlace, size: number) {
    this.#executable = executable;
    this.#makePlace = makePlace;
    this.#place = makePlace();
    this.#size = size;
  }

  /** A monitor that has got this program. */
  async start(program: Uint8Array): Promise<BornMonitor> {
    for (let ready = this.#ready.shift(); ready !== undefined; ready = this.#ready.shift()) {
      // One that somebody has killed meanwhile is passed over.
      if (!ready.connection.ended && sendProgram(ready.socket, program)) return ready;
      ready.connection.close();
    }
    return this.#spawn(program);
  }

  /** Starts what is missing, in the background. */
  fill(): void {
    if (this.#filling !== undefined || this.#closed || this.#ready.length >= this.#size) return;
    this.#filling = this.#spawn(undefined).then(
      (monitor) => {
        this.#ready.push(monitor);
        this.#filling = undefined;
        this.fill();
      },
      // The next launch meets the reason itself, and tells it to somebody who asked.
      () => (this.#filling = undefined),
    );
  }

  async #spawn(program: Uint8Array | undefined): Promise<ReadyMonitor> {
    const { pid, socket, ended } = await this.#spawnInPlace(program);
    const monitor = { pid, socket, ended, connection: MonitorConnection.ofDescriptor(socket) };
    this.#living.add(monitor);
    void ended.then(() => this.#living.delete(monitor));
    return monitor;
  }

  async #spawnInPlace(program: Uint8Array | undefined): Promise<MonitorProcess> {
    try {
      return await spawnMonitor(this.#executable, program, this.#place);
    } catch (error) {
      // Another engine has closed, and taken the empty cgroups away.
      if (!LibpodError.is(error) || errnoName(error.errno ?? 0) !== 'ENOENT') throw error;
      this.#place = this.#makePlace();
      return spawnMonitor(this.#executable, program, this.#place);
    }
  }

  /**
   * Lets the ready ones go, and waits until they are gone, and those whose container has ended: a moment, after which
   * nothing of them is left in the process table and in their cgroup. The others stay.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const leaving = [...this.#living].filter(({ connection }) => connection.seen('exited') !== undefined);
    await this.#filling;
    for (const { connection } of this.#ready) connection.close();
    await Promise.all([...this.#ready, ...leaving].map(({ ended }) => ended));
    this.#ready.length = 0;
  }
}
