import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface LayerFile {
  readonly bytes: Buffer;
  readonly mediaType?: string;
  /** The digest of the archive when it is decompressed; of the bytes themselves unless given. */
  readonly diffId?: string;
}

/** An image layout with one image, made by hand: as wrong as a test wants it. */
export function makeLayout(
  directory: string,
  layers: readonly LayerFile[],
  {
    name = 'test',
    config = {},
    top = {},
    manifest: more = {},
  }: { name?: string; config?: object; top?: object; manifest?: object } = {},
): void {
  mkdirSync(path.join(directory, 'blobs/sha256'), { recursive: true });
  const put = (bytes: string | Buffer): { digest: string; size: number } => {
    const hex = sha256(bytes);
    writeFileSync(path.join(directory, 'blobs/sha256', hex), bytes);
    return { digest: `sha256:${hex}`, size: Buffer.byteLength(bytes) };
  };
  const document = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config,
    rootfs: {
      type: 'layers',
      diff_ids: layers.map(({ bytes, diffId }) => diffId ?? `sha256:${sha256(bytes)}`),
    },
    ...top,
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(document) },
    layers: layers.map(({ bytes, mediaType = 'application/vnd.oci.image.layer.v1.tar' }) => ({
      mediaType,
      ...put(bytes),
    })),
    ...more,
  });
  writeFileSync(
    path.join(directory, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          ...put(manifest),
          annotations: { 'org.opencontainers.image.ref.name': name },
        },
      ],
    }),
  );
  writeFileSync(path.join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

/** Copies an image by skopeo, in plain HTTP where a registry is meant. */
export function skopeoCopy(from: string, to: string, ...flags: string[]): void {
  execFileSync(
    'skopeo',
    [
      'copy',
      '-q',
      '--insecure-policy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      ...flags,
      from,
      to,
    ],
    { stdio: 'pipe' },
  );
}
