import { LibpodError } from '../base/errors.js';
import { ownValue } from '../base/own-value.js';
import { throwIfAborted } from '../linux/kernel-error.js';
import { chainIds } from '../oci/digest.js';
import { kindOfMediaType, type Platform } from '../oci/image-spec.js';
import { parseIndex, parseManifest } from '../oci/validate-image.js';
import { checkedConfig } from './add-image.js';
import { ArrivingBlob } from './layout/arriving-blob.js';
import { downloadBlob } from './registry/download.js';
import { INDEX_ANNOTATION, type Image } from './image.js';
import type { ImageStore } from './image-store.js';
import { choosePlatform, parsePlatform } from './platform.js';
import type { TransferEvent } from './progress.js';
import {
  completeReference,
  parseReference,
  referenceText,
  withoutTransport,
  type ImageReference,
} from './reference.js';
import {
  readRegistriesConf,
  searchRegistries,
  sourcesOf,
  type RegistriesConf,
} from './registry/registries-conf.js';
import { RegistryClient, type FetchedManifest, type RegistryOptions } from './registry/client.js';
import { someAtOnce } from './some-at-once.js';
import type { UnpackLimits } from './layers/unpack.js';

/** How an image is pulled. */
export interface PullOptions extends RegistryOptions {
  /** `linux/arm64/v8`; that of this machine unless given. */
  readonly platform?: string | undefined;
  /** The configuration of registries; $CONTAINERS_REGISTRIES_CONF or /etc/containers/registries.conf unless given. */
  readonly registriesConf?: string | undefined;
  readonly limits?: UnpackLimits | undefined;
}

/** What was found at a registry: a manifest of one platform. */
interface Found {
  readonly client: RegistryClient;
  readonly manifest: FetchedManifest;
  readonly indexDigest: string | undefined;
}

/** The kind of a document: as the registry says, or as it says itself where the registry says nothing of use. */
function kindOf({ mediaType, bytes }: FetchedManifest): 'manifest' | 'index' | undefined {
  const told = kindOfMediaType(mediaType);
  if (told !== undefined) return told === 'manifest' || told === 'index' ? told : undefined;
  try {
    const own = (JSON.parse(bytes.toString('utf8')) as { mediaType?: unknown } | null)?.mediaType;
    const kind = typeof own === 'string' ? kindOfMediaType(own) : undefined;
    return kind === 'manifest' || kind === 'index' ? kind : undefined;
  } catch {
    return undefined;
  }
}

async function findManifest(
  client: RegistryClient,
  wanted: string,
  platform: Platform,
): Promise<Omit<Found, 'client'>> {
  const first = await client.manifest(wanted);
  const kind = kindOf(first);
  if (kind === undefined)
    throw new LibpodError(
      'ERR_IMAGE_INVALID',
      `${wanted} of ${client.name} is no container image that is understood: its media type is ${JSON.stringify(first.mediaType)}`,
    );
  if (kind === 'manifest') return { manifest: first, indexDigest: undefined };
  const chosen = choosePlatform(parseIndex(first.bytes, `the index ${first.digest}`), platform);
  if (chosen === undefined)
    throw new LibpodError(
      'ERR_NO_SUCH_IMAGE',
      `${client.name} has no image for the platform ${platform.os}/${platform.architecture}`,
    );
  return { manifest: await client.manifest(chosen.digest), indexDigest: first.digest };
}

/** The images that a name may mean, in the order in which they are tried. */
export function candidates(name: string, conf: RegistriesConf): ImageReference[] {
  const written = parseReference(name);
  if (written.registry !== undefined) return [completeReference(written)];
  const alias = ownValue(conf.aliases, written.repository);
  if (alias !== undefined) {
    const { registry, repository } = parseReference(alias);
    return [completeReference({ ...written, registry, repository })];
  }
  return searchRegistries(conf).map((registry) => completeReference(written, registry));
}

/** One error of several, of the code of the last. */
function combine(name: string, errors: readonly unknown[]): unknown {
  const last = errors.at(-1);
  if (errors.length < 2 || !(last instanceof LibpodError)) return last;
  const sentences = errors.map((error) => (error as Error).message).join('; ');
  return new LibpodError(last.code, `cannot pull ${name}: ${sentences}`, { cause: last });
}

