import { LibpodError } from '../../base/errors.js';
import { treeSize } from '../../linux/files/files.js';
import type { Container } from '../../container/container.js';
import type { Images, ImageSummary } from '../images.js';
import type { ContainerSummary } from '../snapshot.js';
import type { VolumeSummary } from '../volumes.js';

/** What an image takes. */
export interface ImageUsage extends ImageSummary {
  /** Of its size, what other images have too, and what it has alone. */
  readonly sharedSize: number;
  readonly uniqueSize: number;
}

/** What a store takes of the disk, in bytes. */
export interface DiskUsage {
  readonly images: readonly ImageUsage[];
  /** All layers of images, each once. */
  readonly imagesSize: number;
  readonly containers: readonly (ContainerSummary & { readonly rwSize: number })[];
  /** Of a volume for which something is mounted, what is in it while it is. */
  readonly volumes: readonly (VolumeSummary & { readonly size: number })[];
}

/** What is needed of the engine; it stands above this. */
interface Engine {
  readonly images: Images;
  containers(): Promise<ContainerSummary[]>;
  volumes(): VolumeSummary[];
  getContainer(id: string): Container;
}

/** What a container has written; 0 for one that is gone by now, or cannot be read. */
async function rwSizeOf(engine: Engine, { id, problem }: ContainerSummary): Promise<number> {
  if (problem !== undefined) return 0;
  try {
    return await engine.getContainer(id).rwSize();
  } catch (error) {
    if (LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER') || LibpodError.is(error, 'ERR_REMOVED')) return 0;
    throw error;
  }
}

/** Measures all of a store. */
export async function diskUsage(engine: Engine): Promise<DiskUsage> {
  const [store, list] = await Promise.all([engine.images.store(), engine.images.list()]);
  const sizeOf = (chainId: string): number => store.layers.sizeOf(chainId);
  const sum = (chain: readonly string[]): number => chain.reduce((bytes, id) => bytes + sizeOf(id), 0);
  const counts = new Map<string, number>();
  for (const { chain } of list) for (const id of new Set(chain)) counts.set(id, (counts.get(id) ?? 0) + 1);
  const images = list.map((image) => {
    const sharedSize = sum(image.chain.filter((id) => (counts.get(id) ?? 0) > 1));
    return { ...image, sharedSize, uniqueSize: image.size - sharedSize };
  });
  const all = await engine.containers();
  return {
    images,
    imagesSize: sum([...counts.keys()]),
    containers: await Promise.all(all.map(async (one) => ({ ...one, rwSize: await rwSizeOf(engine, one) }))),
    volumes: await Promise.all(
      engine.volumes().map(async (volume) => ({ ...volume, size: await treeSize(volume.mountpoint) })),
    ),
  };
}
