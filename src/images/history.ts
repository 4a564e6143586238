import { repoTags, type Image } from './image.js';
import type { ImageStore } from './image-store.js';

/** One step of the making of an image. */
export interface ImageHistoryEntry {
  /** The ID of the image that the step has made; undefined where none is known by that. */
  readonly id: string | undefined;
  /** ISO 8601. */
  readonly created: string | undefined;
  readonly createdBy: string;
  /** The bytes of its layer's archive, decompressed; 0 for a step without a layer. */
  readonly size: number;
  readonly comment: string;
  readonly tags: readonly string[];
}

/** How an image was made, the last step first. Layers that its history does not tell of come as steps of no words. */
export function historyOf(store: ImageStore, image: Image): ImageHistoryEntry[] {
  const { history = [] } = image.config;
  const sizes = image.chain.map((chainId) => store.layers.sizeOf(chainId));
  const told = history.filter(({ empty_layer: empty }) => empty !== true).length;
  const untold = Array.from({ length: Math.max(sizes.length - told, 0) }, () => ({}));
  let at = 0;
  const steps = [...history, ...untold].map((step: (typeof history)[number]): ImageHistoryEntry => ({
    id: undefined,
    created: step.created,
    createdBy: step.created_by ?? '',
    size: step.empty_layer === true ? 0 : (sizes[at++] ?? 0),
    comment: step.comment ?? '',
    tags: [],
  }));
  return steps
    .reverse()
    .map((step, place) => (place === 0 ? { ...step, id: image.id, tags: repoTags(image) } : step));
}
