import { SocketOutputs } from '../monitor/output.js';
import { PassThrough, pipeline, Readable, type Writable } from 'node:stream';
import { LibpodError } from '../base/errors.js';
import { millisecondsOf } from '../base/seconds.js';
import type { AttachedStreams } from '../container/attach.js';
import type { Container } from '../container/container.js';
import { Collector } from '../container/exec/collector.js';
import type { ExecOptions } from '../container/exec/options.js';
import type { ExitResult } from '../container/wait.js';
import type { CreateOptions } from './options/options.js';

/** execa's. */
const MAX_BUFFER = 100_000_000;

/** What a sandbox is, and how its command runs. */
export interface RunOptions
  extends
    Omit<CreateOptions, 'remove' | 'timeout' | 'stdin'>,
    Pick<
      ExecOptions,
      'input' | 'stdin' | 'preserveFds' | 'signal' | 'buffer' | 'maxBuffer' | 'encoding' | 'reject'
    > {
  /** Seconds after which all of it is killed; the result says so. A fraction is fine. */
  readonly timeout?: number | undefined;
}

/** How a sandbox ended. */
export interface RunResult<Output extends string | Buffer = string> {
  /** The exit status of the command; 128 + signal after a signal. */
  readonly exitCode: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
  /** Whether its time was up. */
  readonly timedOut: boolean;
  /** Whether the kernel killed it for want of memory. */
  readonly oomKilled: boolean;
  /** What it wrote, as far as it was collected. */
  readonly stdout: Output;
  readonly stderr: Output;
}

/**
 * A command in a container that is made for it alone: a promise of how it ended, and meanwhile its streams. When it settles
 * nothing of the container is left. If this process dies before, the container's monitor kills and removes it.
 */
