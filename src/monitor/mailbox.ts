import type { MonitorMessage } from './messages.js';

/** The message of a type. */
export type MessageOf<T extends MonitorMessage['type']> = Extract<MonitorMessage, { type: T }>;

type Settle = (message: MonitorMessage | undefined) => void;

/** What has come over a connection, the last of each type, and who waits for what: none is missed by asking late. */
export class Mailbox {
  readonly #seen = new Map<MonitorMessage['type'], MonitorMessage>();
  readonly #waiting = new Map<MonitorMessage['type'], Settle[]>();

  /** The last message of a type, if it came already. */
  seen<T extends MonitorMessage['type']>(type: T): MessageOf<T> | undefined {
    return this.#seen.get(type) as MessageOf<T> | undefined;
  }

  /** Forgets a message, so that the next one of its type is waited for. */
  forget(type: MonitorMessage['type']): void {
    this.#seen.delete(type);
  }

  /** Whether nobody waits. */
  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Calls `settle` with the next message of a type, or with nothing once none is to come. */
  wait<T extends MonitorMessage['type']>(type: T, settle: (message: MessageOf<T> | undefined) => void): void {
    const waiting = this.#waiting.get(type) ?? [];
    waiting.push(settle as Settle);
    this.#waiting.set(type, waiting);
  }

  /** Keeps a message, and tells who waits for it. */
  deliver(message: MonitorMessage): void {
    this.#seen.set(message.type, message);
    this.#settle(message.type, message);
  }

  /** Tells all who wait for a type, or for any, that none comes. */
  abandon(type?: MonitorMessage['type']): void {
    for (const one of type === undefined ? [...this.#waiting.keys()] : [type]) this.#settle(one, undefined);
  }

  #settle(type: MonitorMessage['type'], message: MonitorMessage | undefined): void {
    const waiting = this.#waiting.get(type) ?? [];
    this.#waiting.delete(type);
    for (const settle of waiting) settle(message);
  }
}
