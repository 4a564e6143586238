import type { Dispatcher } from 'undici';
import { open, type FileHandle } from 'node:fs/promises';
import { fileError, nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { throwIfAborted } from '../../linux/kernel-error.js';
import type { Descriptor } from '../../oci/image-spec.js';
import type { ImageLayout } from '../layout/layout.js';
import { drop, headerOf, type RegistryClient } from './client.js';
import { statusError } from './error.js';

/** Bytes of one request; a blob of no more is sent by one alone. What is in memory can be sent again. */
const CHUNK = 8 * 1024 * 1024;
/** How often a blob whose upload the registry has lost is begun anew. */
const MOST_STARTS = 3;

/** Where the next bytes of a blob go, and how many are there. */
interface Upload {
  readonly location: string;
  readonly offset: number;
}

function scopesOf(client: RegistryClient, from: string | undefined): string[] {
  const own = `repository:${client.source.repository}:pull,push`;
  return from === undefined ? [own] : [own, `repository:${from}:pull`];
}

/** Adds a parameter to an address that the registry named, which may be only a path. */
function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

/** Whether the registry has a blob. */
async function isThere(client: RegistryClient, { digest }: Descriptor): Promise<boolean> {
  const what = `look for ${digest} in ${client.name}`;
  const path = `/v2/${client.source.repository}/blobs/${digest}`;
  const response = await client.request(what, path, { method: 'HEAD' }, scopesOf(client, undefined));
  if (response.statusCode !== 200 && response.statusCode !== 404) throw await statusError(what, response);
  drop(response);
  return response.statusCode === 200;
}

/** Where the registry wants the rest, and how much it has: the distribution specification, "Pushing a blob in chunks". */
function progressOf(what: string, response: Dispatcher.ResponseData, assumed: number): Upload {
  const location = headerOf(response, 'location');
  drop(response);
  if (location === undefined)
    throw new LibpodError('ERR_REGISTRY', `cannot ${what}: the registry does not say where it goes`);
  const last = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(response, 'range') ?? '')?.[1];
  return { location, offset: last === undefined ? assumed : Number(last) + 1 };
}

