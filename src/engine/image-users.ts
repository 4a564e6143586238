import type { ContainerRecords } from '../records/container-records.js';
import type { ImageUser } from './images.js';

/** The containers, as users of images: a snapshot, taken without locks. */
export function imageUsers(records: ContainerRecords): ImageUser[] {
  return records.idsSync().flatMap((id) => {
    const config = records.config(id);
    if (config === undefined) return [];
    const { root } = config;
    const layers = root.kind === 'overlay' ? root.lower : root.kind === 'copy' ? [root.of] : [];
    return [{ id, imageId: config.rootfsImageID, layers }];
  });
}
