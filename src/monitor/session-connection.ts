import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { Writable } from 'node:stream';
import { nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { MessageDecoder, encodeMessage } from './codec.js';
import type { EngineMessage, MonitorMessage } from './messages.js';
import { SocketOutputs } from './output.js';

type MessageOf<T extends MonitorMessage['type']> = Extract<MonitorMessage, { type: T }>;

/** What a monitor says of an exec session, at first and at last. */
export type SessionStarted = MessageOf<'session-started'>;
export type SessionFailed = MessageOf<'session-failed'>;
export type SessionExited = MessageOf<'session-exited'>;
export type SessionMessage = MessageOf<'session'>;

/** How a session came to its end, as seen from one connection; undefined if the monitor went away first. */
export type SessionOutcome = SessionExited | SessionFailed | MessageOf<'session-refused'> | undefined;

const OUTCOMES: ReadonlySet<string> = new Set(['session-exited', 'session-failed', 'session-refused']);

/** The largest piece of a program or of input in one frame; a monitor refuses frames over 64 KiB. */
const PIECE = 32 * 1024;

/** sun_path of unix(7), with its final NUL. */
const SOCKET_PATH = 108;

/** The messages that make a session of a program. */
export function programMessages(program: Uint8Array): EngineMessage[] {
  const messages: EngineMessage[] = [];
  for (let at = 0; at < program.length; at += PIECE)
    messages.push({ type: 'session-program', data: program.subarray(at, at + PIECE) });
  return messages;
}

/** A connection to a container's monitor that speaks of its exec sessions alone. */
export class SessionConnection {
  readonly #socket: Socket;
  readonly #decoder = new MessageDecoder();
  readonly #seen = new Map<MonitorMessage['type'], MonitorMessage>();
  readonly #waiting = new Map<MonitorMessage['type'], ((message: MonitorMessage | undefined) => void)[]>();
  #outputs: SocketOutputs | undefined;
  #error: Error | undefined;
  #ended = false;
  #resolveOutcome!: (outcome: SessionOutcome) => void;
  /** The end of the session, or of the connection; it does not keep the process alive by itself. */
  readonly outcome: Promise<SessionOutcome> = new Promise((resolve) => (this.#resolveOutcome = resolve));

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece) => this.#receive(piece));
    socket.on('error', (error) => (this.#error ??= error));
    socket.on('close', () => this.#end());
  }

  /** Connects to a control socket. What is sent is on its way at once; whether anybody listens is seen from the answers. */
  static dial(controlSocket: string): SessionConnection {
    const socket = new Socket();
    const connection = new SessionConnection(socket);
    if (Buffer.byteLength(controlSocket) < SOCKET_PATH) {
      socket.connect(controlSocket);
      return connection;
    }
    // It would be cut short without a word: go through a descriptor of the directory.
    let directory: number;
    try {
      directory = openSync(path.dirname(controlSocket), constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      if (nodeErrorCode(error) !== 'ENOENT') throw error;
      socket.destroy();
      return connection;
    }
    socket.connect(`/proc/self/fd/${directory}/${path.basename(controlSocket)}`);
    const release = (): void => {
      socket.off('connect', release).off('close', release);
      closeSync(directory);
    };
    socket.on('connect', release).on('close', release);
    return connection;
  }

  /** Whether nothing comes any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Why the connection is gone, if it is not by the monitor's own will. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Passes the session's output on to these streams, which end with the session or the connection. */
  attach(outputs: SocketOutputs): void {
    this.#outputs = outputs;
    outputs.connect(this.#socket);
    if (this.#ended) outputs.end();
  }

  /** Sends messages, in one piece. */
  send(...messages: readonly EngineMessage[]): void {
    if (this.#ended) return;
    const frames = messages.map(encodeMessage);
    this.#socket.write(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames));
  }

  /** The message of a type, once it has come; undefined if the connection closes, or the session ends, without it. */
  next<T extends MonitorMessage['type']>(type: T): Promise<MessageOf<T> | undefined> {
    const seen = this.#seen.get(type) as MessageOf<T> | undefined;
    if (seen !== undefined || this.#ended) return Promise.resolve(seen);
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(type) ?? [];
      waiting.push(resolve as (message: MonitorMessage | undefined) => void);
      this.#waiting.set(type, waiting);
    });
  }

  /** Asks for something, and waits for the answer of a type, or for a refusal. Undefined: no monitor listens. */
  async ask<T extends MonitorMessage['type']>(
    message: EngineMessage,
    type: T,
  ): Promise<MessageOf<T> | MessageOf<'session-refused'> | undefined> {
    this.#seen.delete(type);
    this.#seen.delete('session-refused');
    const answers = [this.next(type), this.next('session-refused')] as const;
    this.send(message);
    return Promise.race(answers);
  }

  /** A stream into the session's stdin; ending it ends that. */
  stdin(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        let room = true;
        for (let at = 0; at < chunk.length && !this.#ended; at += PIECE)
          room = this.#socket.write(encodeMessage({ type: 'stdin', data: chunk.subarray(at, at + PIECE) }));
        if (room || this.#ended) {
          done();
          return;
        }
        const go = (): void => {
          this.#socket.off('drain', go).off('close', go);
          done();
        };
        this.#socket.on('drain', go).on('close', go);
      },
      final: (done) => {
        this.send({ type: 'stdin-close' });
        done();
      },
    });
  }

  /** Whether the connection keeps the process alive; it does at first. */
  keepAlive(keep: boolean): void {
    if (keep) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Goes, without losing what is said but not sent, and without keeping the process alive for it. */
  leave(): void {
    this.#socket.end();
    this.#socket.unref();
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(piece: Buffer): void {
    try {
      for (const message of this.#decoder.push(piece)) this.#dispatch(message);
    } catch (error) {
      this.#error =
        error instanceof LibpodError
          ? error
          : new LibpodError('ERR_MONITOR', String(error), { cause: error });
      this.#socket.destroy();
    }
  }

  #dispatch(message: MonitorMessage): void {
    if (message.type === 'stdout' || message.type === 'stderr') {
      this.#outputs?.push(message.type, message.data);
      return;
    }
    this.#seen.set(message.type, message);
    const waiting = this.#waiting.get(message.type);
    this.#waiting.delete(message.type);
    for (const settle of waiting ?? []) settle(message);
    if (!OUTCOMES.has(message.type)) return;
    this.#outputs?.end();
    this.#resolveOutcome(message as SessionOutcome);
    // Whoever waits for a start that did not come.
    for (const settle of this.#waiting.get('session-started') ?? []) settle(undefined);
    this.#waiting.delete('session-started');
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outputs?.end();
    this.#resolveOutcome(undefined);
    for (const waiting of this.#waiting.values()) for (const settle of waiting) settle(undefined);
    this.#waiting.clear();
  }
}
