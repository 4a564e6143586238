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
} from './linux/processes/capabilities.js';
export type { CgroupState } from './linux/cgroups/events.js';
export type { CgroupLimits, IoLimit, RdmaLimit } from './linux/cgroups/limits.js';
export type { PressureTrigger } from './linux/cgroups/pressure.js';
export type {
  CgroupStats,
  CpuStats,
  IoStats,
  MemoryEvents,
  MemoryStats,
  PidsStats,
} from './linux/cgroups/stats.js';
export type { Limit, Pressure, Stall } from './linux/cgroups/text.js';
export { Cgroup, type CreateCgroupOptions } from './linux/cgroups/cgroup.js';
export {
  cgroupsOfMounts,
  detectCgroups,
  killCgroup,
  ownCgroup,
  parseProcCgroup,
  removeCgroup,
} from './linux/cgroups/cgroups.js';
export { createNamespace, type CreateNamespaceOptions } from './linux/namespaces/create.js';
export {
  Inside,
  inside,
  insideProcess,
  type BindInsideRequest,
  type DirectoryEntry,
  type MountInsideRequest,
  type PathOptions,
  type SocketRequest,
} from './linux/namespaces/inside.js';
export { cgroupMembers } from './linux/cgroups/members.js';
export { listNamespaces, namespaceMembers, type ListedNamespace } from './linux/namespaces/list.js';
export { Namespace, NAMESPACE_TYPES, type NamespaceType } from './linux/namespaces/namespace.js';
export { ProcessHandle, type ProcessEnd } from './linux/processes/handle.js';
export { ancestorsOf, childrenOf, descendantsOf, listProcesses } from './linux/processes/list.js';
export {
  parseProcStat,
  parseProcStatus,
  processStat,
  processStatus,
  type ProcessIds,
  type ProcessStat,
  type ProcessState,
  type ProcessStatus,
} from './linux/processes/status.js';
export { spawnProcess, type SpawnProcessOptions } from './linux/processes/spawn.js';
export { Descriptor, type HasDescriptor } from './linux/files/descriptor.js';
export {
  encodeFileCapabilities,
  getFileCapabilities,
  parseFileCapabilities,
  setFileCapabilities,
  type FileCapabilities,
} from './linux/files/file-capabilities.js';
export { FileLock, type LockHolder, type LockRange } from './linux/files/file-lock.js';
export { openInRoot } from './linux/files/files.js';
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
} from './linux/namespaces/id-map.js';
export type { MountAttributes, MountChange, Propagation } from './linux/mounts/attributes.js';
export type { FsOption, FsOptions } from './linux/mounts/options.js';
export {
  bindMount,
  changeMount,
  cloneMount,
  moveMount,
  type CloneOptions,
  type MoveOptions,
} from './linux/mounts/tree.js';
export { readMounts, watchMounts } from './linux/mounts/watch.js';
export { createMount, mount, reconfigureMount, type MountRequest } from './linux/mounts/mount.js';
export {
  parseMountinfo,
  propagationOf,
  type MountInfo,
  type PropagationInfo,
} from './linux/mounts/mountinfo.js';
export { openBeneath, type OpenOptions } from './linux/files/open-beneath.js';
export { onReaderGone } from './linux/files/reader-gone.js';
export { createOverlay, escapeLayer, mountOverlay, type OverlayRequest } from './linux/mounts/overlay.js';
export type { InRoot, Place } from './linux/place.js';
export {
  isSameProcess,
  signalProcess,
  startTicks,
  type ProcessIdentity,
} from './linux/processes/processes.js';
export { RawTerminal } from './linux/raw-terminal.js';
export { signalName, signalNumber } from './linux/processes/signals.js';
export { unmount, type UnmountOptions } from './linux/mounts/unmount.js';
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
} from './linux/files/xattr.js';
