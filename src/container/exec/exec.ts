import { PassThrough, Readable, type Writable, pipeline } from 'node:stream';
import { newId } from '../../base/ids.js';
import { LibpodError } from '../../base/errors.js';
import { millisecondsOf } from '../../base/seconds.js';
import { requireState } from '../../model/status.js';
import type { ContainerState } from '../../model/state.js';
import type { EngineMessage } from '../../monitor/messages.js';
import { SocketOutputs } from '../../monitor/output.js';
import { programMessages, SessionConnection, type SessionExited } from '../../monitor/session-connection.js';
import type { PreparedLaunch } from '../../runtimes/runtime.js';
import { signalNumber } from '../../linux/processes/signals.js';
import { requireShape, type Shape } from '../../spec/shape.js';
import type { ContainerCore } from '../core.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys, withDetachKeys } from '../detach-keys.js';
import { Collector } from './collector.js';
import { monitorGone, refusal, startFailure } from './failure.js';
import { preservedDescriptors } from '../preserve.js';
import { execProcess } from './process.js';
import { prepareInside } from './session-request.js';
import { EXEC_OPTIONS, type ExecOptions, type ExecProcessOptions, type ExecResult } from './options.js';
import { observe } from '../state/state.js';
import { hasTracers } from './tracers.js';

/** execa's. */
const MAX_BUFFER = 100_000_000;

/**
 * Works the launch of a session out, if the container runs.
 *
 * @throws LibpodError ERR_INVALID_STATE, ERR_INVALID_ARGUMENT, ERR_REMOVED
 */
export async function prepareSession(
  core: ContainerCore,
  state: ContainerState,
  command: readonly string[],
  options: ExecProcessOptions & Pick<ExecOptions, 'preserveFds'>,
  stdin: boolean,
): Promise<PreparedLaunch> {
  requireState('exec', state.state, core.name, core.id);
  const late = hasTracers(core);
  const work = (): Promise<PreparedLaunch> =>
    prepareInside(core, {
      process: execProcess(core, state.pid, command, options),
      stdin,
      late,
      preserve: preservedDescriptors('exec', options.preserveFds),
    });
  // Who a user is may change with the container's files from one session to the next, and so may what is open here.
  if (options.user !== undefined || options.preserveFds !== undefined) return work();
  const { tty, rows, columns, env, cwd, privileged } = options;
  const key = JSON.stringify([command, tty, rows, columns, env, cwd, privileged, stdin, late]);
  const known = prepared.get(core) ?? new Map<string, PreparedLaunch>();
  prepared.set(core, known);
  const found = known.get(key);
  if (found !== undefined) return found;
  const launch = await work();
  if (known.size >= KEPT_LAUNCHES) known.clear();
  known.set(key, launch);
  return launch;
}

/**
 * Launches of sessions that were worked out: a program does not name its session, and checks and pollers run the same
 * command again and again.
 */
const prepared = new WeakMap<ContainerCore, Map<string, PreparedLaunch>>();
const KEPT_LAUNCHES = 16;

/**
 * A command that runs in a container: a promise of how it ended, and meanwhile its streams. Await it, or use `then`.
 *
 *     const { stdout, exitCode } = await container.exec(['id', '-u']);
 *
 * An exit code other than 0 is a result, not an error, as it is in a shell and in podman, unless `reject` is asked for.
 */
