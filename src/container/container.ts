import type { Readable } from 'node:stream';
import { LibpodError } from '../base/errors.js';
import type { LaunchProgram } from '../launch/program.js';
import { CONFIGURED, type ContainerState } from '../model/state.js';
import { requireState } from '../model/status.js';
import { flag, number, object, requireShape } from '../spec/shape.js';
import { lockedAccess, type Access } from './locking/access.js';
import {
  prepareAttach,
  ATTACH_MEMBERS,
  GUEST_STALL_SECONDS,
  type AttachedStreams,
  type AttachOptions,
} from './attach.js';
import { batch, refuseInsideBatch } from './locking/batch.js';
import {
  copyIn,
  copyOut,
  statFile,
  type ContainerFile,
  type CopyInOptions,
  type CopyOutOptions,
} from './files/copy.js';
import type { ContainerCore } from './core.js';
import { exportRoot } from './files/export.js';
import { exportLayer } from './files/export-layer.js';
import { ExecProcess } from './exec/exec.js';
import type { ExecAttachOptions, ExecOptions } from './exec/options.js';
import {
  attachSession,
  removeSession,
  resizeSession,
  startAndAttachSession,
  startSession,
  stopSession,
} from './exec/sessions.js';
import { runHealthcheck, type HealthcheckResult } from './health.js';
import { startDependencies } from './dependencies.js';
import { logStream } from './logs/stream.js';
import { LOG_OPTIONS, LOG_STREAM_OPTIONS, type LogOptions, type LogTextOptions } from './logs/options.js';
import { logs, type Logs } from './logs/logs.js';
import { clearRemains } from './remains.js';
import { remove, type RemoveOptions } from './remove.js';
import { restart } from './restart.js';
import { PRESERVE_MEMBERS } from './preserve.js';
import { plan, start, type StartOptions } from './start.js';
import { stop } from './stop.js';
import { tell } from './tell.js';
import { exitChange } from './state/truth.js';
import { ContainerView } from './view.js';
import { wait, type ExitResult, type WaitOptions } from './wait.js';

/** Locks and syncs for each verb. */
function verbAccess(core: ContainerCore): Access {
  const locked = lockedAccess(core);
  return async (run) => {
    refuseInsideBatch(core, 'use');
    return locked(run);
  };
}

/** How a container runs that was started with its streams in hand. */
export interface StartAndAttachOptions extends AttachOptions, StartOptions {
  /**
   * Kill it when this process ends before it, however that happens; it goes on unless given. Only one that is started from
   * nothing in this process can be tied to it: not one that `init` has created.
   */
  readonly cleanup?: boolean | undefined;
}

/** How long a container may take to stop. */
export interface StopOptions {
  /** Seconds between the stop signal and SIGKILL; the container's own (10 unless configured) unless given; 0 kills at once. */
  readonly timeout?: number | undefined;
}

const STOP_OPTIONS = object<StopOptions>({ timeout: number });
const ATTACH_OPTIONS = object<AttachOptions>(ATTACH_MEMBERS);
const START_AND_ATTACH_OPTIONS = object<StartAndAttachOptions>({
  ...ATTACH_MEMBERS,
  ...PRESERVE_MEMBERS,
  cleanup: flag,
});

/**
 * A container. The object is a handle: the truth is in the records and with the monitor, so several handles, also in
 * several processes, may be used at once. Errors are LibpodError; ERR_REMOVED means that the container is gone.
 */
export class Container extends ContainerView {
  readonly #core: ContainerCore;
  readonly #access: Access;

  constructor(core: ContainerCore) {
    const access = verbAccess(core);
    super(core, access);
    this.#core = core;
    this.#access = access;
  }

  /** All that the state holds, brought up to date under the lock. */
  override async stateRecord(): Promise<ContainerState> {
    try {
      return await super.stateRecord();
    } catch (error) {
      // A throwaway container takes its records along; this handle may have seen its end.
      const { config, lastState = CONFIGURED, lastExit } = this.#core;
      if (!LibpodError.is(error, 'ERR_REMOVED') || !config.autoRemove || lastExit === undefined) throw error;
      return { ...lastState, ...exitChange({ ...lastExit, oomKilled: lastExit.oomKilled !== 0 }) };
    }
  }

