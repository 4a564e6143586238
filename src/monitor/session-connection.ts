import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { nodeErrorCode } from '../base/errno.js';
import { encodeMessage } from './codec.js';
import { inputStream, messageReader, PIECE } from './frames.js';
import { Mailbox, type MessageOf } from './mailbox.js';
import type { EngineMessage, MonitorMessage } from './messages.js';
import { SocketOutputs } from './output.js';

/** What a monitor says of an exec session, at first and at last. */
export type SessionStarted = MessageOf<'session-started'>;
export type SessionFailed = MessageOf<'session-failed'>;
export type SessionExited = MessageOf<'session-exited'>;
export type SessionMessage = MessageOf<'session'>;

/** How a session came to its end, as seen from one connection; undefined if the monitor went away first. */
export type SessionOutcome = SessionExited | SessionFailed | MessageOf<'session-refused'> | undefined;

const OUTCOMES: ReadonlySet<string> = new Set(['session-exited', 'session-failed', 'session-refused']);

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
  readonly #mail = new Mailbox();
  #outputs: SocketOutputs | undefined;
  #error: Error | undefined;
  #ended = false;
  #resolveOutcome!: (outcome: SessionOutcome) => void;
  /** The end of the session, or of the connection; it does not keep the process alive by itself. */
  readonly outcome: Promise<SessionOutcome> = new Promise((resolve) => (this.#resolveOutcome = resolve));

  private constructor(socket: Socket) {
    this.#socket = socket;
    const read = messageReader(
      (message) => this.#dispatch(message),
      (error) => {
        this.#error = error;
        socket.destroy();
      },
    );
    socket.on('data', read);
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

  /** A connection on the descriptor of a connected stream socket, which it takes over. */
  static ofDescriptor(fd: number): SessionConnection {
    return new SessionConnection(new Socket({ fd, readable: true, writable: true }));
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
    const seen = this.#mail.seen(type);
    if (seen !== undefined || this.#ended) return Promise.resolve(seen);
    return new Promise((resolve) => this.#mail.wait(type, resolve));
  }

  /** Asks for something, and waits for the answer of a type, or for a refusal. Undefined: no monitor listens. */
  async ask<T extends MonitorMessage['type']>(
    message: EngineMessage,
    type: T,
  ): Promise<MessageOf<T> | MessageOf<'session-refused'> | undefined> {
    this.#mail.forget(type);
    this.#mail.forget('session-refused');
    const answers = [this.next(type), this.next('session-refused')] as const;
    this.send(message);
    return Promise.race(answers);
  }

  /** A stream into the session's stdin; ending it ends that. */
  stdin(): Writable {
    return inputStream(this.#socket, () => this.#ended);
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

  #dispatch(message: MonitorMessage): void {
    if (message.type === 'stdout' || message.type === 'stderr') {
      this.#outputs?.push(message.type, message.data);
      return;
    }
    this.#mail.deliver(message);
    if (!OUTCOMES.has(message.type)) return;
    this.#outputs?.end();
    this.#resolveOutcome(message as SessionOutcome);
    // Whoever waits for a start that did not come.
    this.#mail.abandon('session-started');
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outputs?.end();
    this.#resolveOutcome(undefined);
    this.#mail.abandon();
  }
}
