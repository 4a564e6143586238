import { LibpodError } from '../../base/errors.js';
import { isWatched } from '../../model/status.js';
import type { ContainerCore } from '../core.js';
import { LogParser, type LogEntry } from './entry.js';
import { LogFiles } from './files.js';
import type { LogOptions } from './options.js';
import { sync } from '../state/state.js';

/** The entries of a log. They are read as they are asked for, so a reader that stops holds nobody up. */
export interface Logs extends AsyncIterable<LogEntry> {
  /** The same by lists of whatever one read brings, for who wants many of them fast. */
  batches(): AsyncIterableIterator<LogEntry[]>;
}

/** The run of a container that a follower follows, and those that its restart policy makes of it. */
class FollowedRun {
  readonly #core: ContainerCore;
  #startedTime = '';
  #restarts = 0;

  constructor(core: ContainerCore) {
    this.#core = core;
  }

  /** Whether it is over. Another one that somebody has started is not waited for: it has an end of its own. */
  async isOver(): Promise<boolean> {
    try {
      const now = await this.#core.locked(() => sync(this.#core));
      if (!isWatched(now.state)) return true;
      // Before its start it has the time of the run before.
      if (now.state === 'created') return false;
      const restarts = now.restartCount ?? 0;
      const another = this.#startedTime !== '' && now.startedTime !== this.#startedTime;
      if (another && restarts <= this.#restarts) return true;
      this.#startedTime = now.startedTime;
      this.#restarts = restarts;
      return false;
    } catch (error) {
      if (LibpodError.is(error, 'ERR_REMOVED')) return true;
      throw error;
    }
  }
}

/** Where the last `count` lines begin. A line may be several entries, and a last one without its end is a line too. */
function startOfTail(entries: readonly LogEntry[], count: number): number {
  let from = entries.length;
  const needed = { stdout: 0, stderr: 0 };
  const open = { stdout: false, stderr: false };
  let lines = 0;
  while (from > 0) {
    const { stream, partial } = entries[from - 1] as LogEntry;
    // The last piece of a line, seen from the end.
    const begins = !partial || (needed[stream] === 0 && !open[stream]);
    if (begins && lines === count) break;
    if (begins) {
      lines++;
      needed[stream]++;
      open[stream] = true;
    }
    from--;
  }
  return from;
}

async function* tailOf(files: LogFiles, parse: () => LogParser, count: number): AsyncGenerator<LogEntry[]> {
  let entries: LogEntry[] = [];
  const enough = (text: Buffer): boolean => {
    // It may begin in the middle of an entry, which the parser passes over.
    entries = parse().push(text);
    return startOfTail(entries, count) > 0;
  };
  const { text, whole } = await files.tail(enough);
  if (whole) enough(text);
  const from = startOfTail(entries, count);
  if (from < entries.length) yield entries.slice(from);
}

function filterOf({ since, until, stream }: LogOptions): ((entry: LogEntry) => boolean) | undefined {
  if (since === undefined && until === undefined && stream === undefined) return undefined;
  const [from, to] = [since?.getTime() ?? -Infinity, until?.getTime() ?? Infinity];
  return (entry) => {
    const time = Date.parse(entry.time);
    return time >= from && time < to && (stream === undefined || entry.stream === stream);
  };
}

async function* read(core: ContainerCore, options: LogOptions): AsyncGenerator<LogEntry[]> {
  const { logDriver, logPath } = core.config;
  if (logDriver === 'none' || logDriver === 'passthrough') {
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `this container is using the '${logDriver}' log driver, cannot read logs: ${core.name} keeps none`,
      { containerId: core.id },
    );
  }
  const files = await LogFiles.open(logPath || core.paths.log);
  try {
    // The tail is cut from what is there now; what comes later all follows.
    const { tail, follow, until, signal } = options;
    const end = until?.getTime() ?? Infinity;
    if (tail !== undefined && tail >= 0) yield* tailOf(files, () => new LogParser(logDriver), tail);
    const parser = new LogParser(logDriver);
    const run = new FollowedRun(core);
    for (;;) {
      // Asked before reading: what is written after a "yes" does not exist.
      const ended = follow !== true || Date.now() >= end || (await run.isOver());
      for await (const piece of files.pieces()) {
        if (signal?.aborted === true) return;
        yield parser.push(piece);
      }
      if (ended || signal?.aborted === true) return;
      await files.change(signal);
    }
  } finally {
    await files.close();
  }
}

/** The container's log; ERR_INVALID_STATE comes with the first entry if it keeps none. */
export function logs(core: ContainerCore, options: LogOptions = {}): Logs {
  const wanted = filterOf(options);
  async function* batches(): AsyncGenerator<LogEntry[]> {
    for await (const entries of read(core, options)) {
      const chosen = wanted === undefined ? entries : entries.filter(wanted);
      if (chosen.length > 0) yield chosen;
    }
  }
  return {
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const entries of batches()) yield* entries;
    },
  };
}