export class SandboxRun<Output extends string | Buffer = string>
  implements PromiseLike<RunResult<Output>>, AsyncDisposable
{
  /** There if somebody asked for them before the container was there. */
  #early: SocketOutputs | undefined;
  #attached: AttachedStreams | undefined;
  #failed = false;
  readonly #input: PassThrough | undefined;
  /** What it reads; there with `stdin: true`, unless `input` is given. */
  readonly stdin: Writable | undefined;
  readonly #options: RunOptions;
  readonly #result: Promise<RunResult<Output>>;
  readonly #stop = new AbortController();
  #timedOut = false;

  /** @param create makes the container */
  constructor(create: (options: CreateOptions) => Promise<Container>, options: RunOptions) {
    this.#options = options;
    this.#input = options.stdin === true && options.input === undefined ? new PassThrough() : undefined;
    this.stdin = this.#input;
    this.#result = this.#run(create).catch((error: unknown) => {
      this.#failed = true;
      this.#early?.end();
      throw error;
    });
  }

  /** What the command writes; both streams end with it. */
  get stdout(): Readable {
    return this.#outputs().stdout;
  }

  get stderr(): Readable {
    return this.#outputs().stderr;
  }

  #outputs(): { readonly stdout: Readable; readonly stderr: Readable } {
    if (this.#early !== undefined) return this.#early;
    if (this.#attached !== undefined) return this.#attached;
    this.#early = new SocketOutputs();
    if (this.#failed) this.#early.end();
    return this.#early;
  }

  then<Fulfilled = RunResult<Output>, Rejected = never>(
    fulfilled?: ((result: RunResult<Output>) => Fulfilled | PromiseLike<Fulfilled>) | null,
    rejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#result.then(fulfilled, rejected);
  }

  catch<Rejected = never>(
    rejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<RunResult<Output> | Rejected> {
    return this.#result.catch(rejected);
  }

  finally(done?: (() => void) | null): Promise<RunResult<Output>> {
    return this.#result.finally(done);
  }

  /** Kills all of it, with SIGKILL; the result tells of that. */
  kill(): void {
    this.#stop.abort();
  }

  /** Kills it if it still runs, and waits until nothing of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#result.catch(() => undefined);
  }

  async #run(create: (options: CreateOptions) => Promise<Container>): Promise<RunResult<Output>> {
    const {
      input,
      stdin,
      preserveFds,
      signal,
      buffer = true,
      maxBuffer = MAX_BUFFER,
      encoding,
      reject,
      timeout,
      ...rest
    } = this.#options;
    const patience = timeout === undefined ? undefined : millisecondsOf('the timeout of a run', timeout);
    const aborted = (): boolean => signal?.aborted === true;
    if (aborted()) throw this.#abortError();
    const feeds = input !== undefined || stdin === true;
    // Nobody would find its log.
    const container = await create({ logDriver: 'none', ...rest, remove: true, stdin: feeds });
    const kill = (): void => void container.kill('KILL').catch(() => undefined);
    const stop = this.#stop.signal;
    const abort = (): void => this.kill();
    let timer: NodeJS.Timeout | undefined;
    try {
      if (aborted()) throw this.#abortError();
      const streams = await container.startAndAttach({ cleanup: true, preserveFds });
      const ended = container.wait();
      this.#connect(streams, input);
      const kept = buffer ? [this.stdout, this.stderr] : [];
      const collectors = kept.map((stream) => new Collector(stream, maxBuffer, () => this.kill()));
      if (patience !== undefined)
        timer = setTimeout(() => {
          this.#timedOut = true;
          this.kill();
        }, patience);
      signal?.addEventListener('abort', abort, { once: true });
      stop.addEventListener('abort', kill, { once: true });
      if (stop.aborted || aborted()) kill();
      const exit = await ended;
      clearTimeout(timer);
      const outputs = await Promise.all(collectors.map((collector) => collector.finish()));
      await container.remove({ force: true, timeout: 0 });
      if (aborted()) throw this.#abortError();
      if (collectors.some(({ full }) => full)) throw tooLong(maxBuffer);
      const told = [0, 1].map((at) => {
        const bytes = outputs[at] ?? Buffer.alloc(0);
        return encoding === 'buffer' ? bytes : bytes.toString(encoding);
      }) as [Output, Output];
      return this.#judge(exit, told, reject === true);
    } catch (error) {
      await container.remove({ force: true, timeout: 0 }).catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #connect(streams: AttachedStreams, input: RunOptions['input']): void {
    this.#attached = streams;
    if (this.#early !== undefined) lead(streams, this.#early);
    if (streams.stdin === undefined) return;
    const source =
      this.#input !== undefined
        ? this.#input
        : input instanceof Readable
          ? input
          : Readable.from(input === undefined || input.length === 0 ? [] : [Buffer.from(input)]);
    // It may end, or close its stdin, before all was read.
    pipeline(source, streams.stdin, () => undefined);
  }

  #judge(exit: ExitResult, [stdout, stderr]: [Output, Output], reject: boolean): RunResult<Output> {
    const { exitCode, signal, oomKilled } = exit;
    const result = { exitCode, signal, oomKilled, timedOut: this.#timedOut, stdout, stderr };
    if (!reject || (exitCode === 0 && !this.#timedOut)) return result;
    const how = this.#timedOut
      ? 'was killed, as its time was up'
      : oomKilled
        ? 'was killed for want of memory'
        : signal === 0
          ? `ended with code ${exitCode}`
          : `was killed by signal ${signal}`;
    const command = JSON.stringify((this.#options.command ?? []).join(' '));
    throw new LibpodError('ERR_EXEC_FAILED', `command ${command} ${how}`, { cause: result });
  }

  #abortError(): LibpodError {
    return new LibpodError('ERR_ABORTED', 'the run was aborted', { cause: this.#options.signal?.reason });
  }
}

/** Leads the streams of the container into those that were given away before. */
function lead({ stdout, stderr }: AttachedStreams, into: SocketOutputs): void {
  const both = [stdout, stderr] as const;
  into.connect({
    pause: () => both.forEach((stream) => stream.pause()),
    resume: () => both.forEach((stream) => stream.resume()),
  });
  stdout.on('data', (data: Buffer) => into.push('stdout', data));
  stderr.on('data', (data: Buffer) => into.push('stderr', data));
  // Not with the first of them: the other may hold something back that is still to come.
  let open = both.length;
  const closed = (): void => {
    if (--open === 0) into.end();
  };
  both.forEach((stream) => stream.once('close', closed));
}

function tooLong(most: number): LibpodError {
  return new LibpodError(
    'ERR_OUTPUT_LIMIT',
    `the command wrote more than ${most} bytes and was killed: raise maxBuffer, or read its streams with buffer: false`,
  );
}
