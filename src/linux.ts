/** libpod/linux: the kernel's facilities under the engine, typed, for programs that need them by themselves. */
export { CAPABILITIES, CAPABILITY_NAMES, type CapabilityName } from './base/capabilities.js';
export type { CgroupHierarchy } from './base/cgroup-hierarchy.js';
export { sharesOfWeight, weightOfShares } from './base/cgroup-weights.js';
export { compileDeviceFilter } from './base/device-filter.js';
export type { DeviceRule } from './base/device-rule.js';
export { LibpodError, type ErrorCode } from './base/errors.js';
export {
  capabilityName,
  capabilityNames,
  capabilityNumber,
  capabilitySet,
  parseCapabilities,
  readCapabilities,
  type ProcessCapabilities,
} from './linux/capabilities.js';
export type { CgroupState } from './linux/cgroup-events.js';
export type { CgroupLimits, IoLimit, RdmaLimit } from './linux/cgroup-limits.js';
export type { PressureTrigger } from './linux/cgroup-pressure.js';
export type {
  CgroupStats,
  CpuStats,
  IoStats,
  MemoryEvents,
  MemoryStats,
  PidsStats,
} from './linux/cgroup-stats.js';
export type { Limit, Pressure, Stall } from './linux/cgroup-text.js';
export { Cgroup, type CreateCgroupOptions } from './linux/cgroup.js';
export {
  cgroupsOfMounts,
  detectCgroups,
  killCgroup,
  ownCgroup,
  parseProcCgroup,
  removeCgroup,
} from './linux/cgroups.js';
export { createNamespace, type CreateNamespaceOptions } from './linux/create-namespace.js';
export {
  Inside,
  inside,
  insideProcess,
  type BindInsideRequest,
  type DirectoryEntry,
  type MountInsideRequest,
  type PathOptions,
  type SocketRequest,
} from './linux/inside.js';
export { cgroupMembers } from './linux/cgroup-members.js';
export { listNamespaces, namespaceMembers, type ListedNamespace } from './linux/namespace-list.js';
export { Namespace, NAMESPACE_TYPES, type NamespaceType } from './linux/namespace.js';
export { ProcessHandle, type ProcessEnd } from './linux/process-handle.js';
export { ancestorsOf, childrenOf, descendantsOf, listProcesses } from './linux/process-list.js';
export {
  parseProcStat,
  parseProcStatus,
  processStat,
  processStatus,
  type ProcessIds,
  type ProcessStat,
  type ProcessState,
  type ProcessStatus,
} from './linux/process-status.js';
export { spawnProcess, type SpawnProcessOptions } from './linux/spawn-process.js';
export { Descriptor, type HasDescriptor } from './linux/descriptor.js';
export {
  encodeFileCapabilities,
  getFileCapabilities,
  parseFileCapabilities,
  setFileCapabilities,
  type FileCapabilities,
} from './linux/file-capabilities.js';
export { FileLock, type LockHolder, type LockRange } from './linux/file-lock.js';
export { openInRoot } from './linux/files.js';
export {
  checkIdMap,
  formatIdMap,
  mapId,
  parseIdMap,
  parseSubIds,
  readIdMaps,
  readSubIds,
  unmapId,
  writeIdMaps,
  type IdMapping,
  type IdMaps,
  type SubIdRange,
} from './linux/id-map.js';
export type { MountAttributes, MountChange, Propagation } from './linux/mount-attributes.js';
export type { FsOption, FsOptions } from './linux/mount-options.js';
export {
  bindMount,
  changeMount,
  cloneMount,
  moveMount,
  type CloneOptions,
  type MoveOptions,
} from './linux/mount-tree.js';
export { readMounts, watchMounts } from './linux/mount-watch.js';
export { createMount, mount, reconfigureMount, type MountRequest } from './linux/mount.js';
export { parseMountinfo, propagationOf, type MountInfo, type PropagationInfo } from './linux/mountinfo.js';
export { openBeneath, type OpenOptions } from './linux/open-beneath.js';
export { createOverlay, escapeLayer, mountOverlay, type OverlayRequest } from './linux/overlay.js';
export type { InRoot, Place } from './linux/place.js';
export { isSameProcess, signalProcess, startTicks, type ProcessIdentity } from './linux/processes.js';
export { RawTerminal } from './linux/raw-terminal.js';
export { signalName, signalNumber } from './linux/signals.js';
export { unmount, type UnmountOptions } from './linux/unmount.js';
export {
  getXattr,
  getXattrSync,
  listXattrs,
  listXattrsSync,
  removeXattr,
  removeXattrSync,
  setXattr,
  setXattrSync,
  type XattrMode,
} from './linux/xattr.js';
