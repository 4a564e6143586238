import { Readable } from 'node:stream';
import type { HasDescriptor } from '../linux/files/descriptor.js';
import { TarSource, type TarOptions } from '../linux/trees/tar-source.js';

/**
 * A tree as a stream of a tar archive. Nothing is read before somebody reads the stream, and no further than it is read.
 *
 * @param start what to archive; its descriptor may be closed afterwards
 * @param done called once, when nothing of the tree is open any more: before the stream ends, or when it is given up
 */
export function packTree(
  start: HasDescriptor,
  options: TarOptions,
  done: () => Promise<void> = () => Promise.resolve(),
): Readable {
  const source = new TarSource(start, options);
  let reading: Promise<unknown> = Promise.resolve();
  let over: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (over ??= (async () => {
      source[Symbol.dispose]();
      // A call that is under way has files open.
      await reading.catch(() => undefined);
      await done();
    })());
  return new Readable({
    // One piece ahead of the reader.
    highWaterMark: 1,
    read() {
      const piece = source.read();
      reading = piece;
      piece
        .then(async (bytes) => {
          if (bytes.length === 0) await close();
          this.push(bytes.length === 0 ? null : bytes);
        })
        .catch((error: unknown) => this.destroy(error as Error));
    },
    destroy(error, callback) {
      close().then(
        () => callback(error),
        (failure: unknown) => callback(error ?? (failure as Error)),
      );
    },
  });
}
