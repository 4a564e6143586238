import { LibpodError } from '../base/errors.js';
import { LAST_PORT } from '../base/ip.js';
import { isDigest } from '../oci/digest.js';

/** The name of an image in a registry, in full. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/alpine`. */
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

export const DEFAULT_REGISTRY = 'docker.io';
const DEFAULT_TAG = 'latest';

/** The grammar of distribution/reference: https://pkg.go.dev/github.com/distribution/reference */
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;
/** Registry and repository together (the distribution specification, "name"). */
const MOST_NAME = 255;

/** The transport of registries, in the words of containers-transports(5). */
const TRANSPORT = 'docker://';

/** A name of an image at a registry, without the `docker://` that it may have in front. */
export function withoutTransport(name: string): string {
  return name.startsWith(TRANSPORT) ? name.slice(TRANSPORT.length) : name;
}

/** A reference as it was written, in its parts. */
export interface WrittenReference {
  /** Undefined for a short name: which registry is meant is for the configuration to say. */
  readonly registry: string | undefined;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function refuse(text: string, why: string): never {
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `image name ${JSON.stringify(text)} is not valid: ${why}; write [REGISTRY/]NAME[:TAG][@DIGEST]`,
  );
}

/** Whether the first component of a name is a registry: it has a dot or a port, or is `localhost`. */
function isRegistry(component: string): boolean {
  return /[.:[]/.test(component) || component === 'localhost' || component.toLowerCase() !== component;
}

/**
 * Reads the name of an image as people write it.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function parseReference(text: string): WrittenReference {
  if (typeof text !== 'string' || text === '') refuse(text, 'it is empty');
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) refuse(text, 'the digest is not sha256:, and 64 digits');
  const tagged = at < 0 ? text : text.slice(0, at);
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  // `localhost:5000` alone is a name with a tag.
  const tag = colon < 0 ? undefined : tagged.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) refuse(text, `${JSON.stringify(tag)} cannot be a tag`);
  const name = colon < 0 ? tagged : tagged.slice(0, colon);
  const parts = name.split('/');
  const [first = ''] = parts;
  const registry = parts.length > 1 && isRegistry(first) ? first : undefined;
  const port = Number(/:(\d+)$/.exec(registry ?? '')?.[1] ?? 0);
  if (registry !== undefined && (!HOST.test(registry) || port > LAST_PORT))
    refuse(text, `${JSON.stringify(registry)} cannot be a registry`);
  const components = registry === undefined ? parts : parts.slice(1);
  for (const component of components)
    if (!PATH_COMPONENT.test(component))
      refuse(
        text,
        component === ''
          ? 'a part of it is empty'
          : `${JSON.stringify(component)} has characters other than a-z, 0-9 and separators`,
      );
  if (name.length > MOST_NAME) refuse(text, `it has more than ${MOST_NAME} characters`);
  return { registry, repository: components.join('/'), tag, digest };
}

/** The tag `latest`, where neither a tag nor a digest is given. */
function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: DEFAULT_TAG }
    : reference;
}

/**
 * A written reference at a registry: of Docker Hub, names of one part are in `library/`, and the tag is `latest` where
 * nothing else is said.
 *
 * @param fallback the registry of a short name
 */
export function completeReference(written: WrittenReference, fallback = DEFAULT_REGISTRY): ImageReference {
  const asked = written.registry ?? fallback;
  const registry = asked === 'index.docker.io' ? DEFAULT_REGISTRY : asked;
  const repository =
    registry === DEFAULT_REGISTRY && !written.repository.includes('/')
      ? `library/${written.repository}`
      : written.repository;
  return withDefaultTag({ registry, repository, tag: written.tag, digest: written.digest });
}

/** A name of one text, as the store records it: `docker.io/library/alpine:latest`. */
export function referenceText({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The name without its tag and digest. */
export function repositoryText({ registry, repository }: ImageReference): string {
  return `${registry}/${repository}`;
}

/** The names under which a short name may be known in the store, the likeliest first. */
export function candidateNames(written: WrittenReference): string[] {
  if (written.registry !== undefined) return [referenceText(completeReference(written))];
  return ['localhost', DEFAULT_REGISTRY].map((registry) =>
    referenceText(completeReference(written, registry)),
  );
}
