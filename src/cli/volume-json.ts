import type { VolumeSummary } from '../index.js';

/** A volume as podman's inspect shows it. */
export function volumeJson(volume: VolumeSummary) {
  return {
    Name: volume.name,
    Driver: volume.driver,
    Mountpoint: volume.mountpoint,
    CreatedAt: volume.createdTime,
    Labels: volume.labels,
    Scope: 'local',
    Options: volume.options,
    ...(volume.anonymous && { Anonymous: true }),
    MountCount: volume.mounted ? 1 : 0,
    NeedsCopyUp: volume.needsCopyUp,
    NeedsChown: volume.needsCopyUp,
  };
}
