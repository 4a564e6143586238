import { LibpodError } from '../base/errors.js';
import { throwIfAborted } from '../linux/kernel-error.js';
import type { FileAttributes, TreeStep, TreeWriter } from '../linux/trees/tree-writer.js';
import { decompressed } from './decompress.js';
import { readTar } from './tar-reader.js';
import { archiveError, type TarEntry } from './tar-header.js';
import { textOfBytes } from '../linux/trees/byte-text.js';

/** How an archive is unpacked. */
export interface ExtractOptions {
  /** The owner of all that is made; that of the archive unless given. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Leave out devices; else they are made. FIFOs are made in any case. */
  readonly skipDevices?: boolean | undefined;
  /** Another name for the first component of every path: from, to. A character for each byte. */
  readonly rename?: readonly [from: string, to: string] | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Says what an entry is, in place of the file of that name: the steps that make it, none to leave it out, undefined for
   * the usual. For formats that give names or attributes a meaning; `path` is as cleanPath answers it, also ''.
   */
  readonly translate?: ((entry: TarEntry, path: string) => Translation | undefined) | undefined;
}

/** What becomes of an entry. */
export interface Translation {
  /** Carried out before the entry. */
  readonly before?: readonly TreeStep[] | undefined;
  /** What is made; nothing if undefined. */
  readonly entry: TarEntry | undefined;
}

/** What goes to the writer in one trip. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_STEPS = 512;

/**
 * A path of an archive as a relative one without `.` and `..`; '' for the directory itself.
 *
 * @throws LibpodError ERR_ARCHIVE for one that leads out
 */
export function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..'))
    throw archiveError(`the name ${JSON.stringify(textOfBytes(path))} in it leads out of the directory`);
  return parts.join('/');
}

function renamed(path: string, rename: ExtractOptions['rename']): string {
  if (rename === undefined) return path;
  const [from, to] = rename;
  return path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
}

/** Collects steps and hands them on, one batch behind the reader. */
class Batches {
  readonly #writer: TreeWriter;
  #steps: TreeStep[] = [];
  #bytes = 0;
  #underWay: Promise<void> | undefined;

  constructor(writer: TreeWriter) {
    this.#writer = writer;
  }

  async add(step: TreeStep): Promise<void> {
    this.#steps.push(step);
    this.#bytes += step.step === 'data' ? step.data.length : 0;
    if (this.#bytes >= BATCH_BYTES || this.#steps.length >= BATCH_STEPS) await this.#send();
  }

  async #send(): Promise<void> {
    await this.settled();
    const steps = this.#steps;
    this.#steps = [];
    this.#bytes = 0;
    this.#underWay = this.#writer.write(steps);
    // Its failure is told by whoever waits for it, later.
    this.#underWay.catch(() => undefined);
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    const underWay = this.#underWay;
    this.#underWay = undefined;
    await underWay;
  }

  async end(): Promise<void> {
    await this.add({ step: 'end' });
    await this.#send();
    await this.settled();
  }
}

function attributesOf(entry: TarEntry, { owner }: ExtractOptions): FileAttributes {
  const { mode, uid, gid, seconds, nanoseconds, xattrs } = entry;
  return { mode, uid, gid, ...owner, seconds, nanoseconds, xattrs };
}

/** The step that makes an entry; undefined for one that is not made. */
function stepOf(entry: TarEntry, path: string, options: ExtractOptions): TreeStep | undefined {
  const attributes = attributesOf(entry, options);
  const { type, link, major, minor } = entry;
  switch (type) {
    case 'file':
    case 'directory':
      return { step: type, path, attributes };
    case 'symlink':
      if (link === '')
        throw archiveError(`the link ${JSON.stringify(textOfBytes(path))} in it leads nowhere`);
      return { step: 'symlink', path, text: link, attributes };
    case 'hardLink': {
      const target = renamed(cleanPath(link), options.rename);
      if (target === '')
        throw archiveError(`the link ${JSON.stringify(textOfBytes(path))} in it leads nowhere`);
      return { step: 'hardLink', path, target };
    }
    case 'characterDevice':
    case 'blockDevice':
      return options.skipDevices === true
        ? undefined
        : { step: 'node', path, type, major, minor, attributes };
    case 'fifo':
      return { step: 'node', path, type, major: 0, minor: 0, attributes };
    default:
      return type satisfies never;
  }
}

/**
 * Unpacks a tar archive, as it is or compressed by gzip or zstd. What was unpacked before an error stays; a file that was not
 * finished does not.
 *
 * @throws LibpodError ERR_ARCHIVE, ERR_ABORTED, ERR_NO_SPACE, and what TreeWriter.write throws
 */
export async function extractTar(
  archive: AsyncIterable<Uint8Array>,
  writer: TreeWriter,
  options: ExtractOptions = {},
): Promise<void> {
  await applyTar(decompressed(abortable(archive, options.signal)), writer, options);
}

/** The same for an archive that is not compressed, whatever its first bytes look like. */
export async function applyTar(
  archive: AsyncIterable<Uint8Array>,
  writer: TreeWriter,
  options: ExtractOptions = {},
): Promise<void> {
  const { signal, translate } = options;
  const batches = new Batches(writer);
  try {
    for await (const { entry: read, body } of readTar(archive)) {
      throwIfAborted('unpack the archive', signal);
      const path = renamed(cleanPath(read.path), options.rename);
      const translation = translate?.(read, path);
      for (const step of translation?.before ?? []) await batches.add(step);
      const entry = translation === undefined ? read : translation.entry;
      if (entry === undefined) continue;
      // The directory itself is the caller's.
      if (path === '') {
        if (entry.type === 'directory') continue;
        throw archiveError(`an entry in it has no name: ${JSON.stringify(textOfBytes(entry.path))}`);
      }
      const step = stepOf(entry, path, options);
      if (step === undefined) continue;
      await batches.add(step);
      if (entry.type !== 'file') continue;
      for await (const data of body) await batches.add({ step: 'data', data });
      await batches.add({ step: 'endFile' });
    }
    await batches.end();
  } catch (error) {
    // Whoever clears up next must not come in between.
    await batches.settled().catch(() => undefined);
    throwIfAborted('unpack the archive', signal);
    throw error;
  }
}

/** Ends a stream with an error as soon as the signal fires, also while it waits. */
async function* abortable(
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  if (signal === undefined) {
    yield* archive;
    return;
  }
  const pieces = archive[Symbol.asyncIterator]();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () =>
      reject(
        new LibpodError('ERR_ABORTED', 'cannot unpack the archive: it was aborted', { cause: signal.reason }),
      );
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  aborted.catch(() => undefined);
  let ended = false;
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), aborted]);
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    // Not waited for: a source that gives nothing would not answer either.
    if (!ended) void pieces.return?.().catch(() => undefined);
  }
}
