#include "sys/mount.h"

#include <cstring>

#include "sys/syscalls.h"

#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

namespace libpod {

Status FsContext::Open(const char* type) {
    context_.Reset(sys::Fsopen(type));
    return context_.valid() ? Ok() : Fail("fsopen");
}

Status FsContext::SetString(const char* key, const char* value) {
    return sys::Fsconfig(context_.get(), FSCONFIG_SET_STRING, key, value, 0) == 0 ? Ok() : Fail("fsconfig");
}

Status FsContext::SetFlag(const char* key) {
    return sys::Fsconfig(context_.get(), FSCONFIG_SET_FLAG, key, nullptr, 0) == 0 ? Ok() : Fail("fsconfig");
}

Status FsContext::SetDescriptor(const char* key, int fd) {
    return sys::Fsconfig(context_.get(), FSCONFIG_SET_FD, key, nullptr, fd) == 0 ? Ok() : Fail("fsconfig");
}

Status FsContext::Pick(int directory, const char* path) {
    context_.Reset(sys::Fspick(directory, path));
    return context_.valid() ? Ok() : Fail("fspick");
}

Status FsContext::Reconfigure() {
    return sys::Fsconfig(context_.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) == 0
               ? Ok()
               : Fail("fsconfig");
}

Status FsContext::SetOption(const char* option) {
    const char* equals = strchr(option, '=');
    if (equals == nullptr) return SetFlag(option);
    char key[256];
    size_t length = static_cast<size_t>(equals - option);
    if (length >= sizeof key) return FailWith("fsconfig", EINVAL);
    memcpy(key, option, length);
    key[length] = '\0';
    return SetString(key, equals + 1);
}

Status FsContext::Create(uint64_t attributes, OwnedFd* mount) {
    if (sys::Fsconfig(context_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return Fail("fsconfig");
    mount->Reset(sys::Fsmount(context_.get(), static_cast<unsigned>(attributes)));
    return mount->valid() ? Ok() : Fail("fsmount");
}

void FsContext::ReadMessage(char* buffer, size_t size) {
    // A message has the form "e overlay: No changes allowed in reconfigure"; the first letter is its level.
    ssize_t count = context_.valid() ? read(context_.get(), buffer, size - 1) : -1;
    if (count < 0) count = 0;
    buffer[count] = '\0';
    if (count > 2 && buffer[1] == ' ') memmove(buffer, buffer + 2, static_cast<size_t>(count) - 1);
    char* newline = strchr(buffer, '\n');
    if (newline != nullptr) *newline = '\0';
}

Status CloneMount(int directory, const char* path, bool recursive, OwnedFd* mount) {
    unsigned flags = OPEN_TREE_CLONE | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
    mount->Reset(sys::OpenTree(directory, path, flags));
    return mount->valid() ? Ok() : Fail("open_tree");
}

Status ChangeMount(int directory, const char* path, const MountChange& change) {
    struct mount_attr attributes = {};
    attributes.attr_set = change.set;
    attributes.attr_clr = change.clear;
    attributes.propagation = change.propagation;
    // The four access-time modes are one field: setting one of them needs all of its bits cleared.
    if ((change.set | change.clear) & MOUNT_ATTR__ATIME) attributes.attr_clr |= MOUNT_ATTR__ATIME;
    if (change.user_namespace >= 0) {
        attributes.attr_set |= MOUNT_ATTR_IDMAP;
        attributes.userns_fd = static_cast<uint64_t>(change.user_namespace);
    }
    unsigned flags = AT_EMPTY_PATH | (change.recursive ? AT_RECURSIVE : 0u);
    return sys::MountSetattr(directory, path, flags, &attributes) == 0 ? Ok() : Fail("mount_setattr");
}

Status SetMountAttributes(int mount, uint64_t set, uint64_t clear, bool recursive) {
    MountChange change;
    change.set = set;
    change.clear = clear;
    change.recursive = recursive;
    return ChangeMount(mount, "", change);
}

Status SetMountPropagation(int mount, uint64_t flags) {
    if (flags == 0) return Ok();
    MountChange change;
    change.propagation = flags & ~static_cast<uint64_t>(MS_REC);
    change.recursive = (flags & MS_REC) != 0;
    return ChangeMount(mount, "", change);
}

Status AttachMount(int mount, int target) {
    return MoveMount(mount, "", target, "", false);
}

Status MoveMount(int from, const char* from_path, int to, const char* to_path, bool beneath) {
    // With an empty path, the descriptor itself; a trailing link of the target is followed, as mount(2) does.
    unsigned flags = (*from_path == '\0' ? MOVE_MOUNT_F_EMPTY_PATH : MOVE_MOUNT_F_SYMLINKS) |
                     (*to_path == '\0' ? MOVE_MOUNT_T_EMPTY_PATH : MOVE_MOUNT_T_SYMLINKS) |
                     (beneath ? MOVE_MOUNT_BENEATH : 0u);
    return sys::MoveMount(from, from_path, to, to_path, flags) == 0 ? Ok() : Fail("move_mount");
}

Status Unmount(const char* path, int flags) {
    return sys::Umount(path, flags) == 0 ? Ok() : Fail("umount2");
}

Status SetPropagation(uint64_t flags) {
    return sys::Mount(nullptr, "/", nullptr, flags | MS_REC, nullptr) == 0 ? Ok() : Fail("mount");
}

Status PivotRoot(int root) {
    OwnedFd old(open("/", O_DIRECTORY | O_RDONLY | O_CLOEXEC));
    if (!old.valid()) return Fail("open");
    if (fchdir(root) != 0) return Fail("fchdir");
    // The same directory for both: the old root then lies on top of the new one, and no directory for it is
    // needed inside a root that may be read-only (pivot_root(2), NOTES).
    if (sys::PivotRoot(".", ".") != 0) return Fail("pivot_root");
    if (fchdir(old.get()) != 0) return Fail("fchdir");
    // A slave before it is detached, or the unmount would travel to the host.
    if (sys::Mount(nullptr, ".", nullptr, MS_SLAVE | MS_REC, nullptr) != 0) return Fail("mount");
    if (sys::Umount(".", MNT_DETACH) != 0) return Fail("umount2");
    return chdir("/") == 0 ? Ok() : Fail("chdir");
}

Status MoveRoot(int root) {
    // Whole ones of the host's beneath would allow the container to mount others without masks, in user
    // namespaces of its own (mount_namespaces(7)). What is locked there, or mounted twice, is covered.
    constexpr const char* kPlaces[] = {"/proc", "/sys"};
    for (const char* place : kPlaces) {
        if (sys::Umount(place, MNT_DETACH) == 0) continue;
        if (errno != ENOENT && sys::Mount("none", place, "tmpfs", MS_RDONLY, nullptr) != 0)
            return Fail("mount");
    }
    if (fchdir(root) != 0) return Fail("fchdir");
    if (sys::Mount(".", "/", nullptr, MS_MOVE, nullptr) != 0) return Fail("mount");
    if (chroot(".") != 0) return Fail("chroot");
    return chdir("/") == 0 ? Ok() : Fail("chdir");
}

}  // namespace libpod
