import { createReadStream } from 'node:fs';
import { request } from 'undici';
import { fileError } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { hostPlatform, type Platform } from '../oci/image-spec.js';
import { buildImage, newName } from './build-image.js';
import { changedConfig } from './image-changes.js';
import type { Image } from './image.js';
import type { ImageStore } from './image-store.js';
import { diffIdOf, layerMediaType, receiveBlob } from './layout/incoming.js';
import { parsePlatform } from './platform.js';
import { connectionError, statusError } from './registry/error.js';
import { Transport } from './registry/transport.js';

/** How a tree is made an image. */
export interface ImportOptions {
  /** With `localhost/` in front where no registry is given; without one, the image is known by its ID. */
  readonly name?: string | undefined;
  /** Instructions of a Containerfile: `CMD ["/bin/sh"]`, `ENV A=b`. */
  readonly changes?: readonly string[] | undefined;
  /** A comment in the image's history. */
  readonly message?: string | undefined;
  /** `linux/arm64/v8`; that of this machine unless given. */
  readonly platform?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A tree as an archive: its bytes, the path of a file, or an address of HTTP. */
export type ImportSource = AsyncIterable<Uint8Array> | string;

const MOST_REDIRECTS = 10;

async function* download(
  address: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  await using transport = new Transport({ insecure: false });
  let url = new URL(address);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const what = `fetch ${url.href}`;
    let response;
    try {
      response = await request(url, { dispatcher: transport.dispatcherFor(url), signal: signal ?? null });
    } catch (error) {
      throw signal?.aborted === true
        ? new LibpodError('ERR_ABORTED', `cannot ${what}: it was aborted`)
        : connectionError(what, error);
    }
    const { location } = response.headers;
    if (response.statusCode >= 300 && response.statusCode < 400 && typeof location === 'string') {
      await response.body.dump();
      url = new URL(location, url);
      continue;
    }
    if (response.statusCode !== 200) throw await statusError(what, response);
    yield* response.body as AsyncIterable<Buffer>;
    return;
  }
  throw new LibpodError('ERR_REGISTRY', `${address} sends from one place to the next without end`);
}

async function* readFile(file: string): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw fileError(`read ${file}`, error, 'ERR_NOT_FOUND');
  }
}

function open(source: ImportSource, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  if (typeof source !== 'string') return source;
  return /^https?:\/\//.test(source) ? download(source, signal) : readFile(source);
}

/** An architecture and variant, without members that are not there. */
function platformFields({ os, architecture, variant }: Platform): Platform {
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/**
 * Makes an image of one layer of an archive, as it is or compressed by gzip or zstd.
 *
 * @throws LibpodError ERR_ARCHIVE, ERR_INVALID_ARGUMENT, ERR_REGISTRY for an address, ERR_NO_SPACE, ERR_ABORTED
 */
export async function importImage(
  store: ImageStore,
  source: ImportSource,
  options: ImportOptions,
): Promise<Image> {
  const { name, changes = [], message, platform, signal } = options;
  // What is wrong is told before anything is fetched.
  const config = changedConfig({}, changes);
  const place = platform === undefined ? hostPlatform() : parsePlatform(platform);
  if (name !== undefined) newName(name);
  using _kept = await store.keepAll(signal);
  const blob = await receiveBlob(store.layout, open(source, signal), signal);
  const diffId = await diffIdOf(store.layout, blob.digest, signal);
  const created = new Date().toISOString();
  const from = typeof source === 'string' ? source : '-';
  return await buildImage(store, {
    layer: {
      descriptor: { mediaType: layerMediaType(blob), digest: blob.digest, size: blob.size },
      diffId,
    },
    config: { created, ...platformFields(place), config },
    history: {
      created,
      created_by: `/bin/sh -c #(nop) ADD file:${diffId.slice(7)} in / `,
      comment: message ?? `Imported from ${from}`,
    },
    name,
    signal,
  });
}
