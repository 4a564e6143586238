import { closeSync, openSync, constants } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { encodeMessage } from './codec.js';
import { inputStream, messageReader } from './frames.js';
import { Mailbox, type MessageOf } from './mailbox.js';
import { SocketOutputs } from './output.js';
import { PROTOCOL_VERSION, type EngineMessage, type MonitorMessage } from './messages.js';

/**
 * How it ended that a client was attached: with the container; by its own wish; because it held the others up; or with the
 * monitor, which is gone without a word.
 */
export type AttachEnd = 'exited' | 'detached' | 'stalled' | 'lost';

/** How a container ended, as its monitor says. */
export type ExitMessage = MessageOf<'exited'>;

/** What comes of an attached container. */
interface Output {
  readonly outputs: SocketOutputs;
  readonly ended: Promise<AttachEnd>;
  readonly end: (how: AttachEnd) => void;
}

/**
 * A connection to a monitor, either the one from its birth or one to its control socket. Messages that come are kept as
 * promises, so that none is missed by asking late: `hello`, `created`, `started`, `exited`, `closed`.
 */
export class MonitorConnection {
  readonly #socket: Socket;
  readonly #mail = new Mailbox();
  /** There once somebody has attached: most connections never carry output. */
  #output: Output | undefined;
  #error: LibpodError | undefined;
  #ended = false;
  /** Whether the monitor has said that it waits for another program: the socket is then nobody's until it is taken. */
  #released = false;
  #asking: Promise<unknown> = Promise.resolve();

