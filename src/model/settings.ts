import { RECORD_VERSION, type ContainerConfig } from './config.js';

/** What of a container may change and must survive a reboot. The configuration is what it was created with. */
export interface ContainerSettings {
  readonly version: typeof RECORD_VERSION;
  readonly name: string;
}

/** The settings of a container that nobody has changed. */
export function initialSettings({ name }: Pick<ContainerConfig, 'name'>): ContainerSettings {
  return { version: RECORD_VERSION, name };
}
