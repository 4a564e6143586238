#include "sys/fs_identity.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace libpod {
namespace {

// Both answer the ID before, whether or not they changed it (setfsuid(2)).
uint32_t SetId(long call, uint32_t id) {
    return static_cast<uint32_t>(syscall(call, id));
}

Status RaisePermitted() {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {};
    if (syscall(SYS_capget, &header, data) != 0) return Fail("capget");
    for (auto& half : data) half.effective = half.permitted;
    return syscall(SYS_capset, &header, data) == 0 ? Ok() : Fail("capset");
}

}  // namespace

FsIdentity::~FsIdentity() {
    if (!changed_) return;
    SetId(SYS_setfsuid, uid_);
    SetId(SYS_setfsgid, gid_);
    (void)RaisePermitted().ok();
}

Status FsIdentity::Become(uint32_t uid, uint32_t gid) {
    gid_ = SetId(SYS_setfsgid, gid);
    uid_ = SetId(SYS_setfsuid, uid);
    changed_ = true;
    constexpr uint32_t kAsk = ~0u;  // no ID: changes nothing
    if (SetId(SYS_setfsuid, kAsk) != uid) return FailWith("setfsuid", EPERM);
    if (SetId(SYS_setfsgid, kAsk) != gid) return FailWith("setfsgid", EPERM);
    return RaisePermitted();
}

}  // namespace libpod
