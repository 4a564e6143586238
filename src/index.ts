/**
 * libpod: a daemonless container engine as a library.
 *
 *     await using runtime = await Runtime.open();
 *     const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'echo hello'] });
 *     await container.start();
 *     const { exitCode } = await container.wait();
 *     await container.remove();
 */
export { LibpodError, ERROR_CODES, type ErrorCode } from './base/errors.js';
export { DEFAULT_CGROUP_PARENT } from './engine/cgroups/choose.js';
export type { CgroupManagerName } from './engine/cgroups/manager.js';
export { Runtime, DEFAULT_ROOT, DEFAULT_RUN_ROOT } from './engine/runtime.js';
export type { PruneReport } from './engine/upkeep/prune.js';
export type { CreateOptions, HostDevice, RootOptions, RuntimeOptions } from './engine/options/options.js';
export type { RuntimeInfo } from './engine/info.js';
export type { CloneOptions, ContainerCloneOptions } from './engine/clone.js';
export type { PodCreateOptions } from './engine/options/pod.js';
export type { PodFilter, PodSummary } from './engine/pod-registry.js';
export { Pod, type PodStopOptions } from './pod/pod.js';
export type { PodInspect } from './pod/inspect.js';
export type { PodMember } from './pod/members.js';
export type { PodRemoveOptions } from './pod/remove.js';
export type { PodMemberStats } from './pod/stats.js';
export {
  EXIT_POLICIES,
  POD_NAMESPACES,
  type ExitPolicy,
  type PodConfig,
  type PodNamespace,
} from './model/pod.js';
export { POD_STATUSES, type PodStatus } from './model/pod-status.js';
export type { ContainerFilter, ContainerSummary } from './engine/snapshot.js';
export type { RunOptions, RunResult, SandboxRun } from './engine/run.js';
export type { StartOptions } from './container/start.js';
export { Container, type StartAndAttachOptions, type StopOptions } from './container/container.js';
export type { ContainerView } from './container/view.js';
export type { ContainerFile, CopyInOptions, CopyOutOptions } from './container/files/copy.js';
export type { UnmountRootOptions } from './container/files/counted-mount.js';
export { packPath, unpackInto, type PackOptions, type UnpackOptions } from './archive/host.js';
export type { AttachedStreams, AttachOptions, RunningStreams } from './container/attach.js';
export { parseDetachKeys } from './container/detach-keys.js';
export type { AttachEnd } from './monitor/connection.js';
export type { ExecProcess } from './container/exec/exec.js';
export type {
  ExecAttachOptions,
  ExecOptions,
  ExecProcessOptions,
  ExecResult,
} from './container/exec/options.js';
export { TOP_DESCRIPTORS } from './container/top/descriptors.js';
export type { ContainerStats } from './container/stats.js';
export type { ContainerTop } from './container/top/top.js';
export type { StatsOptions } from './engine/stats.js';
export type { RootChange } from './storage/changes.js';
export type { ContainerInspect } from './container/inspect/inspect.js';
export type {
  ImagePruneReport,
  ImageRemoval,
  ImageRemoveOptions,
  Images,
  ImageSummary,
  ImageFilter,
  ImagePruneOptions,
} from './engine/images.js';
export type { ImageMount } from './engine/image-mounts.js';
export type { Image } from './images/image.js';
export type { UnreadableImage } from './images/image-store.js';
export type { Transfer, TransferEvent } from './images/progress.js';
export type { CommitOptions } from './engine/commit.js';
export type { ImageHistoryEntry } from './images/history.js';
export type { ImportOptions, ImportSource } from './images/import.js';
export type { LoadOptions } from './images/load.js';
export type { LoginOptions } from './images/registry/login.js';
export type { ManifestFormat } from './images/manifest-format.js';
export type { PullOptions } from './images/pull.js';
export type { PushedImage, PushOptions } from './images/push.js';
export type { SaveDirectoryOptions, SaveOptions } from './images/save.js';
export type { SearchOptions, SearchResult } from './images/search.js';
export type { RegistryOptions } from './images/registry/client.js';
export type { UnpackLimits } from './images/layers/unpack.js';
export type * from './oci/image-spec.js';
export type {
  VolumeFilter,
  VolumePruneReport,
  VolumeRemoveOptions,
  VolumeSummary,
} from './engine/volumes.js';
export type { DiskUsage } from './engine/upkeep/disk-usage.js';
export type { SystemCheckOptions, SystemCheckReport } from './engine/upkeep/system-check.js';
export type { NamedVolume, VolumeConfig } from './model/volume.js';
export type { VolumeOptions } from './volume/options.js';
export type { EventOptions } from './events/events.js';
export type { EventFilters } from './events/filter.js';
export {
  EVENT_STATUSES,
  EVENT_TYPES,
  type EventStatus,
  type EventSubject,
  type EventType,
  type LibpodEvent,
} from './model/event.js';
export type { LogEntry } from './container/logs/entry.js';
export { LogText } from './container/logs/stream.js';
export type { LogOptions, LogTextOptions } from './container/logs/options.js';
export type { Logs } from './container/logs/logs.js';
export type { RemoveOptions } from './container/remove.js';
export type { HealthcheckResult } from './container/health.js';
export type { CheckOptions, HealthcheckOptions, StartupCheckOptions } from './engine/options/health.js';
export {
  HEALTH_ACTIONS,
  HEALTH_STATUSES,
  type HealthAction,
  type HealthcheckConfig,
  type HealthStatus,
} from './model/healthcheck.js';
export { WAIT_CONDITIONS, type ExitResult, type WaitCondition, type WaitOptions } from './container/wait.js';
export type { ContainerConfig, PortMapping, RootConfig, StorageDriver } from './model/config.js';
export { EXEC_SESSION_STATES, type ExecSession, type ExecSessionState } from './model/exec-session.js';
export { LINUX_NAMESPACES, type LinuxNamespaceName } from './model/namespaces.js';
export { RESTART_POLICIES, type RestartPolicy, type RestartPolicyName } from './model/restart-policy.js';
export type { UpdateOptions } from './container/update.js';
export type { ContainerState } from './model/state.js';
export { CONTAINER_STATUSES, type ContainerStatus } from './model/status.js';
export type { Instruction, SectionName } from './launch/instructions.js';
export type { LaunchProgram, Step } from './launch/program.js';
export { printProgram } from './launch/print.js';
export type * from './oci/runtime-spec.js';
export type { ConditionalProfile } from './spec/seccomp/conditional.js';
export type {
  ContainerDevice,
  DeviceRate,
  DeviceWeight,
  IpcChoice,
  NamespaceChoice,
  NamespaceOptions,
  ResourceOptions,
  SpecUser,
  UlimitOption,
} from './spec/options.js';
export type { CniOptions } from './network/cni/cni-networks.js';
export { networkId } from './network/config.js';
export type {
  BridgeNetwork,
  CniNetwork,
  LinkNetwork,
  NetworkChanges,
  NetworkConfig,
  NetworkOptions,
  NetworkRoute,
  NetworkSubnet,
} from './network/config.js';
export type { NetworkChoice } from './model/config.js';
export type { PortOption } from './engine/options/port.js';
export type { NetworkFilter, NetworkRemoveOptions } from './engine/networks.js';
