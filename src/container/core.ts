import { LibpodError } from '../base/errors.js';
import type { ContainerConfig } from '../model/config.js';
import type { ContainerSettings } from '../model/settings.js';
import type { ContainerState } from '../model/state.js';
import { MonitorConnection, type ExitMessage } from '../monitor/connection.js';
import type { ContainerPaths } from '../records/paths.js';
import type { RuntimePlace } from '../launch/external.js';
import type { OciRuntime, PreparedLaunch } from '../runtimes/runtime.js';
import { isNoLockFile } from '../monitor/journal.js';
import { ofContainer } from '../records/unreadable.js';
import { clearRemains, runtimeDirectory } from './remains.js';
import type { Services } from './services.js';

/** Where cores are kept: what is known there of the other containers. */
export interface CoreHome {
  /** The container with this full ID; undefined if there is none. */
  find(id: string): ContainerCore | undefined;
  /** The container is known to be gone. */
  gone(core: ContainerCore): void;
}

/** For a core that is alone: nobody keeps it, and it asks for no other. */
export const NO_HOME: CoreHome = { find: () => undefined, gone: () => undefined };

/**
 * What all handles of one container in this process share: its records' places and, while there is one, the connection
 * to its monitor.
 */
export class ContainerCore {
  readonly services: Services;
  readonly config: ContainerConfig;
  readonly paths: ContainerPaths;
  /** The next launch, worked out, for files that read so. */
  prepared: { readonly key: string; readonly launch: PreparedLaunch } | undefined;
  /** The state that was read or written last. */
  lastState: ContainerState | undefined;
  /** The last word of a monitor on a connection of ours: all that is known of a throwaway container that has ended. */
  lastExit: ExitMessage | undefined;
  /** The keys of the events that are known to be told, the last one of each source (owed-events.ts). */
  readonly told = new Map<string, string>();
  #connection: MonitorConnection | undefined;
  /** All connections to its monitors that are open. */
  readonly #open = new Set<MonitorConnection>();
  /** The connection from the birth of the monitor that this process started last. */
  #born: MonitorConnection | undefined;
  /** Settles when nothing of the container is left in the monitor that this process started last. */
  monitorEnded: Promise<unknown> | undefined;

  #settings: ContainerSettings | undefined;
  readonly #home: CoreHome;

  constructor(services: Services, config: ContainerConfig, home: CoreHome) {
    this.services = services;
    this.config = config;
    this.#home = home;
    this.paths = services.records.paths.container(config.id, config.autoRemove);
  }

  /** The OCI runtime that makes it. */
  get runtime(): OciRuntime {
    return this.services.runtimes.of(this.config);
  }

  /** What is its runtime's, if that is not the built-in one. */
  get runtimePlace(): RuntimePlace {
    return { id: this.id, name: this.name, directory: runtimeDirectory(this.paths) };
  }

  get id(): string {
    return this.config.id;
  }

  get name(): string {
    return this.settings.name;
  }

  /** What may change of the container, as this process read it last. */
  get settings(): ContainerSettings {
    return (this.#settings ??= this.services.records.settings(this.config));
  }

  /** Forgets what it knew of the settings, which another process may have changed. */
  forgetSettings(): void {
    this.#settings = undefined;
  }

  /** The connection to the monitor that was made last, if the monitor has not closed it. */
  get connection(): MonitorConnection | undefined {
    return this.#connection;
  }

  /** Whether the monitor that this process started may still hold output that nobody here has read. */
  get hasUnreadOutput(): boolean {
    return this.#born?.attached === true && this.#born.seen('exited') === undefined;
  }

  /** Takes over the connection from the birth of a monitor. */
  adoptBorn(connection: MonitorConnection): void {
    this.#born = connection;
    // That of an earlier run says nothing about this one.
    this.lastExit = undefined;
    this.adopt(connection);
  }

  /** Takes over a connection. */
  adopt(connection: MonitorConnection): void {
    this.#connection = connection;
    this.#open.add(connection);
    void connection.closed.then(() => {
      this.#open.delete(connection);
      this.lastExit = connection.seen('exited') ?? this.lastExit;
      if (this.#connection === connection) this.#connection = undefined;
    });
  }

  /**
   * The connection to the monitor, made if need be; undefined if no monitor lives. One that carries output is not used
   * for anything else while another can be had: a reader that stops would keep us from hearing of the end.
   */
  async connect(): Promise<MonitorConnection | undefined> {
    if (this.#connection?.attached === false) return this.#connection;
    const connection = await MonitorConnection.open(this.paths.controlSocket);
    if (connection !== undefined) this.adopt(connection);
    return connection ?? this.#connection;
  }

  /**
   * Runs a function under the container's lock.
   *
   * @throws LibpodError ERR_REMOVED if the container is gone
   */
  async locked<T>(run: () => Promise<T>): Promise<T> {
    const { locks, records } = this.services;
    let done: { readonly value: T } | undefined;
    try {
      done = await locks.with(this.paths.lock, run);
    } catch (error) {
      if (!isNoLockFile(this.paths.lock, error)) throw error;
      const damaged = `the lock file ${this.paths.lock} is no file`;
      ofContainer(this.id, () => {
        throw new LibpodError('ERR_RECORD_DAMAGED', damaged, { cause: error });
      });
    }
    if (done === undefined && !this.config.autoRemove && records.config(this.id) !== undefined) {
      // Its run directory went with the last boot; or somebody has removed it under what runs, of which nothing is known then.
      await records.ensureRun(this.config);
      done = await locks.with(this.paths.lock, async () => {
        await clearRemains(this.services, this.config.cgroupPath, this.paths);
        return run();
      });
    }
    if (done === undefined) throw this.removedError();
    return done.value;
  }

  /** Closes the connections; the container goes on. */
  disconnect(): void {
    for (const connection of this.#open) connection.close();
  }

  /** Another container, by its full ID; undefined if there is none. */
  find(id: string): ContainerCore | undefined {
    return this.#home.find(id);
  }

  /** Tells that the container is gone. */
  forget(): void {
    this.#home.gone(this);
  }

  removedError(): LibpodError {
    return new LibpodError('ERR_REMOVED', `container ${this.name} was removed`, { containerId: this.id });
  }
}
