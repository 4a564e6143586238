import * as v from 'valibot';
import { isDigest } from './digest.js';
import {
  kindOfMediaType,
  type ContentKind,
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
} from './image-spec.js';
import { memberPath, refuseIn, show } from './problem.js';
import { object, optionalFlag, optionalText, record, text, texts, whole } from './schema/parts.js';

/** Go writes `null` for a list or a map that is empty. */
function orNull<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.nullish(schema);
}

const digest = v.custom<string>(isDigest, 'sha256: and 64 hexadecimal digits');
const annotations = orNull(record(v.string()));
const platform = object({ os: text, architecture: text, variant: optionalText });
const descriptor = object({
  mediaType: text,
  digest,
  size: whole(0, Number.MAX_SAFE_INTEGER),
  annotations,
  platform: orNull(platform),
});
const schemaVersion = v.literal(2, 'must be 2');

const manifest = object({
  schemaVersion,
  mediaType: optionalText,
  config: descriptor,
  layers: v.array(descriptor),
  annotations,
});

const index = object({
  schemaVersion,
  mediaType: optionalText,
  manifests: v.array(descriptor),
  annotations,
});

const nanoseconds = orNull(whole(0, Number.MAX_SAFE_INTEGER));
/** Docker's HealthcheckConfig. */
const healthcheck = object({
  Test: orNull(texts),
  Interval: nanoseconds,
  Timeout: nanoseconds,
  StartPeriod: nanoseconds,
  Retries: orNull(whole(0, 0x7fff_ffff)),
});

const runConfig = object({
  User: orNull(text),
  ExposedPorts: orNull(record(v.unknown())),
  Env: orNull(texts),
  Entrypoint: orNull(texts),
  Cmd: orNull(texts),
  Volumes: orNull(record(v.unknown())),
  WorkingDir: orNull(text),
  Labels: orNull(record(v.string())),
  StopSignal: orNull(text),
  Healthcheck: orNull(healthcheck),
  OnBuild: orNull(texts),
});

const config = object({
  created: orNull(text),
  author: orNull(text),
  architecture: text,
  os: text,
  variant: orNull(text),
  config: orNull(runConfig),
  rootfs: object({ type: v.literal('layers', 'must be "layers"'), diff_ids: v.array(digest) }),
  history: orNull(
    v.array(
      object({
        created: optionalText,
        author: optionalText,
        created_by: optionalText,
        comment: optionalText,
        empty_layer: optionalFlag,
      }),
    ),
  ),
});

/** Overlayfs takes 500 layers; what an image of more would cost nobody wants to find out. */
const MOST_LAYERS = 500;
/** An image of an OCI index may be for any number of platforms, within reason. */
const MOST_MANIFESTS = 1000;

/** `null` members away: they are the same as absent ones. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === null ? [] : [[key, withoutNulls(member)]])),
  );
}

/** No document of an image comes near it; what walks one calls itself for each level. */
const MOST_LEVELS = 64;

/** Whether lists and maps are nested deeper than that. */
function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return true;
    level = level.flatMap((one) =>
      one !== null && typeof one === 'object' ? (Object.values(one) as unknown[]) : [],
    );
  }
  return false;
}

function parse<T>(schema: v.GenericSchema, bytes: Uint8Array, where: string): T {
  const refuse = refuseIn(where, 'ERR_IMAGE_INVALID');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    refuse('the document', 'is not JSON');
  }
  if (isTooDeep(value)) refuse('the document', `is nested deeper than ${MOST_LEVELS} levels`);
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return withoutNulls(result.output) as T;
  const [issue] = result.issues;
  const keys = (issue.path ?? []).map(({ key }) => key);
  const path = keys.reduce<string>(
    (so, key) => (typeof key === 'number' ? `${so}[${key}]` : memberPath(so, String(key))),
    '',
  );
  return refuse(
    path || 'the document',
    `is ${show(issue.input)}, but must be ${(issue.type === 'custom' ? issue.message : issue.expected) ?? 'something else'}`,
  );
}

/**
 * The content's own media type, if it names one, must be the one that the descriptor or the registry gave: or the same bytes
 * could be an index to one reader and a manifest to another (CVE-2021-41190).
 */
function checkKind(
  content: {
    readonly mediaType?: string | undefined;
    readonly manifests?: unknown;
    readonly layers?: unknown;
  },
  kind: ContentKind,
  where: string,
): void {
  const refuse = refuseIn(where, 'ERR_IMAGE_INVALID');
  if (content.mediaType !== undefined && kindOfMediaType(content.mediaType) !== kind)
    refuse('mediaType', `is ${show(content.mediaType)}, but the content was announced as an image ${kind}`);
}

/** Whether a document has members of both kinds at once: image-spec, "Ambiguity of media types". */
function checkNotBoth(bytes: Uint8Array, where: string): void {
  const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
  if ('manifests' in value && ('layers' in value || 'config' in value))
    refuseIn(where, 'ERR_IMAGE_INVALID')('the document', 'is an index and a manifest at once');
  if ('fsLayers' in value)
    refuseIn(where, 'ERR_IMAGE_INVALID')(
      'fsLayers',
      'belongs to a manifest of schema 1, which is not supported',
    );
}

/**
 * Reads an image manifest, of OCI or of Docker's schema 2.
 *
 * @param where how an error names the document
 * @throws LibpodError ERR_IMAGE_INVALID
 */
export function parseManifest(bytes: Uint8Array, where: string): ImageManifest {
  const parsed = parse<ImageManifest>(manifest, bytes, where);
  checkNotBoth(bytes, where);
  checkKind(parsed, 'manifest', where);
  const refuse = refuseIn(where, 'ERR_IMAGE_INVALID');
  if (kindOfMediaType(parsed.config.mediaType) !== 'config')
    refuse('config.mediaType', `is ${show(parsed.config.mediaType)}: this is no container image`);
  if (parsed.layers.length > MOST_LAYERS)
    refuse('layers', `are ${parsed.layers.length}: more than ${MOST_LAYERS}`);
  parsed.layers.forEach(({ mediaType }, at) => {
    if (kindOfMediaType(mediaType) !== 'layer')
      refuse(`layers[${at}].mediaType`, `is ${show(mediaType)}: no layer that is understood`);
  });
  return parsed;
}

/** Reads an image index, or Docker's manifest list. @throws LibpodError ERR_IMAGE_INVALID */
export function parseIndex(bytes: Uint8Array, where: string): ImageIndex {
  const parsed = parse<ImageIndex>(index, bytes, where);
  checkNotBoth(bytes, where);
  checkKind(parsed, 'index', where);
  if (parsed.manifests.length > MOST_MANIFESTS)
    refuseIn(where, 'ERR_IMAGE_INVALID')(
      'manifests',
      `are ${parsed.manifests.length}: more than ${MOST_MANIFESTS}`,
    );
  return parsed;
}

/** Reads the index.json of a layout, whose length is the store's own. @throws LibpodError ERR_IMAGE_INVALID */
export function parseLayoutIndex(
  bytes: Uint8Array,
  where: string,
): { readonly manifests: readonly Descriptor[] } {
  return parse<ImageIndex>(index, bytes, where);
}

/** Reads the configuration of an image. @throws LibpodError ERR_IMAGE_INVALID */
export function parseImageConfig(bytes: Uint8Array, where: string): ImageConfig {
  return parse<ImageConfig>(config, bytes, where);
}
