import { closeSync } from 'node:fs';
import { errnoName, isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { keepAlive } from '../../base/keep-alive.js';
import { addon, type RawEnd } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';
import { openPidfd, signalPidfd, startTicks, type ProcessIdentity } from './processes.js';
import { signalNumber } from './signals.js';

/**
 * How a process ended. Of a process that is no child of this one, and of a child that somebody else has reaped first, the
 * kernel tells only that it has ended: both are undefined.
 */
export interface ProcessEnd {
  /** Its exit code, if it ended by itself. */
  readonly exitCode: number | undefined;
  /** The number of the signal that killed it. */
  readonly signal: number | undefined;
}

function toEnd(raw: RawEnd | undefined): ProcessEnd {
  if (raw?.known !== true) return { exitCode: undefined, signal: undefined };
  return raw.signalled
    ? { exitCode: undefined, signal: raw.status }
    : { exitCode: raw.status, signal: undefined };
}

/**
 * One process, held by a pidfd (pidfd_open(2)): it stays the same one, also after its number was given to another. Holding
 * it keeps nothing of the process alive.
 */
export class ProcessHandle implements Disposable {
  readonly pid: number;
  #fd: number | undefined;
  /** Of a child that is reaped here: its end, which can be asked for only once. */
  readonly #reaped: Promise<ProcessEnd> | undefined;

  private constructor(pid: number, fd: number, reaped?: Promise<ProcessEnd>) {
    this.pid = pid;
    this.#fd = fd;
    this.#reaped = reaped;
  }

  /**
   * Opens a process.
   *
   * @param process a PID; or a PID with its start time, for this very process and no other that got its number
   * @throws LibpodError ERR_NO_SUCH_PROCESS, ERR_INVALID_ARGUMENT
   */
  static open(process: number | ProcessIdentity): ProcessHandle {
    const pid = typeof process === 'object' ? (process as ProcessIdentity | null)?.pid : process;
    if (pid === undefined || !Number.isInteger(pid) || pid < 1)
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `${JSON.stringify(pid)} is no PID: give a positive integer`,
      );
    const fd = openPidfd(process);
    if (fd === undefined) throw new LibpodError('ERR_NO_SUCH_PROCESS', `there is no process ${pid}`);
    return new ProcessHandle(pid, fd);
  }

  /** Takes over the pidfd of a child that was just started, and reaps it when it ends, also after it was disposed. */
  static ofChild(pid: number, pidfd: number): ProcessHandle {
    const watch = addon.watchEnd(pidfd, true);
    if (isFailure(watch)) {
      closeSync(pidfd);
      throw kernelError(`watch process ${pid}`, watch);
    }
    return new ProcessHandle(pid, pidfd, watch.ended.then(toEnd));
  }

  /** The pidfd; it belongs to this handle. */
  get fd(): number {
    if (this.#fd === undefined)
      throw new LibpodError('ERR_INVALID_STATE', `the handle of process ${this.pid} was disposed`);
    return this.#fd;
  }

  /**
   * What names this process for the life of the machine, also in another program.
   *
   * @throws LibpodError ERR_NO_SUCH_PROCESS if it is gone (a zombie counts as there)
   */
  get identity(): ProcessIdentity {
    const identity = { pid: this.pid, startTicks: startTicks(this.pid) };
    // Whoever had the number when the start time was read was this process, if this process is still there.
    if (identity.startTicks !== 0n && this.exists()) return identity;
    throw new LibpodError('ERR_NO_SUCH_PROCESS', `process ${this.pid} is gone`);
  }

  /** Whether it is still there; a zombie counts. */
  exists(): boolean {
    const answer = addon.pidfdSendSignal(this.fd, 0);
    return !isFailure(answer) || errnoName(answer.errno) !== 'ESRCH';
  }

  /**
   * Sends a signal (pidfd_send_signal(2)).
   *
   * @param signal a name or a number, as signalNumber takes it
   * @returns false if the process is gone
   */
  signal(signal: string | number): boolean {
    return signalPidfd(this.fd, signalNumber(signal), this.pid);
  }

  /**
   * Waits until the process has ended, on the event loop: no thread is held. Several may wait. A child of this process that
   * others reap, such as one of node:child_process, is left to them.
   *
   * @throws LibpodError ERR_ABORTED when `signal` fires; its reason is the cause
   */
  async ended(options: { readonly signal?: AbortSignal } = {}): Promise<ProcessEnd> {
    const aborted = (): LibpodError =>
      new LibpodError('ERR_ABORTED', `waiting for process ${this.pid} was aborted`, {
        cause: options.signal?.reason,
      });
    if (options.signal?.aborted === true) throw aborted();
    const { ended, stop } = this.#watch();
    let onAbort: (() => void) | undefined;
    const abort = new Promise<never>((_, reject) => {
      onAbort = () => {
        reject(aborted());
        stop();
      };
      options.signal?.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await keepAlive(Promise.race([abort, ended]));
    } finally {
      if (onAbort !== undefined) options.signal?.removeEventListener('abort', onAbort);
    }
  }

  #watch(): { readonly ended: Promise<ProcessEnd>; readonly stop: () => void } {
    if (this.#reaped !== undefined) return { ended: this.#reaped, stop: () => undefined };
    const watch = addon.watchEnd(this.fd, false);
    if (isFailure(watch)) throw kernelError(`watch process ${this.pid}`, watch);
    return { ended: watch.ended.then(toEnd), stop: watch.stop };
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
