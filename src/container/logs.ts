import { open, type FileHandle } from 'node:fs/promises';
import { watch } from 'node:fs';
import { nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { isActive } from '../model/status.js';
import type { ContainerCore } from './core.js';
import { LogParser, type LogEntry } from './log-entry.js';
import { sync } from './state.js';

export interface LogOptions {
  /** Goes on until the container has ended and its last byte was read. */
  readonly follow?: boolean | undefined;
  /** Only the last lines. */
  readonly tail?: number | undefined;
  /** Only entries from this moment on, or before that one. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PIECE = 64 * 1024;
/** A change may slip past inotify(7) between a read and the watch; look again after this time. */
const LOOK_AGAIN_MS = 200;

async function* readToEnd(file: FileHandle, parser: LogParser): AsyncGenerator<LogEntry> {
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE);
    if (bytesRead === 0) return;
    yield* parser.push(buffer.subarray(0, bytesRead));
  }
}

async function hasEnded(core: ContainerCore): Promise<boolean> {
  try {
    return !isActive((await core.locked(() => sync(core))).state);
  } catch (error) {
    if (LibpodError.is(error, 'ERR_REMOVED')) return true;
    throw error;
  }
}

/** Waits until the log file changes, for a short time. */
function change(path: string): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(finish, LOOK_AGAIN_MS);
    let watcher: ReturnType<typeof watch> | undefined;
    try {
      watcher = watch(path, { persistent: false }, finish);
      watcher.on('error', finish);
    } catch {
      // Gone, or no watches left: the timer does it alone.
    }
  });
}

async function* allEntries(
  core: ContainerCore,
  path: string,
  file: FileHandle,
  options: LogOptions,
): AsyncGenerator<LogEntry> {
  const parser = new LogParser();
  for (;;) {
    // Asked before reading: what is written after a "yes" does not exist.
    const ended = !options.follow || (await hasEnded(core));
    yield* readToEnd(file, parser);
    if (ended || options.signal?.aborted) return;
    await change(path);
  }
}

/** The last `count` lines of what is there, then the rest. A line may be several entries. */
async function* lastLines(entries: LogEntry[], count: number): AsyncGenerator<LogEntry> {
  if (count === 0) return;
  // A last line without its end yet is a line too.
  let lines = entries.at(-1)?.partial === true ? 1 : 0;
  let from = entries.length;
  while (from > 0 && (lines < count || entries[from - 1]?.partial === true)) {
    from--;
    if (entries[from]?.partial !== true) lines++;
    if (lines > count) {
      from++;
      break;
    }
  }
  yield* entries.slice(from);
}

/**
 * The container's log, entry by entry, as an async iterable.
 *
 * @throws LibpodError ERR_INVALID_STATE if the container keeps no log
 */
export async function* logs(core: ContainerCore, options: LogOptions = {}): AsyncGenerator<LogEntry> {
  if (core.config.logDriver === 'none') {
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `container ${core.name} keeps no log: its log driver is "none"`,
      { containerId: core.id },
    );
  }
  const path = core.config.logPath || core.paths.log;
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') throw error;
    if (!options.follow || (await hasEnded(core))) return;
    await change(path);
    yield* logs(core, options);
    return;
  }
  try {
    // The tail is cut from what is there now; what comes later all follows.
    const wanted = ({ time }: LogEntry): boolean =>
      (options.since === undefined || Date.parse(time) >= options.since.getTime()) &&
      (options.until === undefined || Date.parse(time) < options.until.getTime());
    if (options.tail !== undefined && options.tail >= 0) {
      const parser = new LogParser();
      const present: LogEntry[] = [];
      for await (const entry of readToEnd(file, parser)) {
        if (wanted(entry)) present.push(entry);
        // Only the tail is kept in memory.
        if (present.length > 2 * options.tail + 4096) present.splice(0, present.length - options.tail - 2048);
      }
      yield* lastLines(present, options.tail);
    }
    for await (const entry of allEntries(core, path, file, options)) if (wanted(entry)) yield entry;
  } finally {
    await file.close();
  }
}
