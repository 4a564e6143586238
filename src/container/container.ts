import { LibpodError } from '../base/errors.js';
import { signalNumber } from '../linux/signals.js';
import type { LaunchProgram } from '../launch/program.js';
import type { ContainerConfig } from '../model/config.js';
import { CONFIGURED, type ContainerState } from '../model/state.js';
import type { ContainerStatus } from '../model/status.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { attach, type AttachedStreams } from './attach.js';
import type { ContainerCore } from './core.js';
import { inspect, type ContainerInspect } from './inspect.js';
import type { LogEntry } from './log-entry.js';
import { logs, type LogOptions } from './logs.js';
import { remove, type RemoveOptions } from './remove.js';
import { init, plan, start } from './start.js';
import { sync } from './state.js';
import { kill, stop } from './stop.js';
import { exitChange } from './truth.js';
import { wait, type ExitResult, type WaitOptions } from './wait.js';

/**
 * A container. The object is a handle: the truth is in the records and with the monitor, so several handles, also in
 * several processes, may be used at once. Errors are LibpodError; ERR_REMOVED means that the container is gone.
 */
export class Container {
  readonly #core: ContainerCore;

  constructor(core: ContainerCore) {
    this.#core = core;
  }

  /** The full ID: 64 hexadecimal digits. */
  get id(): string {
    return this.#core.id;
  }

  get name(): string {
    return this.#core.name;
  }

  /** The configuration that the container was created with: a copy. */
  config(): ContainerConfig {
    return structuredClone(this.#core.config);
  }

  /** The OCI runtime specification it was created with: a copy. Mounts made for each start are not in it. */
  spec(): RuntimeSpec {
    return structuredClone(this.#core.config.spec);
  }

  /** The state, brought up to date under the lock. */
  async state(): Promise<ContainerStatus> {
    return (await this.stateRecord()).state;
  }

  /** All that the state holds, brought up to date under the lock. */
  async stateRecord(): Promise<ContainerState> {
    try {
      return await this.#core.locked(() => sync(this.#core));
    } catch (error) {
      // A throwaway container takes its records along; this handle may have seen its end.
      const { config, lastState = CONFIGURED, lastExit } = this.#core;
      if (!LibpodError.is(error, 'ERR_REMOVED') || !config.autoRemove || lastExit === undefined) throw error;
      return { ...lastState, ...exitChange({ ...lastExit, oomKilled: lastExit.oomKilled !== 0 }) };
    }
  }

  /** The PID of the container's init on the host; 0 if it does not run. */
  async pid(): Promise<number> {
    return (await this.stateRecord()).pid;
  }

  /** The exit status of the last run: 128 + signal after a signal; -1 if the monitor was killed. 0 before any. */
  async exitCode(): Promise<number> {
    return (await this.stateRecord()).exitCode;
  }

  /** Creates processes and namespaces; the program waits for start. ERR_INVALID_STATE unless configured or exited. */
  init(): Promise<void> {
    return init(this.#core);
  }

  /** Runs the program. ERR_INVALID_STATE unless configured, created or exited. */
  start(): Promise<void> {
    return start(this.#core);
  }

  /**
   * Runs the program with its streams in hand from the first byte. Read both outputs: a reader that stops holds the
   * container's writes back.
   */
  async startAndAttach(): Promise<AttachedStreams> {
    let streams: AttachedStreams | undefined;
    await start(this.#core, (connection) => (streams = attach(this.#core, connection)));
    return streams as AttachedStreams;
  }

  /** Streams of a running container, from now on. */
  async attach(): Promise<AttachedStreams> {
    const connection = await this.#core.connect();
    if (connection === undefined) {
      throw new LibpodError('ERR_INVALID_STATE', `cannot attach to container ${this.name}: it does not run`, {
        containerId: this.id,
      });
    }
    return attach(this.#core, connection);
  }

  /**
   * Stops it: the stop signal, then SIGKILL after the timeout. One that has ended is fine.
   *
   * @param options.timeout seconds; the container's own (10 unless configured) by default; 0 kills at once
   */
  stop(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    return stop(this.#core, options.timeout ?? this.#core.config.stopTimeout);
  }

  /**
   * Sends a signal to its init.
   *
   * @param signal a name or number; KILL by default
   */
  kill(signal: string | number = 'KILL'): Promise<void> {
    return kill(this.#core, signalNumber(signal));
  }

  /** Waits for its end; in any process. Aborting gives up waiting, not the container. */
  wait(options?: WaitOptions): Promise<ExitResult> {
    return wait(this.#core, options);
  }

  /** Removes it and all that is its own. ERR_INVALID_STATE if it runs, unless forced. */
  remove(options?: RemoveOptions): Promise<void> {
    return remove(this.#core, options);
  }

  /** Its log, entry by entry. */
  logs(options?: LogOptions): AsyncGenerator<LogEntry> {
    return logs(this.#core, options);
  }

  /** All about it, in podman's shape. */
  inspect(): Promise<ContainerInspect> {
    return inspect(this.#core);
  }

  /** The launch program of its next start: what will be done to the kernel. Does nothing. */
  plan(): Promise<LaunchProgram> {
    return plan(this.#core);
  }
}
