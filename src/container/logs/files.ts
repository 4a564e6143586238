import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { nodeErrorCode } from '../../base/errno.js';

const PIECE = 256 * 1024;
/** A change may slip past inotify(7) between a read and the watch; look again after this time. */
const LOOK_AGAIN_MS = 200;

interface LogFile {
  readonly file: FileHandle;
  readonly inode: number;
  /** Where the next piece begins. */
  position: number;
}

async function openIfThere(name: string): Promise<LogFile | undefined> {
  try {
    const file = await open(name, 'r');
    return { file, inode: (await file.stat()).ino, position: 0 };
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The files of a log, oldest first: PATH.2, PATH.1, PATH. They are opened the other way round: one that is moved on
 * meanwhile then turns up twice, and none is missed.
 */
async function openAll(log: string): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (let number = 0; ; number++) {
    const file = await openIfThere(number === 0 ? log : `${log}.${number}`);
    if (file === undefined) {
      // For a moment, while it is replaced, the log itself is not there.
      if (number > 0) return files.reverse();
    } else if (files.some(({ inode }) => inode === file.inode)) {
      await file.file.close();
    } else {
      files.push(file);
    }
  }
}

/**
 * The bytes of a log, through all files that it was cut into. Who reads at its end holds the file open, and so finds its
 * last byte also when the monitor has begun another (`Log::Rotate` in native/monitor/log.cc); the one that stands behind it in the
 * row is next. Who is so late that his file has left the row goes on with the oldest there is.
 */
export class LogFiles {
  readonly #path: string;
  #files: LogFile[];

  private constructor(log: string, files: LogFile[]) {
    this.#path = log;
    this.#files = files;
  }

  static async open(log: string): Promise<LogFiles> {
    return new LogFiles(log, await openAll(log));
  }

  /** The pieces from where it stands to the end that there is now. */
  async *pieces(): AsyncGenerator<Buffer> {
    if (this.#files.length === 0) this.#files = await openAll(this.#path);
    for (let [current] = this.#files; current !== undefined; [current] = this.#files) {
      // Asked before the end is reached: a file that was replaced by then grows no more.
      const replaced = this.#files.length > 1 || (await this.#isReplaced(current));
      for (;;) {
        const { bytesRead, buffer } = await current.file.read(
          Buffer.allocUnsafe(PIECE),
          0,
          PIECE,
          current.position,
        );
        if (bytesRead === 0) break;
        current.position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      if (!replaced) return;
      await this.#advance(current);
    }
  }

  async #isReplaced({ inode }: LogFile): Promise<boolean> {
    try {
      return (await stat(this.#path)).ino !== inode;
    } catch (error) {
      // It is just being replaced, or was removed with its container.
      if (nodeErrorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async #advance(current: LogFile): Promise<void> {
    if (this.#files.length > 1) {
      this.#files.shift();
    } else {
      const files = await openAll(this.#path);
      const at = files.findIndex(({ inode }) => inode === current.inode);
      for (const { file } of files.splice(0, at + 1)) await file.close();
      this.#files = files;
    }
    await current.file.close();
  }

  /**
   * Reads backwards until a text is enough; `pieces` goes on from the end of it.
   *
   * @param enough is asked about ever longer texts that end where the log ends now
   * @returns the last of these texts, and whether it is the whole log
   */
  async tail(enough: (text: Buffer) => boolean): Promise<{ text: Buffer; whole: boolean }> {
    let text: Buffer = Buffer.alloc(0);
    const files = this.#files;
    for (const one of files) one.position = (await one.file.stat()).size;
    for (const { file, position } of files.toReversed()) {
      let step = PIECE;
      for (let at = position; at > 0; step *= 2) {
        const size = Math.min(step, at);
        at -= size;
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, at);
        text = Buffer.concat([buffer.subarray(0, bytesRead), text]);
        if (enough(text)) return { text, whole: false };
      }
    }
    return { text, whole: true };
  }

  /** Waits until there may be more to read, for a short time. */
  async change(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        watcher?.close();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, LOOK_AGAIN_MS);
      signal?.addEventListener('abort', finish, { once: true });
      let watcher: ReturnType<typeof watch> | undefined;
      try {
        watcher = watch(this.#path, { persistent: false }, finish);
        watcher.on('error', finish);
      } catch {
        // Gone, or no watches left: the timer does it alone.
      }
    });
  }

  async close(): Promise<void> {
    for (const { file } of this.#files) await file.close();
    this.#files = [];
  }
}
