import { createReadStream, renameSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { makeDirectories } from '../../base/make-directories.js';
import { throwIfAborted } from '../../linux/kernel-error.js';
import { Digester } from '../../oci/digest.js';
import type { Descriptor } from '../../oci/image-spec.js';
import type { ArrivingBlob } from '../layout/arriving-blob.js';
import { fileSize, READ_BYTES, writeAt } from '../layout/blob-file.js';
import type { ImageLayout } from '../layout/layout.js';
import type { RegistryClient } from './client.js';

/** A blob on its way: what has come of it. */
interface Part {
  readonly file: string;
  readonly handle: FileHandle;
  readonly arriving: ArrivingBlob | undefined;
  digester: Digester;
}

/** Sums up what an earlier try has left; the rest is asked for. */
async function resumePart(file: string, size: number): Promise<Digester> {
  const digester = new Digester();
  const there = fileSize(file) ?? 0;
  // All of it is there, or more than can be: whatever went wrong with it, it is not to be believed.
  if (there >= size) rmSync(file, { force: true });
  else if (there > 0) for await (const piece of createReadStream(file)) digester.update(piece as Buffer);
  return digester;
}

async function startOver(part: Part): Promise<void> {
  part.arriving?.startedOver();
  await part.handle.truncate(0);
  part.digester = new Digester();
}

/** Takes what the registry sends until it stops. @throws whatever broke it off */
async function receive(
  client: RegistryClient,
  { digest, size }: Descriptor,
  part: Part,
  tell: (bytes: number) => void,
): Promise<void> {
  const { body, from } = await client.blob(digest, part.digester.size);
  if (from !== part.digester.size) await startOver(part);
  let pieces: Buffer[] = [];
  let bytes = 0;
  let received = part.digester.size;
  let writing: Promise<void> | undefined;
  // What comes during one write goes with the next: large ones when much comes, and none waits for more to come.
  const write = async (): Promise<void> => {
    while (pieces.length > 0) {
      const together = pieces;
      pieces = [];
      bytes = 0;
      await writeAt(part.handle, together, part.digester.size);
      for (const piece of together) part.digester.update(piece);
      part.arriving?.grown(part.file, part.digester.size);
      tell(part.digester.size);
    }
    writing = undefined;
  };
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      received += piece.length;
      if (received > size)
        throw new LibpodError(
          'ERR_IMAGE_INVALID',
          `${digest} of ${client.name} is longer than the ${size} bytes that were announced`,
        );
      pieces.push(piece);
      bytes += piece.length;
      writing ??= write();
      // Its failure is told by whoever waits for it.
      writing.catch(() => undefined);
      if (bytes >= READ_BYTES) await writing;
    }
  } finally {
    await writing;
  }
}

/**
 * Brings a blob into the store, unless it is there. What has come of it stays when the connection breaks, or when the process
 * does: another try goes on from there. Nobody sees the blob before its digest was found right.
 *
 * @param tell told how many bytes have come
 * @param arriving what others read it by meanwhile
 * @returns whether it had to be fetched
 * @throws LibpodError ERR_IMAGE_INVALID, ERR_REGISTRY, ERR_UNAUTHORIZED, ERR_NO_SPACE, ERR_ABORTED
 */
export async function downloadBlob(
  layout: ImageLayout,
  client: RegistryClient,
  descriptor: Descriptor,
  tell: (bytes: number) => void,
  signal?: AbortSignal,
  arriving?: ArrivingBlob,
): Promise<boolean> {
  const { digest, size } = descriptor;
  using _lock = await layout.lockBlob(digest, signal);
  if (layout.hasBlob(descriptor)) {
    arriving?.arrived(layout.blobPath(digest), size);
    return false;
  }
  const file = layout.partPath(digest);
  makeDirectories(path.dirname(file), 0o700);
  const digester = await resumePart(file, size);
  const handle = await open(file, digester.size === 0 ? 'w' : 'r+', 0o600);
  const part: Part = { file, handle, arriving, digester };
  arriving?.grown(file, digester.size);
  try {
    for (let attempt = 0; part.digester.size < size || size === 0; attempt++) {
      const before = part.digester.size;
      try {
        await receive(client, descriptor, part, tell);
        if (part.digester.size === size) break;
      } catch (error) {
        throwIfAborted(`fetch ${digest}`, signal);
        if (error instanceof LibpodError) throw error;
        if (
          ['write', 'ftruncate'].includes((error as NodeJS.ErrnoException).syscall ?? '') &&
          nodeErrorCode(error) !== undefined
        ) {
          // On a full disk, what has come of it is what fills it.
          if (nodeErrorCode(error) === 'ENOSPC') rmSync(file, { force: true });
          throw fileError(`write ${file}`, error);
        }
        // As long as something comes each time, it is worth another one.
        if (part.digester.size > before) attempt = 0;
        await client.pause(attempt, error);
        continue;
      }
      if (part.digester.size > before) attempt = 0;
      await client.pause(attempt, new Error(`it sent ${part.digester.size} bytes of ${size}`));
    }
    const found = part.digester.digest();
    if (found !== digest) {
      rmSync(file, { force: true });
      throw new LibpodError(
        'ERR_IMAGE_INVALID',
        `what ${client.name} sent for ${digest} is something else: its digest is ${found}`,
      );
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  renameSync(file, layout.blobPath(digest));
  arriving?.arrived(layout.blobPath(digest), size);
  return true;
}
