import { Readable } from 'node:stream';
import type { LogEntry } from './entry.js';
import type { LogTextOptions } from './options.js';
import type { Logs } from './logs.js';

const NEWLINE = Buffer.from('\n');

/**
 * Puts the entries of one log together again, bytes as they were. What stands in front of a line comes with the first piece of
 * it.
 */
export class LogText {
  readonly #prefix: string;
  readonly #timestamps: boolean;
  readonly #begun = { stdout: false, stderr: false };

  constructor({ timestamps = false, prefix = '' }: LogTextOptions = {}) {
    this.#timestamps = timestamps;
    this.#prefix = prefix;
  }

  /** The bytes of an entry, in pieces. */
  push({ stream, time, partial, data }: LogEntry, pieces: Buffer[]): void {
    if (!this.#begun[stream]) {
      // podman shows the log's nanoseconds with Z.
      const text = this.#prefix + (this.#timestamps ? `${time.replace('+00:00', 'Z')} ` : '');
      if (text !== '') pieces.push(Buffer.from(text));
    }
    pieces.push(data);
    this.#begun[stream] = partial;
    if (!partial) pieces.push(NEWLINE);
  }
}

/** The text of a log as a stream of bytes. */
export function logStream(log: Logs, options?: LogTextOptions): Readable {
  const text = new LogText(options);
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const entries of log.batches()) {
      const pieces: Buffer[] = [];
      for (const entry of entries) text.push(entry, pieces);
      yield Buffer.concat(pieces);
    }
  }
  return Readable.from(bytes(), { objectMode: false });
}
