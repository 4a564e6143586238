import { LibpodError } from '../base/errors.js';
import { digestOf } from '../oci/digest.js';
import type { Descriptor, ImageManifest } from '../oci/image-spec.js';

/** The forms of a manifest: that of OCI, and Docker's manifest version 2, schema 2. */
export type ManifestFormat = 'oci' | 'v2s2';

/** A manifest as it is written. */
export interface WrittenManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

/** The media types of one form, and those of the other for the same bytes. */
const PAIRS: readonly (readonly [oci: string, docker: string])[] = [
  ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'],
  ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'],
  ['application/vnd.oci.image.layer.v1.tar', 'application/vnd.docker.image.rootfs.diff.tar'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'application/vnd.docker.image.rootfs.diff.tar.zstd'],
];

function inFormat(mediaType: string, format: ManifestFormat): string {
  const pair = PAIRS.find((types) => types.includes(mediaType));
  if (pair === undefined)
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `${mediaType} has no form in a manifest of the format ${format}`,
    );
  return format === 'oci' ? pair[0] : pair[1];
}

function written(manifest: object, mediaType: string): WrittenManifest {
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { bytes, mediaType, digest: digestOf(bytes) };
}

/**
 * A manifest in a form: the same blobs under that form's media types. Docker's has no annotations.
 *
 * @throws LibpodError ERR_UNSUPPORTED for layers that the form has no media type for
 */
export function manifestIn(format: ManifestFormat, manifest: ImageManifest): WrittenManifest {
  const descriptor = ({ mediaType, digest, size }: Descriptor): Descriptor => ({
    mediaType: inFormat(mediaType, format),
    digest,
    size,
  });
  const mediaType = inFormat('application/vnd.oci.image.manifest.v1+json', format);
  const { annotations } = manifest;
  return written(
    {
      schemaVersion: 2,
      mediaType,
      config: descriptor(manifest.config),
      layers: manifest.layers.map(descriptor),
      ...(format === 'oci' && annotations !== undefined && { annotations }),
    },
    mediaType,
  );
}
