import { Readable } from 'node:stream';
import type { HasDescriptor } from '../linux/descriptor.js';
import { TarSource, type TarOptions } from '../linux/tar-source.js';

/**
 * A tree as a stream of a tar archive. Nothing is read before somebody reads the stream, and no further than it is read.
 *
 * @param start what to archive; its descriptor may be closed afterwards
 * @param done called once when the stream is over, whatever its end was
 */
export function packTree(start: HasDescriptor, options: TarOptions, done?: () => void): Readable {
  const source = new TarSource(start, options);
  return new Readable({
    // One piece ahead of the reader.
    highWaterMark: 1,
    read() {
      source.read().then(
        (piece) => this.push(piece.length === 0 ? null : piece),
        (error: unknown) => this.destroy(error as Error),
      );
    },
    destroy(error, callback) {
      source[Symbol.dispose]();
      done?.();
      callback(error);
    },
  });
}