  readonly #onData = messageReader(
    (message) => this.#dispatch(message),
    (error) => {
      this.#error = error;
      this.#socket.destroy();
    },
  );
  readonly #onClose = (): void => this.#end();
  #resolveClosed!: () => void;

  /** Settles when the monitor is done with the connection: all of its container is gone, or it is dead. */
  readonly closed: Promise<void> = new Promise((resolve) => (this.#resolveClosed = resolve));

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('close', this.#onClose);
    // A reset is a close: the monitor was killed. Listened to once, however often the socket serves.
    if (socket.listenerCount('error') === 0) socket.on('error', () => undefined);
    // Kept alive by whoever waits, not by the mere connection.
    socket.unref();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.off('data', this.#onData).off('close', this.#onClose);
    this.#endOutput('lost');
    this.#mail.abandon();
    this.#resolveClosed();
  }

  /** The socket, once, if the monitor at its other end waits for another program. */
  takeSocket(): Socket | undefined {
    if (!this.#released || this.#socket.destroyed) return undefined;
    this.#released = false;
    return this.#socket;
  }

  /** A connection on the descriptor of a connected stream socket, which it takes over. */
  static ofDescriptor(fd: number): MonitorConnection {
    return new MonitorConnection(new Socket({ fd, readable: true, writable: true }));
  }

  /**
   * Connects to a monitor's control socket and waits for its hello.
   *
   * @returns undefined if no monitor listens there
   * @throws LibpodError ERR_MONITOR if it speaks another version
   */
  static async open(controlSocket: string): Promise<MonitorConnection | undefined> {
    // A path over 107 bytes would be cut short without a word: go through a descriptor of the directory.
    let directory: number;
    try {
      directory = openSync(path.dirname(controlSocket), constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const socket = new Socket();
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve).once('error', reject);
        socket.connect(`/proc/self/fd/${directory}/${path.basename(controlSocket)}`);
      });
      socket.removeAllListeners('error');
      const connection = new MonitorConnection(socket);
      const hello = await connection.next('hello');
      if (hello === undefined) return undefined;
      if (hello.protocol !== PROTOCOL_VERSION) {
        connection.close();
        throw new LibpodError(
          'ERR_MONITOR',
          `the monitor at ${controlSocket} speaks protocol ${hello.protocol}, this engine ${PROTOCOL_VERSION}`,
        );
      }
      return connection;
    } catch (error) {
      const code = nodeErrorCode(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE')
        return undefined;
      throw error;
    } finally {
      closeSync(directory);
    }
  }

  /**
   * Whether the connection has ended, by either side. Its descriptor is closed, and its number perhaps a stranger's, from
   * the moment at which the socket is destroyed; the event comes a turn later.
   */
  get ended(): boolean {
    return this.#ended || this.#socket.destroyed;
  }

  /** Whether output comes this way: whatever else the monitor says waits behind what is not read. */
  get attached(): boolean {
    return this.#output !== undefined;
  }

  /** What the monitor said first. */
  get hello(): MessageOf<'hello'> | undefined {
    return this.#mail.seen('hello');
  }

  /** The last message of a type, if it came already. */
  seen<T extends MonitorMessage['type']>(type: T): MessageOf<T> | undefined {
    return this.#mail.seen(type);
  }

  /** The message of a type, once it has come; undefined if the connection closes without it. */
  next<T extends MonitorMessage['type']>(type: T): Promise<MessageOf<T> | undefined> {
    const seen = this.seen(type);
    if (seen !== undefined) return Promise.resolve(seen);
    if (this.#ended)
      return this.#error === undefined ? Promise.resolve(undefined) : Promise.reject(this.#error);
    this.#socket.ref();
    return new Promise((resolve, reject) => {
      this.#mail.wait(type, (message) => {
        // Output keeps the process alive until its end, whoever else has stopped waiting.
        if (this.#mail.idle && !this.attached) this.#socket.unref();
        if (message === undefined && this.#error !== undefined) reject(this.#error);
        else resolve(message);
      });
    });
  }

  /** Waits until the monitor is done with this connection. Keeps the process alive meanwhile. */
  async end(): Promise<void> {
    if (!this.#ended) this.#socket.ref();
    await this.closed;
  }

  send(message: EngineMessage): void {
    if (!this.#ended) this.#socket.write(encodeMessage(message));
  }

  /** Sends a signal to the container's init; answers 0 or an errno, undefined if the monitor went away. */
  signal(signal: number): Promise<number | undefined> {
    return this.#ask({ type: 'signal', signal });
  }

  /** Has what comes to published ports from the loopback of IPv6 passed on to another address of the container. */
  async leadPorts(to: Uint8Array): Promise<void> {
    await this.#ask({ type: 'lead-ports', to });
  }

  #ask(question: EngineMessage): Promise<number | undefined> {
    // One question at a time: an answer does not say what it answers.
    const answer = this.#asking.then(async () => {
      this.#mail.forget('done');
      const done = this.next('done');
      this.send(question);
      return (await done)?.errno;
    });
    this.#asking = answer.catch(() => undefined);
    return answer;
  }

  /**
   * Asks for the output from now on. Both streams must be read, or destroyed: a reader that stops holds the container's
   * writes back. They end after the container, or with the connection.
   *
   * @param input whether stdin is attached too
   * @param patience milliseconds for which it may hold everybody up; 0 for ever
   */
  attach({ input, patience }: { input: boolean; patience: number }): {
    stdout: Readable;
    stderr: Readable;
    ended: Promise<AttachEnd>;
  } {
    if (this.#output === undefined) {
      let end!: (how: AttachEnd) => void;
      const ended = new Promise<AttachEnd>((resolve) => (end = resolve));
      const outputs = new SocketOutputs();
      outputs.connect(this.#socket);
      this.#output = { outputs, ended, end };
    }
    if (this.#ended) this.#endOutput('lost');
    this.send({ type: 'attach', input: input ? 1 : 0, patience });
    this.#socket.ref();
    const { outputs, ended } = this.#output;
    return { stdout: outputs.stdout, stderr: outputs.stderr, ended };
  }

  /** Asks for no more output, and ends the streams. */
  detach(): void {
    if (this.#output === undefined) return;
    this.send({ type: 'detach' });
    this.#endOutput('detached');
    this.#output = undefined;
    // What it has sent meanwhile is passed over, and the process lives on for others alone.
    this.#socket.resume();
    if (this.#mail.idle) this.#socket.unref();
  }

  /** A stream into the container's stdin; ending it closes the container's stdin. */
  stdin(): Writable {
    return inputStream(this.#socket, () => this.#ended);
  }

  close(): void {
    if (!this.#ended) this.#socket.destroy();
  }

  #dispatch(message: MonitorMessage): void {
    if (message.type === 'stdout' || message.type === 'stderr') {
      this.#output?.outputs.push(message.type, message.data);
      return;
    }
    if (message.type === 'released') {
      this.#released = true;
      this.#end();
      return;
    }
    if (message.type === 'cut-off') {
      this.#cutOff();
      return;
    }
    // All output came before: the streams end now, though the monitor still clears away.
    if (message.type === 'exited') {
      this.#endOutput('exited');
      this.#socket.resume();
    }
    this.#mail.deliver(message);
  }

  /** What is missing is missed by nobody who took an end for the end. */
  #cutOff(): void {
    const { outputs } = this.#output ?? {};
    this.#output?.end('stalled');
    this.#output = undefined;
    const late = new LibpodError(
      'ERR_TIMEOUT',
      'this client was cut off: it did not read for so long that it held the container up; read faster, or attach with a longer stall timeout',
    );
    outputs?.stdout.destroy(late);
    outputs?.stderr.destroy(late);
  }

  #endOutput(how: AttachEnd): void {
    this.#output?.end(how);
    this.#output?.outputs.end();
  }
}
