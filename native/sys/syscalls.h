// System calls that an older libc does not wrap, and the constants that its headers lack. Targets Linux 5.12,
// the first with mount_setattr(2); <sys/mount.h> is never included, since it conflicts with <linux/mount.h>.
#ifndef LIBPOD_NATIVE_SYS_SYSCALLS_H_
#define LIBPOD_NATIVE_SYS_SYSCALLS_H_

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x00000200
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

namespace libpod::sys {

inline int Openat2(int directory, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {};
    how.flags = flags | O_CLOEXEC;
    how.mode = mode;
    how.resolve = resolve;
    return static_cast<int>(syscall(SYS_openat2, directory, path, &how, sizeof how));
}
inline int Renameat2(int from, const char* from_path, int to, const char* to_path, unsigned flags) {
    return static_cast<int>(syscall(SYS_renameat2, from, from_path, to, to_path, flags));
}
inline int Fsopen(const char* type) {
    return static_cast<int>(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}
inline int Fsconfig(int context, unsigned command, const char* key, const void* value, int extra) {
    return static_cast<int>(syscall(SYS_fsconfig, context, command, key, value, extra));
}
inline int Fsmount(int context, unsigned attributes) {
    return static_cast<int>(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
}
inline int Fspick(int directory, const char* path) {
    return static_cast<int>(syscall(SYS_fspick, directory, path, FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
}
inline int OpenTree(int directory, const char* path, unsigned flags) {
    return static_cast<int>(syscall(SYS_open_tree, directory, path, flags | OPEN_TREE_CLOEXEC));
}
inline int MoveMount(int from, const char* from_path, int to, const char* to_path, unsigned flags) {
    return static_cast<int>(syscall(SYS_move_mount, from, from_path, to, to_path, flags));
}
inline int MountSetattr(int directory, const char* path, unsigned flags, struct mount_attr* attributes) {
    return static_cast<int>(
        syscall(SYS_mount_setattr, directory, path, flags, attributes, sizeof(struct mount_attr)));
}
inline int Mount(const char* from, const char* target, const char* type, unsigned long flags,
                 const void* data) {
    return static_cast<int>(syscall(SYS_mount, from, target, type, flags, data));
}
inline int Umount(const char* target, int flags) {
    return static_cast<int>(syscall(SYS_umount2, target, flags));
}
inline int PivotRoot(const char* root, const char* old) {
    return static_cast<int>(syscall(SYS_pivot_root, root, old));
}
inline int CloseRange(unsigned first, unsigned last, unsigned flags) {
    return static_cast<int>(syscall(SYS_close_range, first, last, flags));
}
// Closes every descriptor from `from` on but the kept ones.
// @param next_kept answers the lowest of those from a number on, ~0u for none
template <typename NextKept>
void CloseAllBut(unsigned from, NextKept next_kept) {
    for (;;) {
        unsigned next = next_kept(from);
        if (next > from) (void)CloseRange(from, next == ~0u ? ~0u : next - 1, 0);
        if (next == ~0u) return;
        from = next + 1;
    }
}
inline int PidfdOpen(int pid) {
    return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}
inline int PidfdSendSignal(int pidfd, int signal) {
    return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}
inline int PidfdGetfd(int pidfd, int fd) {
    return static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}
inline int Clone3(struct clone_args* arguments) {
    return static_cast<int>(syscall(SYS_clone3, arguments, sizeof *arguments));
}

}  // namespace libpod::sys

#endif  // LIBPOD_NATIVE_SYS_SYSCALLS_H_
