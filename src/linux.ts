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
export { FileLock } from './linux/file-lock.js';
export { openInRoot } from './linux/files.js';
export { parseMountinfo, type MountInfo } from './linux/mountinfo.js';
export { isSameProcess, signalProcess, startTicks, type ProcessIdentity } from './linux/processes.js';
export { signalName, signalNumber } from './linux/signals.js';