export class ExecProcess<Output extends string | Buffer = string>
  implements PromiseLike<ExecResult<Output>>, AsyncDisposable
{
  /** The session's ID, 64 hexadecimal digits. */
  readonly id: string;
  #command: readonly string[];
  /** What the command writes. They end when it has ended, whoever else holds them open. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Both, in the order in which they were read; there with `all: true`. */
  readonly all: Readable | undefined;
  /** What it reads; there with `stdin: true`, unless `input` is given. Ending it ends the command's stdin. */
  readonly stdin: Writable | undefined;
  #pid: number | undefined;
  #connection: SessionConnection | undefined;
  /** The size that its terminal was told last, perhaps before there was somebody to tell. */
  #size: EngineMessage | undefined;
  readonly #core: ContainerCore;
  readonly #options: ExecOptions;
  readonly #started: Promise<number>;
  readonly #result: Promise<ExecResult<Output>>;
  #resolveStarted!: (pid: number) => void;
  #rejectStarted!: (error: unknown) => void;

  /** @param session one that there is already; else a new one is made */
  constructor(
    core: ContainerCore,
    command: readonly string[],
    options: ExecOptions,
    session?: ExistingSession,
  ) {
    this.#core = core;
    this.#options = options;
    this.#command = command;
    this.id = session?.id ?? newId();
    const outputs = new SocketOutputs({ all: options.all === true });
    ({ stdout: this.stdout, stderr: this.stderr, all: this.all } = outputs);
    const input = new LateInput();
    this.stdin = options.stdin === true && options.input === undefined ? input.stream : undefined;
    this.#started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    this.#started.catch(() => undefined);
    this.#result = this.#run(outputs, input, session).catch((error: unknown) => {
      this.#rejectStarted(error);
      outputs.end();
      this.#connection?.close();
      throw error;
    });
  }

  /** What is run; of a session that was made before, known once it runs. */
  get command(): readonly string[] {
    return this.#command;
  }

  /** The PID on the host, once it runs. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Settles when the command runs, with its PID; fails as the result does if it does not start. */
  started(): Promise<number> {
    return this.#started;
  }

  then<Fulfilled = ExecResult<Output>, Rejected = never>(
    fulfilled?: ((result: ExecResult<Output>) => Fulfilled | PromiseLike<Fulfilled>) | null,
    rejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#result.then(fulfilled, rejected);
  }

  catch<Rejected = never>(
    rejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<ExecResult<Output> | Rejected> {
    return this.#result.catch(rejected);
  }

  finally(done?: (() => void) | null): Promise<ExecResult<Output>> {
    return this.#result.finally(done);
  }

  /**
   * Sends a signal: SIGKILL to every process of the session, any other to its first one. Before the start it waits for
   * that; after the end it does nothing.
   *
   * @param signal a name or number; TERM unless given
   * @throws LibpodError ERR_INVALID_ARGUMENT for a signal that is none
   */
  kill(signal: string | number = 'TERM'): void {
    const number = signalNumber(signal);
    const all = number === signalNumber('KILL');
    const message: EngineMessage = all ? { type: 'session-kill' } : { type: 'signal', signal: number };
    if (this.#pid !== undefined) this.#connection?.send(message);
    else void this.#started.then(() => this.#connection?.send(message)).catch(() => undefined);
  }

  /** Tells the terminal its new size. */
  resize(rows: number, columns: number): void {
    this.#size = { type: 'resize', rows, columns };
    this.#connection?.send(this.#size);
  }

  /** Kills what still runs of it, and waits for the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('KILL');
    await this.#result.catch(() => undefined);
  }

  async #run(
    outputs: SocketOutputs,
    input: LateInput,
    session: ExistingSession | undefined,
  ): Promise<ExecResult<Output>> {
    requireShape(session?.operation ?? 'exec', session?.shape ?? EXEC_OPTIONS, this.#options);
    const { buffer = true, maxBuffer = MAX_BUFFER, detach = false, signal, detachKeys } = this.#options;
    const asked = detachKeys === undefined ? undefined : parseDetachKeys(detachKeys);
    const timeoutMs =
      this.#options.timeout === undefined
        ? 0
        : millisecondsOf('the timeout of an exec', this.#options.timeout);
    const aborted = (): boolean => signal?.aborted === true;
    if (aborted()) throw this.#abortError();
    const tooLong = (): void => this.kill('KILL');
    // All is as long as both.
    const kept = [
      [this.stdout, maxBuffer],
      [this.stderr, maxBuffer],
      ...(this.all === undefined ? [] : ([[this.all, 2 * maxBuffer]] as const)),
    ] as const;
    const collectors =
      buffer && !detach ? kept.map(([stream, most]) => new Collector(stream, most, tooLong)) : undefined;
    const feeds = this.#options.stdin === true || this.#options.input !== undefined;
    const begun = await (session?.begin() ?? this.#make(feeds && !detach, timeoutMs));
    this.#command = begun.command ?? this.#command;
    // It may have taken a while to find out all that.
    if (aborted()) {
      begun.connection.close();
      throw this.#abortError();
    }
    const { connection } = begun;
    this.#connection = connection;
    if (!detach) connection.attach(outputs);
    connection.send(
      ...begun.messages,
      ...(this.#size === undefined ? [] : [this.#size]),
      ...(detach ? [] : [{ type: 'session-attach' } as const]),
      ...(begun.start ? [{ type: 'session-start' } as const] : []),
    );
    const left = new Promise<'left'>((resolve) => {
      const tied = session === undefined && this.#options.cleanup !== false;
      const leave = (): void => void this.#leave(connection, outputs, tied).then(() => resolve('left'));
      const tty = begun.tty ?? this.#options.tty === true;
      const keys = asked ?? parseDetachKeys(tty ? DEFAULT_DETACH_KEYS : '');
      if (feeds && !detach) this.#feed(connection, input, keys, leave);
    });
    let stays = true;
    const abort = (): void => this.kill('KILL');
    signal?.addEventListener('abort', abort, { once: true });
    try {
      void connection.next('session-started').then((started) => {
        if (started === undefined) return;
        this.#pid = started.pid;
        this.#resolveStarted(started.pid);
      });
      if (begun.running !== undefined) {
        this.#pid = begun.running;
        this.#resolveStarted(begun.running);
      }
      if (detach) return await this.#letGo(connection, begun.prepared);
      const outcome = await Promise.race([connection.outcome, left]);
      if (outcome === 'left') {
        stays = false;
        return await this.#resultOf({ exitCode: 0, signal: 0, timedOut: 0 }, collectors, true);
      }
      if (outcome?.type !== 'session-exited') throw this.#failure(outcome, connection, begun.prepared);
      if (aborted()) throw this.#abortError();
      const result = await this.#resultOf(outcome, collectors);
      if (collectors?.some(({ full }) => full) === true) throw this.#tooLong(maxBuffer);
      return this.#judge(result);
    } finally {
      signal?.removeEventListener('abort', abort);
      if (stays) connection.close();
      else connection.leave();
    }
  }

  async #make(stdin: boolean, timeoutMs: number): Promise<BegunSession> {
    const { state } = observe(this.#core);
    const prepared = await prepareSession(this.#core, state, this.command, this.#options, stdin);
    const { detach = false, cleanup = true } = this.#options;
    return {
      connection: SessionConnection.dial(this.#core.paths.controlSocket),
      messages: [
        ...programMessages(prepared.bytes),
        {
          type: 'session-create',
          id: this.id,
          kept: 0,
          tied: cleanup && !detach ? 1 : 0,
          timeoutMs: BigInt(Math.ceil(timeoutMs)),
        },
      ],
      start: true,
      prepared,
    };
  }

  /** Lets the command go on without us. One that is tied to us is so no more once the monitor has answered. */
  async #leave(connection: SessionConnection, outputs: SocketOutputs, tied: boolean): Promise<void> {
    outputs.end();
    const parted = connection.ask({ type: 'session-select', id: this.id }, 'session');
    if (tied) await parted;
  }

  #feed(connection: SessionConnection, late: LateInput, keys: Buffer, leave: () => void): void {
    const { input } = this.#options;
    const raw = connection.stdin();
    // What is given as a whole may be any bytes; only what is typed has keys in it.
    const stdin = input === undefined && keys.length > 0 ? withDetachKeys(raw, keys, leave) : raw;
    // It may end, or close its stdin, before all was read.
    const source =
      input === undefined
        ? late.source
        : input instanceof Readable
          ? input
          : Readable.from(typeof input === 'string' || input.length > 0 ? [Buffer.from(input)] : []);
    pipeline(source, stdin, () => undefined);
    void connection.outcome.then(() => stdin.destroy());
  }

  async #letGo(
    connection: SessionConnection,
    prepared: PreparedLaunch | undefined,
  ): Promise<ExecResult<Output>> {
    const started = await Promise.race([
      connection.next('session-started'),
      connection.outcome.then((outcome) => (outcome?.type === 'session-exited' ? outcome : undefined)),
    ]);
    if (started === undefined) throw this.#failure(await connection.outcome, connection, prepared);
    return this.#resultOf({ exitCode: 0, signal: 0, timedOut: 0 }, undefined);
  }

  async #resultOf(
    { exitCode, signal, timedOut }: Pick<SessionExited, 'exitCode' | 'signal' | 'timedOut'>,
    collectors: readonly Collector[] | undefined,
    detached = false,
  ): Promise<ExecResult<Output>> {
    const { encoding = 'utf8' } = this.#options;
    const texts = await Promise.all((collectors ?? []).map((collector) => collector.finish()));
    const told = (bytes: Buffer = Buffer.alloc(0)): Output =>
      (encoding === 'buffer' ? bytes : bytes.toString(encoding)) as Output;
    const { id, command } = this;
    return {
      id,
      command,
      exitCode,
      signal,
      timedOut: timedOut !== 0,
      stdout: told(texts[0]),
      stderr: told(texts[1]),
      all: this.all === undefined ? undefined : told(texts[2]),
      detached,
    };
  }

  #judge(result: ExecResult<Output>): ExecResult<Output> {
    const failed = result.exitCode !== 0 || result.timedOut;
    if (this.#options.reject !== true || !failed) return result;
    const how = result.timedOut
      ? 'was killed, as its time was up'
      : result.signal === 0
        ? `ended with code ${result.exitCode}`
        : `was killed by signal ${result.signal}`;
    throw new LibpodError(
      'ERR_EXEC_FAILED',
      `command ${JSON.stringify(this.command.join(' '))} in container ${this.#core.name} ${how}`,
      { containerId: this.#core.id, cause: result },
    );
  }

  #failure(
    outcome: Awaited<SessionConnection['outcome']>,
    connection: SessionConnection,
    prepared: PreparedLaunch | undefined,
  ): LibpodError {
    if (outcome?.type === 'session-failed')
      return startFailure(this.#core, this.command, outcome, prepared?.program);
    if (outcome?.type === 'session-refused') return refusal(this.#core, this.id, outcome.errno);
    return monitorGone(this.#core, connection);
  }

  #abortError(): LibpodError {
    return new LibpodError('ERR_ABORTED', `the exec in container ${this.#core.name} was aborted`, {
      containerId: this.#core.id,
      cause: this.#options.signal?.reason,
    });
  }

  #tooLong(most: number): LibpodError {
    return new LibpodError(
      'ERR_OUTPUT_LIMIT',
      `command ${JSON.stringify(this.command.join(' '))} in container ${this.#core.name} wrote more than ${most} bytes and was killed: raise maxBuffer, or read its streams with buffer: false`,
      { containerId: this.#core.id },
    );
  }
}

/** A session, and what is still to be said to the monitor for it to be spoken of. */
export interface BegunSession {
  readonly connection: SessionConnection;
  readonly messages: readonly EngineMessage[];
  /** Whether it is to be started. */
  readonly start: boolean;
  /** Its PID, if it runs. */
  readonly running?: number | undefined;
  readonly prepared?: PreparedLaunch | undefined;
  /** The command of one that was made before. */
  readonly command?: readonly string[] | undefined;
  /** Whether one that was made before has a terminal. */
  readonly tty?: boolean | undefined;
}

/** A session that there is already. */
export interface ExistingSession {
  readonly id: string;
  readonly begin: () => Promise<BegunSession>;
  /** The method that was called, and what its options must look like, where they are the caller's. */
  readonly operation?: string;
  readonly shape?: Shape;
}

/** What is written before there is somewhere to write it to. */
class LateInput {
  #stream: PassThrough | undefined;

  get stream(): Writable {
    return (this.#stream ??= new PassThrough());
  }

  get source(): Readable {
    return (this.#stream ??= new PassThrough());
  }
}
