import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../base/errno.js';
import { runFileSteps, type FileStep } from '../linux/files/files.js';
import { parseEventLine } from './line.js';

/** A line counts if it begins before this offset of its file (native/sys/event_log.h, kEventFileSize). */
export const EVENT_FILE_SIZE = 512 * 1024;

/** A place in the journal: the offset in one of its files at which a line begins. */
export interface JournalPosition {
  readonly file: number;
  readonly offset: number;
}

/**
 * The journal of events: numbered files in a directory, to which engines and monitors append lines without a lock
 * (native/sys/event_log.h). It lives as long as the boot, and holds the last 1.5 to 2 MiB.
 */
export class EventJournal {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The file step that appends lines: one that fails is passed over, as whoever owes an event is asked again. */
  step(lines: string): FileStep {
    return { op: 'tell', path: this.directory, data: lines };
  }

  /** Appends lines at once: one write to the page cache. */
  async tell(lines: string): Promise<void> {
    await runFileSteps('tell an event', [this.step(lines)], true);
  }

  /** The numbers of the files, in order. */
  files(): number[] {
    return readdirSync(this.directory)
      .map(Number)
      .filter((number) => Number.isSafeInteger(number) && number > 0)
      .sort((a, b) => a - b);
  }

  file(number: number): string {
    return path.join(this.directory, String(number));
  }

  /** Where the next line will stand, or a little before. */
  end(): JournalPosition {
    const file = this.files().at(-1) ?? 1;
    const size = statSync(this.file(file), { throwIfNoEntry: false })?.size ?? 0;
    return size >= EVENT_FILE_SIZE ? { file: file + 1, offset: 0 } : { file, offset: size };
  }

  /**
   * Whether an event was told. One that is older than all that is kept counts as told: the journal forgets.
   *
   * @param time nanoseconds since 1970-01-01 UTC, decimal
   */
  has(key: string, time: string): boolean {
    const files = this.files();
    const wanted = Buffer.from(`"key":${JSON.stringify(key)}`);
    for (const [index, number] of files.entries()) {
      const bytes = this.#lines(number);
      for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
        const begin = bytes.lastIndexOf('\n', at) + 1;
        const end = bytes.indexOf('\n', at);
        // The key may stand in an attribute of another one, or in a line that was cut short.
        if (end >= 0 && parseEventLine(bytes.toString('utf8', begin, end))?.key === key) return true;
      }
      const first = index === 0 && number > 1 ? firstTime(bytes) : undefined;
      if (first !== undefined && BigInt(time) < first) return true;
    }
    return false;
  }

  /** The bytes of a file's lines that count. */
  #lines(number: number): Buffer {
    try {
      const bytes = readFileSync(this.file(number));
      const end = bytes.indexOf('\n', EVENT_FILE_SIZE - 1);
      return end < 0 ? bytes : bytes.subarray(0, end + 1);
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }
}

/** The time of the first event of a file. */
function firstTime(bytes: Buffer): bigint | undefined {
  const end = bytes.indexOf('\n');
  return end < 0 ? undefined : parseEventLine(bytes.toString('utf8', 0, end))?.timeNs;
}
