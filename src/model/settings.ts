import type { LinuxResources } from '../oci/runtime-spec.js';
import type { OwedEvent } from './event.js';
import { NO_RESTART, type RestartPolicy } from './restart-policy.js';
import { RECORD_VERSION, type ContainerConfig, type NetworkChoice } from './config.js';

/** What of a container may change and must survive a reboot. The configuration is what it was created with. */
export interface ContainerSettings {
  readonly version: typeof RECORD_VERSION;
  readonly name: string;
  /** Grows with every change. */
  readonly generation?: number | undefined;
  /** The event of the last change, and the run directory of the boot in which it happened. */
  readonly event?: (OwedEvent & { readonly run: string }) | undefined;
  /** In place of the one that it was created with. */
  readonly restartPolicy?: RestartPolicy | undefined;
  /** Whether it was stopped on purpose, which `unless-stopped` remembers across a reboot. */
  readonly stoppedByUser?: boolean | undefined;
  /** Limits that were changed since, in place of those of the specification. */
  readonly resources?: LinuxResources | undefined;
  /** The networks that it is in since it was connected to another or disconnected from one. */
  readonly networks?: readonly NetworkChoice[] | undefined;
}

/** The networks that a container is to be in: those that it was created in, or what became of them. */
export function networksOf(
  config: Pick<ContainerConfig, 'networks'>,
  { networks }: Pick<ContainerSettings, 'networks'>,
): readonly NetworkChoice[] {
  return networks ?? config.networks ?? [];
}

/** The limits that hold: those of the specification, and what was changed of them. */
export function resourcesOf(
  { spec }: Pick<ContainerConfig, 'spec'>,
  { resources }: ContainerSettings,
): LinuxResources | undefined {
  const before = spec.linux?.resources;
  return resources === undefined ? before : mergeResources(before ?? {}, resources);
}

/** The policy that holds: that of the creation, or what it was changed to. */
export function restartPolicyOf(
  { restartPolicy }: Pick<ContainerConfig, 'restartPolicy'>,
  settings: Pick<ContainerSettings, 'restartPolicy'>,
): RestartPolicy {
  return settings.restartPolicy ?? restartPolicy ?? NO_RESTART;
}

/** Limits with some of them changed, each by itself. */
export function mergeResources(before: LinuxResources, change: LinuxResources): LinuxResources {
  const { memory, cpu, blockIO, ...rest } = change;
  return {
    ...before,
    ...rest,
    ...(memory && { memory: { ...before.memory, ...memory } }),
    ...(cpu && { cpu: { ...before.cpu, ...cpu } }),
    ...(blockIO && { blockIO: { ...before.blockIO, ...blockIO } }),
  };
}

/** The settings of a container that nobody has changed. */
export function initialSettings({ name }: Pick<ContainerConfig, 'name'>): ContainerSettings {
  return { version: RECORD_VERSION, name };
}
