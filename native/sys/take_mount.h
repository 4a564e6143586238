// A mount of another process's mount namespace (open_tree(2), setns(2)).
#ifndef LIBPOD_NATIVE_SYS_TAKE_MOUNT_H_
#define LIBPOD_NATIVE_SYS_TAKE_MOUNT_H_

#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// A copy, attached nowhere, of the directory that is mounted at a path of the process with this PID and start
// time (clock ticks since boot); without what is mounted beneath it. The path is found beneath the root of
// its mount namespace, where no link is followed: the process may be a hostile one. ENOENT if nothing is
// mounted there.
//
// open_tree(2) copies only what is in the caller's own mount namespace, so this enters the other one and
// comes back. The caller must be a process of one thread; its root and its working directory become the root
// of its own namespace.
Status TakeMountOf(int pid, uint64_t start_ticks, const char* path, OwnedFd* mount);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_TAKE_MOUNT_H_
