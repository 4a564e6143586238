import { watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { nodeErrorCode } from '../base/errno.js';
import type { LibpodEvent } from '../model/event.js';
import { EVENT_FILE_SIZE, type EventJournal, type JournalPosition } from './journal.js';
import { parseEventLine } from './line.js';

const CHUNK = 64 * 1024;

/** How often to look where the kernel has no more watches to give (inotify(7), max_user_instances). */
const LOOK_AGAIN_MS = 250;

/** Tells when something in a directory has changed since it was asked last. */
class Changes implements Disposable {
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  /** @param until a signal that counts as a change */
  constructor(directory: string, until: AbortSignal) {
    const changed = (): void => {
      this.#changed = true;
      this.#wake?.();
    };
    until.addEventListener('abort', changed, { once: true });
    try {
      this.#watcher = watch(directory, changed);
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      this.#unwatch();
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#wake?.();
  }

  async next(): Promise<void> {
    if (!this.#changed) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#watcher === undefined) timer = setTimeout(resolve, LOOK_AGAIN_MS);
      });
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}

/** The file at a position, or the next one that there is: the oldest ones go. */
async function openAt(
  journal: EventJournal,
  position: JournalPosition,
): Promise<{ readonly handle: FileHandle; readonly position: JournalPosition } | undefined> {
  for (const file of journal.files()) {
    if (file < position.file) continue;
    try {
      const handle = await open(journal.file(file));
      return { handle, position: file === position.file ? position : { file, offset: 0 } };
    } catch (error) {
      // It went since the listing.
      if (nodeErrorCode(error) !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** What is in one file from a position on; answers where to go on. */
async function* readFile(
  handle: FileHandle,
  { file, offset }: JournalPosition,
): AsyncGenerator<LibpodEvent, JournalPosition> {
  let pending: Buffer = Buffer.alloc(0);
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, offset + pending.length);
    if (bytesRead === 0) return { file, offset };
    pending = Buffer.concat([pending, buffer.subarray(0, bytesRead)]);
    let begin = 0;
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10, begin)) {
      // The writers of all that follows have seen the same, and have written it to the next file.
      if (offset >= EVENT_FILE_SIZE) return { file: file + 1, offset: 0 };
      const event = parseEventLine(pending.toString('utf8', begin, end));
      offset += end + 1 - begin;
      begin = end + 1;
      if (event !== undefined) yield event;
    }
    pending = pending.subarray(begin);
    if (offset >= EVENT_FILE_SIZE) return { file: file + 1, offset: 0 };
  }
}

/** All events from a position to the end of the journal; answers where that was. */
async function* readOn(
  journal: EventJournal,
  from: JournalPosition,
): AsyncGenerator<LibpodEvent, JournalPosition> {
  for (let position = from; ;) {
    const opened = await openAt(journal, position);
    if (opened === undefined) return position;
    try {
      const next = yield* readFile(opened.handle, opened.position);
      if (next.file === opened.position.file) return next;
      position = next;
    } finally {
      await opened.handle.close();
    }
  }
}

/**
 * The events from a position on, in the order in which they were told.
 *
 * @param until ends it, after what was told by then; without it, it ends at the end of the journal
 */
export async function* followEvents(
  journal: EventJournal,
  from: JournalPosition,
  until?: AbortSignal,
): AsyncGenerator<LibpodEvent, void> {
  if (until === undefined) {
    yield* readOn(journal, from);
    return;
  }
  // Before the first look, so that nothing comes in between.
  using changes = new Changes(journal.directory, until);
  for (let position = from; ;) {
    const last = until.aborted;
    position = yield* readOn(journal, position);
    if (last) return;
    await changes.next();
  }
}
