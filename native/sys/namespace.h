// Namespaces by descriptor: what they are, how they are related, entering them (namespaces(7), ioctl_ns(2)).
#ifndef LIBPOD_NATIVE_SYS_NAMESPACE_H_
#define LIBPOD_NATIVE_SYS_NAMESPACE_H_

#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

struct NamespaceFacts {
    int type = 0;  // one CLONE_NEW* flag
    uint64_t device = 0;
    uint64_t inode = 0;
};

// What the namespace behind a descriptor is; ENOTTY if it is none.
Status IdentifyNamespace(int fd, NamespaceFacts* out);

// The user namespace that owns one (NS_GET_USERNS), or the parent of a PID or user namespace (NS_GET_PARENT).
// EPERM: it is outside of what the caller may see, or there is none.
Status OpenNamespaceOwner(int fd, OwnedFd* out);
Status OpenNamespaceParent(int fd, OwnedFd* out);

// The user who made a user namespace, as the caller sees the number (NS_GET_OWNER_UID).
Status NamespaceOwnerUid(int fd, uint32_t* out);

// One descriptor to enter: of a namespace, or of a process (pidfd), whose namespaces of these types are
// meant.
struct NamespaceEntry {
    int32_t fd = -1;
    uint32_t types = 0;  // CLONE_NEW* flags
};

// Gives the calling thread a root and a working directory of its own: threads share one, and a mount
// namespace, which brings another, refuses to be entered so (setns(2), EINVAL).
Status LeaveSharedDirectory();

// Enters namespaces with the calling thread, in order; in a user namespace it becomes the root there.
Status EnterNamespaces(const NamespaceEntry* entries, uint32_t count);

// The name of a namespace's file in /proc/PID/ns, given one CLONE_NEW* flag; nullptr for no such type. For
// the time namespace it is the one for children, the only one that unshare(2) changes.
const char* NamespaceFile(int type);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_NAMESPACE_H_
