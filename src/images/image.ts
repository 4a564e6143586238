import type { Descriptor, ImageConfig, ImageManifest } from '../oci/image-spec.js';

/** An image of the store. */
export interface Image {
  /** The digest of its configuration, without `sha256:`. */
  readonly id: string;
  /** The digest of its manifest. */
  readonly digest: string;
  /** The digest of the index that it was chosen from, if it was. */
  readonly indexDigest: string | undefined;
  /** `docker.io/library/alpine:latest`, or with `@sha256:...` for one that was fetched by its digest. None, if all moved on. */
  readonly names: readonly string[];
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** The IDs of its stack of layers, the lowest first. */
  readonly chain: readonly string[];
}

/** The annotation in which a layout keeps names: image-spec, annotations.md. */
export const NAME_ANNOTATION = 'org.opencontainers.image.ref.name';
/** The index from which an image was chosen: both digests are names of it in the registry. */
export const INDEX_ANNOTATION = 'io.libpod.index.digest';

/** The name of an entry of the index. */
export function nameOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[NAME_ANNOTATION];
}

/** An entry under a name, or without one. */
export function withName(entry: Descriptor, name: string | undefined): Descriptor {
  const { [NAME_ANNOTATION]: _old, ...rest } = entry.annotations ?? {};
  return { ...entry, annotations: name === undefined ? rest : { ...rest, [NAME_ANNOTATION]: name } };
}

/** A name without its tag or digest. */
export function repositoryOf(name: string): string {
  const undigested = name.split('@')[0] ?? '';
  const colon = undigested.indexOf(':', undigested.lastIndexOf('/') + 1);
  return colon < 0 ? undigested : undigested.slice(0, colon);
}

/** The names by digest: each repository with the digests of the manifest and of its index. */
export function repoDigests({ names, digest, indexDigest }: Image): string[] {
  const digests = indexDigest === undefined ? [digest] : [indexDigest, digest];
  return [...new Set(names.map(repositoryOf))].flatMap((name) => digests.map((one) => `${name}@${one}`));
}

/** The names with a tag. */
export function repoTags({ names }: Image): string[] {
  return names.filter((name) => !name.includes('@'));
}