/** Begins an upload; undefined if the registry took the blob from another repository of its own. */
async function begin(
  client: RegistryClient,
  { digest }: Descriptor,
  from: string | undefined,
): Promise<Upload | undefined> {
  const what = `push ${digest} to ${client.name}`;
  const query =
    from === undefined ? '' : `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  const response = await client.request(
    what,
    `/v2/${client.source.repository}/blobs/uploads/${query}`,
    { method: 'POST', headers: { 'content-length': '0' } },
    scopesOf(client, from),
  );
  if (response.statusCode === 201) {
    drop(response);
    return undefined;
  }
  if (response.statusCode !== 202) throw await statusError(what, response);
  // A range of what has nothing yet is `0-0` with some registries, which says nothing.
  return { location: progressOf(what, response, 0).location, offset: 0 };
}

async function readChunk(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.min(CHUNK, size - offset));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
  if (bytesRead === bytes.length) return bytes;
  throw new LibpodError(
    'ERR_IMAGE_INVALID',
    'a blob of the image is shorter than it should be: pull the image again',
  );
}

/** Sends one chunk. @returns undefined if the registry has lost the upload */
async function sendChunk(
  client: RegistryClient,
  { digest }: Descriptor,
  { location, offset }: Upload,
  chunk: Buffer,
): Promise<Upload | undefined> {
  const what = `push ${digest} to ${client.name}`;
  const scopes = scopesOf(client, undefined);
  const headers = {
    'content-type': 'application/octet-stream',
    'content-range': `${offset}-${offset + chunk.length - 1}`,
  };
  const response = await client.request(what, location, { method: 'PATCH', headers, body: chunk }, scopes);
  if (response.statusCode === 202) return progressOf(what, response, offset + chunk.length);
  if (response.statusCode === 404) {
    drop(response);
    return undefined;
  }
  if (response.statusCode !== 416) throw await statusError(what, response);
  // It has more of it than was told, or less: a try whose answer was lost.
  drop(response);
  const state = await client.request(what, location, {}, scopes);
  if (state.statusCode !== 204) {
    drop(state);
    return undefined;
  }
  return progressOf(what, state, 0);
}

/** Ends an upload. @returns whether the registry has the blob; false if it has lost the upload */
async function finish(
  client: RegistryClient,
  { digest }: Descriptor,
  location: string,
  body: Buffer,
): Promise<boolean> {
  const what = `push ${digest} to ${client.name}`;
  const response = await client.request(
    what,
    withDigest(location, digest),
    { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body },
    scopesOf(client, undefined),
  );
  if (response.statusCode !== 201 && response.statusCode !== 404) throw await statusError(what, response);
  drop(response);
  return response.statusCode === 201;
}

/** Sends all of a blob. @returns false if the registry has lost the upload */
async function send(
  client: RegistryClient,
  blob: Descriptor,
  start: Upload,
  file: FileHandle,
  tell: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (blob.size <= CHUNK) return finish(client, blob, start.location, await readChunk(file, 0, blob.size));
  let upload: Upload | undefined = start;
  while (upload.offset < blob.size) {
    throwIfAborted(`push ${blob.digest}`, signal);
    const before: number = upload.offset;
    upload = await sendChunk(client, blob, upload, await readChunk(file, upload.offset, blob.size));
    if (upload === undefined || upload.offset <= before) return false;
    tell(upload.offset);
  }
  return finish(client, blob, upload.location, Buffer.alloc(0));
}

async function openBlob(layout: ImageLayout, { digest }: Descriptor): Promise<FileHandle> {
  try {
    return await open(layout.blobPath(digest), 'r');
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') throw fileError(`read the blob ${digest}`, error);
    throw new LibpodError('ERR_NOT_FOUND', `the blob ${digest} of an image is missing: pull the image again`);
  }
}

/**
 * Brings a blob of a store into a repository, unless it is there.
 *
 * @param from another repository of the same registry that may have it
 * @param tell told how many bytes were sent
 * @returns whether it had to be sent
 * @throws LibpodError ERR_REGISTRY, ERR_UNAUTHORIZED, ERR_IMAGE_INVALID, ERR_NOT_FOUND, ERR_ABORTED
 */
export async function uploadBlob(
  layout: ImageLayout,
  client: RegistryClient,
  blob: Descriptor,
  from: string | undefined,
  tell: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  if (await isThere(client, blob)) return false;
  for (let attempt = 0; attempt < MOST_STARTS; attempt++) {
    const upload = await begin(client, blob, attempt === 0 ? from : undefined);
    if (upload === undefined) return false;
    const file = await openBlob(layout, blob);
    try {
      if (await send(client, blob, upload, file, tell, signal)) return true;
    } finally {
      await file.close();
    }
  }
  throw new LibpodError(
    'ERR_REGISTRY',
    `cannot push ${blob.digest} to ${client.name}: it loses what was sent`,
  );
}

/**
 * Gives a repository a manifest, whose blobs it has.
 *
 * @param reference a tag, or the manifest's digest
 * @throws LibpodError ERR_REGISTRY, ERR_UNAUTHORIZED, ERR_ABORTED
 */
export async function putManifest(
  client: RegistryClient,
  reference: string,
  manifest: { readonly bytes: Buffer; readonly mediaType: string },
): Promise<void> {
  const what = `push the manifest ${reference} to ${client.name}`;
  const response = await client.request(
    what,
    `/v2/${client.source.repository}/manifests/${reference}`,
    { method: 'PUT', headers: { 'content-type': manifest.mediaType }, body: manifest.bytes },
    scopesOf(client, undefined),
  );
  if (response.statusCode !== 201) throw await statusError(what, response);
  drop(response);
}
