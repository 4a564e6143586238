import type { HistoryEntry, ImageConfig, ImageManifest } from '../oci/image-spec.js';
import { addImage } from './add-image.js';
import type { Image } from './image.js';
import type { ImageStore } from './image-store.js';
import { manifestIn, type ManifestFormat } from './manifest-format.js';
import type { Descriptor } from '../oci/image-spec.js';
import { completeReference, parseReference, referenceText } from './reference.js';

/** A layer that is new, on top of those of an image. */
export interface NewLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

/** What an image is made of. */
export interface ImageParts {
  /** What it stands on, if on anything. */
  readonly base?: Image | undefined;
  readonly layer: NewLayer;
  /** All but the layers and their history. */
  readonly config: Omit<ImageConfig, 'rootfs' | 'history'>;
  readonly history: HistoryEntry;
  readonly format?: ManifestFormat | undefined;
  /** With `localhost/` in front where no registry is given. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A new image's name as the store records it. @throws LibpodError ERR_INVALID_ARGUMENT */
export function newName(name: string): string {
  return referenceText(completeReference(parseReference(name), 'localhost'));
}

/** Makes an image of a layer whose blob is here. The caller holds `keepAll`. */
export async function buildImage(store: ImageStore, parts: ImageParts): Promise<Image> {
  const { base, layer, history, format = 'oci', name, signal } = parts;
  const config: ImageConfig = {
    ...parts.config,
    rootfs: { type: 'layers', diff_ids: [...(base?.config.rootfs.diff_ids ?? []), layer.diffId] },
    history: [...(base?.config.history ?? []), history],
  };
  const bytes = Buffer.from(JSON.stringify(config));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await store.layout.putDocument(bytes),
      size: bytes.length,
    },
    layers: [...(base?.manifest.layers ?? []), layer.descriptor],
  };
  const names = name === undefined ? [] : [newName(name)];
  return addImage(
    store,
    manifestIn(format, manifest),
    { names, what: 'the new image', signal },
    () => undefined,
  );
}
