import { createReadStream } from 'node:fs';
import { decompressed } from '../../archive/decompress.js';
import { LibpodError } from '../../base/errors.js';
import { Digester } from '../../oci/digest.js';
import { READ_BYTES } from './blob-file.js';

/**
 * The bytes of a blob, decompressed if asked for.
 *
 * @param digest of what comes out; another content is an error, told at the end
 * @throws LibpodError ERR_IMAGE_INVALID
 */
export async function* checkedBytes(
  file: string,
  digest: string,
  decompress: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const digester = new Digester();
  const stream = createReadStream(file, { highWaterMark: READ_BYTES, signal });
  for await (const piece of decompress ? decompressed(stream) : (stream as AsyncIterable<Buffer>)) {
    digester.update(piece);
    yield piece;
  }
  if (digester.digest() !== digest)
    throw new LibpodError('ERR_IMAGE_INVALID', `the blob ${file} is damaged: pull the image again`);
}