  /** Brings the recorded state up to the truth, and clears away what a killed monitor left. Every verb does so by itself. */
  async sync(): Promise<ContainerState> {
    const state = await this.stateRecord();
    await tell(this.#core, 'sync');
    return state;
  }

  /**
   * Clears away what is left of a container that does not run; a monitor does so by itself, unless it was killed.
   *
   * @throws LibpodError ERR_INVALID_STATE if it runs
   */
  async cleanup(): Promise<void> {
    await this.#access(async ({ state }) => {
      requireState('cleanup', state, this.name, this.id);
      await clearRemains(this.#core.services, this.cgroupPath, this.#core.paths);
      await tell(this.#core, 'cleanup');
    });
  }

  /**
   * Holds the container's lock for several verbs: nobody else, in any process, comes in between. The lock is held while
   * the function runs, so it should not wait for people or processes; the view it is handed has no verb that does. Using
   * the container itself, and not the view, inside of its batch is refused. Another container may be used there if its ID
   * is later in the order of texts; else two processes may wait for each other for ever.
   *
   *     await container.batch(async (view) => {
   *       if ((await view.state()) === 'exited') await view.start();
   *     });
   */
  async batch<T>(run: (view: ContainerView) => Promise<T>): Promise<T> {
    refuseInsideBatch(this.#core, 'batch');
    return batch(this.#core, (access) => run(new ContainerView(this.#core, access)));
  }

  /** Creates processes and namespaces; the program waits for start. What it depends on is started first. */
  override async init(options?: StartOptions): Promise<void> {
    refuseInsideBatch(this.#core, 'init');
    await startDependencies(this.#core);
    return super.init(options);
  }

  /**
   * Runs the program. What it depends on (the containers whose namespaces it joins, and those it requires) is started first,
   * in order, if it does not run.
   *
   * @throws LibpodError ERR_INVALID_STATE unless it is configured, created or exited; ERR_DEPENDENCY if something it depends
   *   on is gone; ERR_INVALID_ARGUMENT for descriptors that are not open, and with a restart policy
   */
  override async start(options?: StartOptions): Promise<void> {
    refuseInsideBatch(this.#core, 'start');
    await startDependencies(this.#core);
    return super.start(options);
  }

  /**
   * Runs the program with its streams in hand from the first byte. Read both outputs: a reader that stops holds the
   * container's writes back.
   */
  async startAndAttach(options: StartAndAttachOptions = {}): Promise<AttachedStreams> {
    let streams: AttachedStreams | undefined;
    refuseInsideBatch(this.#core, 'start');
    requireShape('startAndAttach', START_AND_ATTACH_OPTIONS, options);
    const attachTo = prepareAttach(this.#core, options, 0);
    await startDependencies(this.#core);
    await start(this.#core, this.#access, {
      preserveFds: options.preserveFds,
      beforeStart: (connection) => {
        streams = attachTo(connection);
        if (options.cleanup === true) connection.send({ type: 'tie' });
      },
    });
    await tell(this.#core, 'attach');
    return streams as AttachedStreams;
  }

  /**
   * Streams of a running container, from now on; several may attach, from several processes. One that has been created is
   * attached before its start.
   *
   * @throws LibpodError ERR_INVALID_STATE if it does not run, ERR_INVALID_ARGUMENT
   */
  async attach(options: AttachOptions = {}): Promise<AttachedStreams> {
    requireShape('attach', ATTACH_OPTIONS, options);
    const attachTo = prepareAttach(this.#core, options, GUEST_STALL_SECONDS);
    const connection = await this.#core.connect();
    if (connection === undefined) {
      throw new LibpodError('ERR_INVALID_STATE', `cannot attach to container ${this.name}: it does not run`, {
        containerId: this.id,
      });
    }
    const streams = attachTo(connection);
    await tell(this.#core, 'attach');
    return streams;
  }

  /**
   * Runs a further command in it. The answer is a promise of how that ends, and at once has its streams.
   *
   *     const { stdout, exitCode } = await container.exec(['cat', '/etc/hostname']);
   *
   * An exit code other than 0 is a result. Errors are: ERR_INVALID_STATE unless the container runs, ERR_COMMAND_NOT_FOUND,
   * ERR_COMMAND_NOT_EXECUTABLE, ERR_ABORTED, ERR_OUTPUT_LIMIT, ERR_EXEC_FAILED with `reject`.
   */
  exec(
    command: readonly string[],
    options: ExecOptions & { readonly encoding: 'buffer' },
  ): ExecProcess<Buffer>;
  exec(command: readonly string[], options?: ExecOptions): ExecProcess;
  exec(command: readonly string[], options: ExecOptions = {}): ExecProcess | ExecProcess<Buffer> {
    return new ExecProcess<string>(this.#core, command, options);
  }

  /**
   * Runs its healthcheck now, whatever the interval; it counts like any other.
   *
   * @throws LibpodError ERR_INVALID_STATE unless the container runs, ERR_INVALID_ARGUMENT without a healthcheck
   */
  healthcheck(): Promise<HealthcheckResult> {
    return runHealthcheck(this.#core, lockedAccess(this.#core));
  }

  /** Starts an exec session that `execCreate` made, and leaves it alone. */
  execStart(id: string): Promise<void> {
    return startSession(this.#core, id);
  }

  /** Starts an exec session with its streams in hand from the first byte. */
  execStartAndAttach(id: string, options?: ExecAttachOptions): ExecProcess {
    return startAndAttachSession(this.#core, id, options);
  }

  /** Streams of an exec session that runs, from now on; several may attach, from several processes. */
  execAttach(id: string, options?: ExecAttachOptions): ExecProcess {
    return attachSession(this.#core, id, options);
  }

  /** Ends an exec session: SIGTERM, then SIGKILL to all its processes. One that has ended is fine. */
  execStop(id: string, options: StopOptions = {}): Promise<void> {
    return stopSession(this.#core, id, options.timeout);
  }

  /** Tells the terminal of an exec session its new size. */
  execResize(id: string, rows: number, columns: number): Promise<void> {
    return resizeSession(this.#core, id, rows, columns);
  }

  /** Forgets an exec session. ERR_INVALID_STATE if it runs, unless forced. */
  execRemove(id: string, options: { readonly force?: boolean | undefined } = {}): Promise<void> {
    return removeSession(this.#core, id, options.force);
  }

  /** Stops it: the stop signal, then SIGKILL after the timeout. One that has ended is fine. */
  async stop(options: StopOptions = {}): Promise<void> {
    refuseInsideBatch(this.#core, 'stop');
    requireShape('stop', STOP_OPTIONS, options);
    return stop(this.#core, options.timeout ?? this.stopTimeout);
  }

  /** The same with a timeout in seconds (libpod's StopWithTimeout). */
  stopWithTimeout(timeout: number): Promise<void> {
    return this.stop({ timeout });
  }

  /** Stops it if it runs, then starts it. */
  async restart(options: StopOptions = {}): Promise<void> {
    refuseInsideBatch(this.#core, 'restart');
    requireShape('restart', STOP_OPTIONS, options);
    return restart(this.#core, options.timeout ?? this.stopTimeout);
  }

  /**
   * Waits for its end, or for another condition; in any process. Aborting gives up waiting, not the container.
   *
   * @throws LibpodError ERR_ABORTED, ERR_TIMEOUT, ERR_REMOVED
   */
  async wait(options?: WaitOptions): Promise<ExitResult> {
    refuseInsideBatch(this.#core, 'wait for');
    return wait(this.#core, options);
  }

  /** Removes it and all that is its own. ERR_INVALID_STATE if it runs, unless forced. */
  async remove(options?: RemoveOptions): Promise<void> {
    refuseInsideBatch(this.#core, 'remove');
    return remove(this.#core, options);
  }

  /**
   * The files of its root as a stream of a tar archive in pax format, whether it runs or not, without what is mounted in it.
   * The root stays mounted on the host until the stream has ended or is destroyed. A file that changes meanwhile may come
   * in pieces of both.
   *
   * @throws LibpodError ERR_INVALID_STATE while it is being removed; the stream fails with what the kernel answers
   */
  async export(): Promise<Readable> {
    refuseInsideBatch(this.#core, 'export');
    return exportRoot(this.#core, this.#access);
  }

  /**
   * What it has changed of its root as the archive of an image's layer: files that are new or changed, and whiteouts for those
   * that are gone. What the engine brings and mounts is not among it. The same changes make the same bytes.
   *
   * @throws LibpodError ERR_UNSUPPORTED for a root directory that is used as it stands, as nothing tells it
   */
  async exportLayer(): Promise<Readable> {
    await this.stateRecord();
    return exportLayer(this.#core);
  }

  /**
   * What a path in it leads to, volumes included while it runs.
   *
   * @param file from the root; links lead within the container
   * @throws LibpodError ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY
   */
  async stat(file: string): Promise<ContainerFile> {
    refuseInsideBatch(this.#core, 'look into');
    return statFile(this.#core, this.#access, file);
  }

  /**
   * A file, or a directory with all that is beneath, as a stream of a tar archive. The top entry has the file's name; a path
   * that ends in `/.` means the contents of a directory.
   *
   * @param file from the root; a link at its end is followed, within the container
   * @throws LibpodError ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY
   */
  async copyOut(file: string, options: CopyOutOptions = {}): Promise<Readable> {
    refuseInsideBatch(this.#core, 'copy from');
    return copyOut(this.#core, this.#access, file, options);
  }

  /**
   * Unpacks a tar archive, as it is or compressed by gzip, into a directory of it. What has the name of an entry is replaced,
   * a file at which another one is mounted (/etc/hosts) is written in place. Neither the archive nor a process of the
   * container that moves things about meanwhile reaches anything outside of the container. What was copied before an error
   * stays; a file that was not finished does not.
   *
   * @param directory from the root; it must exist
   * @throws LibpodError ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY, ERR_ARCHIVE, ERR_NO_SPACE, ERR_ABORTED; ERR_SYSTEM with EISDIR or
   *   EEXIST where a directory and something else would take each other's place
   */
  async copyIn(
    directory: string,
    archive: AsyncIterable<Uint8Array>,
    options: CopyInOptions = {},
  ): Promise<void> {
    refuseInsideBatch(this.#core, 'copy into');
    return copyIn(this.#core, this.#access, directory, archive, options);
  }

  /**
   * Its log, entry by entry.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT; ERR_INVALID_STATE, with the first entry, if the container keeps none
   */
  logs(options: LogOptions = {}): Logs {
    requireShape('logs', LOG_OPTIONS, options);
    return logs(this.#core, options);
  }

  /** Its log as a stream of the bytes that the container wrote, to both outputs unless one is chosen. */
  logStream(options: LogOptions & LogTextOptions = {}): Readable {
    requireShape('logStream', LOG_STREAM_OPTIONS, options);
    return logStream(logs(this.#core, options), options);
  }

  /** The launch program of its next start: what will be done to the kernel. Does nothing. */
  plan(): Promise<LaunchProgram> {
    return plan(this.#core);
  }
}
