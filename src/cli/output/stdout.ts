import type { Readable } from 'node:stream';
import { once } from 'node:events';

/** Copies a stream to stdout as fast as that is read, and leaves stdout open. */
export async function writeToStdout(stream: Readable): Promise<void> {
  for await (const piece of stream as AsyncIterable<Buffer>)
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}
