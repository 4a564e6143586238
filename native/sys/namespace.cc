#include "sys/namespace.h"

#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/syscalls.h"

namespace libpod {

Status IdentifyNamespace(int fd, NamespaceFacts* out) {
    out->type = ioctl(fd, NS_GET_NSTYPE);
    if (out->type < 0) return Fail("ioctl(NS_GET_NSTYPE)");
    struct stat info;
    if (fstat(fd, &info) != 0) return Fail("fstat");
    out->device = info.st_dev;
    out->inode = info.st_ino;
    return Ok();
}

Status OpenNamespaceOwner(int fd, OwnedFd* out) {
    out->Reset(ioctl(fd, NS_GET_USERNS));
    return out->valid() ? Ok() : Fail("ioctl(NS_GET_USERNS)");
}

Status OpenNamespaceParent(int fd, OwnedFd* out) {
    out->Reset(ioctl(fd, NS_GET_PARENT));
    return out->valid() ? Ok() : Fail("ioctl(NS_GET_PARENT)");
}

Status NamespaceOwnerUid(int fd, uint32_t* out) {
    return ioctl(fd, NS_GET_OWNER_UID, out) == 0 ? Ok() : Fail("ioctl(NS_GET_OWNER_UID)");
}

Status LeaveSharedDirectory() {
    return unshare(CLONE_FS) == 0 ? Ok() : Fail("unshare");
}

Status EnterNamespaces(const NamespaceEntry* entries, uint32_t count) {
    uint32_t entered = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (setns(entries[i].fd, static_cast<int>(entries[i].types)) != 0) return Fail("setns");
        entered |= entries[i].types;
    }
    if ((entered & CLONE_NEWUSER) != 0) {
        // The kernel keeps the user's number, which is nobody's inside: become the root there, as nsenter(1).
        // A namespace that maps no root answers EINVAL, one that denies setgroups EPERM; its nobody it is
        // then.
        (void)setgroups(0, nullptr);
        (void)!setresgid(0, 0, 0);
        (void)!setresuid(0, 0, 0);
    }
    return Ok();
}

const char* NamespaceFile(int type) {
    switch (type) {
        case CLONE_NEWCGROUP:
            return "cgroup";
        case CLONE_NEWIPC:
            return "ipc";
        case CLONE_NEWNS:
            return "mnt";
        case CLONE_NEWNET:
            return "net";
        case CLONE_NEWTIME:
            return "time_for_children";
        case CLONE_NEWUTS:
            return "uts";
        default:
            return nullptr;
    }
}

}  // namespace libpod