/** Brings what a manifest names, and unpacks it. */
async function fetchContents(
  store: ImageStore,
  { client, manifest }: Found,
  options: PullOptions,
  tell: (event: TransferEvent) => void,
): Promise<void> {
  const { layout, layers } = store;
  const where = `the image ${client.name}`;
  const parsed = parseManifest(manifest.bytes, `the manifest ${manifest.digest}`);
  // One that is damaged would keep the image from ever being mended.
  if (!layout.hasDocument(parsed.config)) await layout.discardBlob(parsed.config.digest);
  await downloadBlob(layout, client, parsed.config, () => undefined, options.signal);
  const { diff_ids: diffIds } = checkedConfig(store, parsed, where).rootfs;
  const chain = chainIds(diffIds);
  const stopping = new AbortController();
  const signal =
    options.signal === undefined ? stopping.signal : AbortSignal.any([options.signal, stopping.signal]);
  // A layer may stand twice in an image, and is fetched once.
  const unique = new Map(parsed.layers.map((layer) => [layer.digest, layer]));
  const arriving = new Map([...unique.keys()].map((digest) => [digest, new ArrivingBlob()]));
  for (const { digest, size } of unique.values()) tell({ digest, state: 'waiting', current: 0, total: size });
  let underWay: string | undefined;
  const downloads = [...unique.values()].map((layer) => async () => {
    const { digest, size: total } = layer;
    const blob = arriving.get(digest);
    const told = (current: number) => tell({ digest, state: 'downloading', current, total });
    try {
      const fetched = await downloadBlob(layout, client, layer, told, signal, blob);
      if (!fetched) tell({ digest, state: 'exists', current: total, total });
      if (digest === underWay) tell({ digest, state: 'unpacking', current: total, total });
    } catch (error) {
      blob?.failed(error);
      throw error;
    }
  });
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => reject(new LibpodError('ERR_ABORTED', `cannot pull ${client.name}: it was aborted`)),
      {
        once: true,
      },
    );
  });
  stopped.catch(() => undefined);
  const unpacking = async (): Promise<void> => {
    for (const [at, { digest, size }] of parsed.layers.entries()) {
      const blob = arriving.get(digest);
      if (blob === undefined) continue;
      await Promise.race([blob.begun, stopped]);
      const source = () => {
        underWay = digest;
        if (blob.isWhole) tell({ digest, state: 'unpacking', current: size, total: size });
        return Promise.resolve({ read: () => blob.read(), size, diffId: diffIds[at] as string });
      };
      for (let again = true; again;) {
        const { beginnings } = blob;
        again = false;
        try {
          await layers.ensure(chain.slice(0, at + 1), source, options.limits, signal);
        } catch (error) {
          // If what came is not what was asked for, that is what is wrong.
          await Promise.race([blob.whole, stopped]);
          if (beginnings === blob.beginnings) throw error;
          again = true;
        }
      }
      underWay = undefined;
      await Promise.race([blob.whole, stopped]);
      tell({ digest, state: 'done', current: size, total: size });
    }
  };
  // The layers come side by side, and are unpacked from below as they come.
  const [fetched, unpacked] = await Promise.allSettled([
    someAtOnce(downloads, () => stopping.abort()),
    unpacking().catch((error: unknown) => {
      stopping.abort();
      throw error;
    }),
  ]);
  throwIfAborted(`pull ${client.name}`, options.signal);
  const failures: readonly Error[] = [fetched, unpacked].flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  // One stopped the other: what is told is why, not that.
  const [failure] = [...failures.filter((error) => !LibpodError.is(error, 'ERR_ABORTED')), ...failures];
  if (failure !== undefined) throw failure;
}

/** Failures of one place, after which the next one is tried. */
function mayTryNext(error: unknown): boolean {
  return (
    LibpodError.is(error, 'ERR_NO_SUCH_IMAGE') ||
    LibpodError.is(error, 'ERR_REGISTRY') ||
    LibpodError.is(error, 'ERR_UNAUTHORIZED')
  );
}

/**
 * Pulls an image from the first registry or mirror that has it, and unpacks it.
 *
 * @param asked its name as people write it, with `docker://` in front or without
 * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_IMAGE_INVALID, ERR_ARCHIVE, ERR_NO_SPACE,
 *   ERR_ABORTED, ERR_INVALID_ARGUMENT
 */
export async function pullImage(
  store: ImageStore,
  asked: string,
  options: PullOptions,
  tell: (event: TransferEvent) => void,
): Promise<Image> {
  const name = withoutTransport(asked);
  const conf = readRegistriesConf(options.registriesConf);
  const platform = parsePlatform(options.platform);
  throwIfAborted(`pull ${name}`, options.signal);
  using _kept = await store.keepAll(options.signal);
  const errors: unknown[] = [];
  for (const reference of candidates(name, conf)) {
    for (const source of sourcesOf(conf, reference)) {
      await using client = new RegistryClient(source, options);
      try {
        const found = await findManifest(client, reference.digest ?? reference.tag ?? 'latest', platform);
        await fetchContents(store, { client, ...found }, options, tell);
        return await publish(store, reference, found);
      } catch (error) {
        if (!mayTryNext(error)) throw error;
        errors.push(error);
      }
    }
  }
  throw combine(name, errors);
}

async function publish(
  store: ImageStore,
  reference: ImageReference,
  found: Omit<Found, 'client'>,
): Promise<Image> {
  const { manifest, indexDigest } = found;
  const digest = await store.layout.putDocument(manifest.bytes);
  const told = kindOfMediaType(manifest.mediaType) === undefined ? undefined : manifest.mediaType;
  const { mediaType = told } = parseManifest(manifest.bytes, `the manifest ${digest}`);
  // A digest says more than a tag beside it, which may have moved on.
  const name = referenceText(reference.digest === undefined ? reference : { ...reference, tag: undefined });
  await store.publish(
    {
      mediaType: mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
      digest,
      size: manifest.bytes.length,
      ...(indexDigest !== undefined && { annotations: { [INDEX_ANNOTATION]: indexDigest } }),
    },
    name,
  );
  return store.find(name);
}
