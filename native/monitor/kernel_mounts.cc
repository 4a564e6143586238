#include "monitor/kernel_mounts.h"

#include <fcntl.h>

#include <cstring>

#include "sys/mount_id.h"
#include "sys/root.h"

namespace libpod {
namespace {

// What follows `place` in `path`, from the slash on; the empty end if they are one; null if it is not
// beneath.
const char* Beneath(Text place, const char* path) {
    uint32_t size = place.size;
    while (size > 0 && place.data[size - 1] == '/') size--;
    if (strlen(path) < size || memcmp(place.data, path, size) != 0) return nullptr;
    return path[size] == '/' || path[size] == '\0' ? path + size : nullptr;
}

bool IsOfTheKernel(Text type) {
    return strcmp(type.c_str(), "proc") == 0 || strcmp(type.c_str(), "sysfs") == 0;
}

}  // namespace

void KernelMounts::Mounted(Text target, Text type, OwnedFd mount) {
    Held* free = nullptr;
    for (Held& held : held_) {
        if (held.mount.valid() && Beneath(target, held.target.c_str()) != nullptr) held.mount.Reset();
        if (!held.mount.valid()) free = &held;
    }
    // More of them than anybody has are looked up by path.
    if (free == nullptr || !IsOfTheKernel(type)) return;
    free->target = target;
    free->mount = static_cast<OwnedFd&&>(mount);
}

Status KernelMounts::Open(int root, const char* path, OwnedFd* out) const {
    for (const Held& held : held_) {
        const char* rest = held.mount.valid() ? Beneath(held.target, path) : nullptr;
        if (rest == nullptr || *rest == '\0') continue;
        OwnedFd place;
        LIBPOD_TRY(OpenInRoot(root, held.target.c_str(), O_PATH, &place));
        uint64_t mounted, found;
        LIBPOD_TRY(MountIdOf(held.mount.get(), "", &mounted));
        LIBPOD_TRY(MountIdOf(place.get(), "", &found));
        if (mounted != found) return FailWith("openat2", EXDEV);
        return OpenInRoot(held.mount.get(), rest, O_PATH, out);
    }
    return OpenInRoot(root, path, O_PATH, out);
}

void KernelMounts::Release() {
    for (Held& held : held_) held.mount.Reset();
}

}  // namespace libpod
