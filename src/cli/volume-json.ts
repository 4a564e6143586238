import type { VolumeSummary } from '../index.js';
import { withOmitted } from './output/omitted.js';

/** A volume as podman's inspect shows it. */
export function volumeJson(volume: VolumeSummary) {
  const { uid, gid } = volume;
  const json = {
    Name: volume.name,
    Driver: volume.driver,
    Mountpoint: volume.mountpoint,
    CreatedAt: volume.createdTime,
    Labels: volume.labels,
    Scope: 'local',
    Options: volume.options,
    ...(uid > 0 && { UID: uid }),
    ...(gid > 0 && { GID: gid }),
    ...(volume.anonymous && { Anonymous: true }),
    MountCount: volume.mounted ? 1 : 0,
    NeedsCopyUp: volume.needsCopyUp,
    NeedsChown: volume.needsCopyUp,
  };
  return withOmitted(json, { UID: 0, GID: 0, Anonymous: false, Status: {}, Timeout: 0, StorageID: '' });
}
