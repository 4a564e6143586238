import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { LibpodError } from '../base/errors.js';
import type { Container } from '../container/container.js';
import { buildImage, newName } from '../images/build-image.js';
import { changedConfig } from '../images/image-changes.js';
import type { Image } from '../images/image.js';
import type { ImageStore } from '../images/image-store.js';
import { receiveBlob } from '../images/layout/incoming.js';
import type { ManifestFormat } from '../images/manifest-format.js';
import type { ContainerConfig } from '../model/config.js';
import { Digester } from '../oci/digest.js';
import { hostPlatform, type ImageRunConfig } from '../oci/image-spec.js';

/** How an image is made of a container. */
export interface CommitOptions {
  /** With `localhost/` in front where no registry is given; without one, the image is known by its ID. */
  readonly name?: string | undefined;
  readonly author?: string | undefined;
  /** Instructions of a Containerfile: `CMD ["/bin/sh"]`, `ENV A=b`. */
  readonly changes?: readonly string[] | undefined;
  /** A comment in the image's history. */
  readonly message?: string | undefined;
  /** The form of the manifest; `oci` unless given. */
  readonly format?: ManifestFormat | undefined;
  /** The whole root as the image's only layer, in place of one more on those that it was made of. */
  readonly squash?: boolean | undefined;
  /** Let containers of the image have volumes where this one has volumes and binds of its own. */
  readonly includeVolumes?: boolean | undefined;
  /** Pause the container meanwhile, so that its files stand still; not unless given, as with podman. */
  readonly pause?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the engine sets in every container, and no image says. */
const ENGINES_OWN = new Set(['HOME', 'HOSTNAME', 'TERM', 'container']);

function keyOf(line: string): string {
  return line.slice(0, Math.max(line.indexOf('='), 0));
}

/** The arguments as an entrypoint, that of the image if they begin with it, and a command. */
function commandOf(
  image: ImageRunConfig,
  args: readonly string[],
): Pick<ImageRunConfig, 'Entrypoint' | 'Cmd'> {
  const { Entrypoint = [] } = image;
  const begins = Entrypoint.length > 0 && Entrypoint.every((word, at) => args[at] === word);
  return begins ? { Entrypoint, Cmd: args.slice(Entrypoint.length) } : { Entrypoint: undefined, Cmd: args };
}

/** How a container is run, in the words of an image. */
export function runConfigOf(image: ImageRunConfig, config: ContainerConfig): ImageRunConfig {
  const { process } = config.spec;
  const own = (process?.env ?? []).filter((line) => !ENGINES_OWN.has(keyOf(line)));
  const names = new Set(own.map(keyOf));
  const ports = Object.fromEntries(
    (config.portMappings ?? []).map(({ containerPort, protocol }) => [`${containerPort}/${protocol}`, {}]),
  );
  const exposed = { ...image.ExposedPorts, ...ports };
  const labels = { ...image.Labels, ...config.labels };
  const cwd = process?.cwd ?? '/';
  return {
    ...image,
    ...commandOf(image, process?.args ?? []),
    Env: [...(image.Env ?? []).filter((line) => !names.has(keyOf(line))), ...own],
    ...(config.user !== '' && { User: config.user }),
    ...((cwd !== '/' || image.WorkingDir !== undefined) && { WorkingDir: cwd }),
    ...(Object.keys(exposed).length > 0 && { ExposedPorts: exposed }),
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
  };
}

/** Where the user has mounted something that is kept beyond the container. */
function ownVolumes({ spec }: ContainerConfig): Record<string, object> {
  const kept = (spec.mounts ?? []).filter(({ type }) => type === 'bind' || type === 'volume');
  return Object.fromEntries(kept.map(({ destination }) => [destination, {}]));
}

/** Sums up a layer on its way to be compressed. */
function compressed(layer: Readable, digester: Digester): AsyncIterable<Buffer> {
  const summed = async function* (): AsyncGenerator<Buffer, void, void> {
    for await (const piece of layer as AsyncIterable<Buffer>) {
      digester.update(piece);
      yield piece;
    }
  };
  return pipeline(Readable.from(summed()), createGzip(), () => undefined);
}

/** The changes of a container, or all of its root, as a blob of the store. */
async function layerOf(
  store: ImageStore,
  container: Container,
  { pause = false, squash = false, signal }: CommitOptions,
): Promise<{ readonly digest: string; readonly size: number; readonly diffId: string }> {
  const paused = pause && (await container.state()) === 'running';
  if (paused) await container.pause();
  try {
    const digester = new Digester();
    const { digest, size } = await receiveBlob(
      store.layout,
      compressed(await (squash ? container.export() : container.exportLayer()), digester),
      signal,
    );
    return { digest, size, diffId: digester.digest() };
  } finally {
    if (paused) await container.unpause();
  }
}

/**
 * Makes an image of a container: that of its root with one more layer, or with a single one.
 *
 * @throws LibpodError ERR_UNSUPPORTED if it is not made of an image; ERR_NO_SUCH_IMAGE if that is gone; ERR_INVALID_ARGUMENT,
 *   ERR_NO_SPACE, ERR_ABORTED
 */
export async function commitContainer(
  store: ImageStore,
  container: Container,
  options: CommitOptions,
): Promise<Image> {
  const { author, changes = [], message, name, format, squash, includeVolumes, signal } = options;
  const config = container.config();
  if (config.rootfsImageID === undefined)
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `the container ${config.name} is not made of an image, so no layer can be put on one: export it, and import that`,
    );
  if (name !== undefined) newName(name);
  using _kept = await store.keepAll(signal);
  const base = store.find(config.rootfsImageID);
  const told = runConfigOf(base.config.config ?? {}, config);
  const volumes = includeVolumes === true ? { ...told.Volumes, ...ownVolumes(config) } : told.Volumes;
  const run = changedConfig(volumes === undefined ? told : { ...told, Volumes: volumes }, changes);
  const { digest, size, diffId } = await layerOf(store, container, options);
  const created = new Date().toISOString();
  const { os, architecture, variant } = { ...hostPlatform(), ...base.config };
  return await buildImage(store, {
    base: squash === true ? undefined : base,
    layer: { descriptor: { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size }, diffId },
    config: { created, author, os, architecture, variant, config: run },
    history: {
      created,
      ...(author !== undefined && { author }),
      created_by: (config.spec.process?.args ?? []).join(' '),
      ...(message !== undefined && { comment: message }),
    },
    format,
    name,
    signal,
  });
}
