import { createHash } from 'node:crypto';

/** The version of the records of volumes. */
export const VOLUME_VERSION = 1;

/** A volume as it was created: VolumeConfig of libpod. Never changed afterwards. */
export interface VolumeConfig {
  readonly version: typeof VOLUME_VERSION;
  readonly name: string;
  /** `local`: there is no other. */
  readonly driver: string;
  /** What is mounted for it: `type`, `device` and `o`, as mount(8) has them. A directory of the store where there is none. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly createdTime: string;
  /** Whether it was made for one container, which named none. */
  readonly anonymous: boolean;
}

/** A volume that a container mounts: ContainerNamedVolume of libpod. */
export interface NamedVolume {
  readonly name: string;
  readonly dest: string;
  readonly options: readonly string[];
  /** Whether it was made for this container. That of a throwaway one is a directory of its own, and goes with it. */
  readonly isAnonymous: boolean;
}

/** Stands for a volume where links name what a container depends on: as an ID does, it has no dot. */
export function volumeTarget(name: string): string {
  return createHash('sha256').update(`volume ${name}`).digest('hex');
}
