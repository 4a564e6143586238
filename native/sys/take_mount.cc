#include "sys/take_mount.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdio>

#include "sys/mount.h"
#include "sys/process.h"
#include "sys/root.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// A mount point, not a directory that was left where one had been.
Status RequireMountPoint(int fd) {
    struct statx info;
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, 0, &info) != 0)
        return Fail("statx");
    return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? Ok() : FailWith("statx", ENOENT);
}

Status CloneBeneathRoot(const char* path, OwnedFd* mount) {
    // That of the mount namespace, as setns(2) left it: the process itself may have changed its own.
    OwnedFd root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root.valid()) return Fail("open");
    OwnedFd found;
    uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    LIBPOD_TRY(OpenResolving(root.get(), path, O_PATH | O_DIRECTORY, 0, resolve, &found));
    LIBPOD_TRY(RequireMountPoint(found.get()));
    return CloneMount(found.get(), "", false, mount);
}

}  // namespace

Status TakeMountOf(int pid, uint64_t start_ticks, const char* path, OwnedFd* mount) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/ns/mnt", pid);
    OwnedFd there(open(name, O_RDONLY | O_CLOEXEC));
    if (!there.valid()) return Fail("open");
    // Looked at after the open: the process is there now, so it was there then, as it began before either.
    if (StartTicks(pid) != start_ticks) return FailWith("open", ESRCH);
    OwnedFd here(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
    if (!here.valid()) return Fail("open");
    if (setns(there.get(), CLONE_NEWNS) != 0) return Fail("setns");
    Status cloned = CloneBeneathRoot(path, mount);
    if (setns(here.get(), CLONE_NEWNS) != 0) return Fail("setns");
    return cloned;
}

}  // namespace libpod
