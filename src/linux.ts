/** libpod/linux: the kernel's facilities under the engine, typed, for programs that need them by themselves. */
export type { CgroupHierarchy } from './base/cgroup-hierarchy.js';
export {
  cgroupsOfMounts,
  detectCgroups,
  killCgroup,
  ownCgroup,
  parseProcCgroup,
  removeCgroup,
} from './linux/cgroups.js';
export { createNamespace, type CreateNamespaceOptions, type IdMapping } from './linux/create-namespace.js';
export { FileLock } from './linux/file-lock.js';
export { openInRoot } from './linux/files.js';
export {
  Inside,
  inside,
  insideProcess,
  type BindRequest,
  type DirectoryEntry,
  type MountRequest,
  type PathOptions,
  type SocketRequest,
} from './linux/inside.js';
export { parseMountinfo, type MountInfo } from './linux/mountinfo.js';
export { listNamespaces, namespaceMembers, type ListedNamespace } from './linux/namespace-list.js';
export { Namespace, NAMESPACE_TYPES, type NamespaceType } from './linux/namespace.js';
export { ProcessHandle, type ProcessEnd } from './linux/process-handle.js';
export {
  ancestorsOf,
  cgroupMembers,
  childrenOf,
  descendantsOf,
  listProcesses,
} from './linux/process-list.js';
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
export { isSameProcess, signalProcess, startTicks, type ProcessIdentity } from './linux/processes.js';
export { signalName, signalNumber } from './linux/signals.js';
export { spawnProcess, type SpawnProcessOptions } from './linux/spawn-process.js';
