// Cgroup directories, v1 and v2 (cgroups(7)).
#ifndef LIBPOD_NATIVE_SYS_CGROUP_H_
#define LIBPOD_NATIVE_SYS_CGROUP_H_

#include <cstddef>

#include "sys/result.h"

namespace libpod {

// Makes the directory of a cgroup and its missing parents; an existing one is fine.
Status CreateCgroup(const char* path);

// Copies `file` of the parent into the cgroup, and first into its ancestors, wherever it is empty: a cpuset
// of v1 accepts no process before its cpus and mems are set.
Status InheritCgroupFile(const char* path, const char* file);

// Loads an eBPF program of the type cgroup/dev and attaches it to a cgroup of version 2, with which it lives.
Status AttachDeviceFilter(const char* path, const void* instructions, size_t size);

// Kills every process in the cgroup and beneath it and waits until it is empty, for two seconds at most.
// A missing cgroup counts as empty.
Status KillCgroup(const char* path);

// Sends SIGKILL once to every process in the cgroup and beneath it, and counts those that were there.
Status KillCgroupOnce(const char* path, int* count);

// Moves a process, and those that it has made, into a cgroup; what it makes from then on is born there. The
// caller has the process for a child that was not reaped, so that its PID is its own. Whoever was orphaned
// before stays out.
Status MoveTree(const char* path, int pid);

// Removes a cgroup and those beneath it; a missing one is fine. Waits for processes that are still exiting,
// for two seconds at most.
Status RemoveCgroup(const char* path);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_CGROUP_H_
