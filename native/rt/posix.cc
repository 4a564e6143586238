// One function, one system call. Each answers as its man page says, with -1 and errno on failure.
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "rt/kernel.h"

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

namespace {

using libpod::rt::Kernel;

int last_error;

// The size of the kernel's own sigset_t; libc's has room for a thousand signals.
constexpr long kSignalSetSize = 8;

long Answer(long result) {
    if (result < 0 && result >= -4095) {
        last_error = static_cast<int>(-result);
        return -1;
    }
    return result;
}

template <typename T>
long Raw(T value) {
    return reinterpret_cast<long>(value);
}

template <typename... Arguments>
int Call(long number, Arguments... arguments) {
    return static_cast<int>(Answer(Kernel(number, static_cast<long>(arguments)...)));
}

}  // namespace

extern "C" {

int* __errno_location() {
    return &last_error;
}

long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
    long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    return Answer(Kernel(number, a, b, c, d, e, f));
}

void _exit(int status) {
    for (;;) Kernel(SYS_exit_group, status);
}

// Files.
int openat(int directory, const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    unsigned mode = (flags & O_CREAT) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return Call(SYS_openat, directory, Raw(path), flags, mode);
}
int open(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    unsigned mode = (flags & O_CREAT) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return Call(SYS_openat, AT_FDCWD, Raw(path), flags, mode);
}
int close(int fd) {
    return Call(SYS_close, fd);
}
ssize_t read(int fd, void* data, size_t size) {
    return Answer(Kernel(SYS_read, fd, Raw(data), static_cast<long>(size)));
}
ssize_t write(int fd, const void* data, size_t size) {
    return Answer(Kernel(SYS_write, fd, Raw(data), static_cast<long>(size)));
}
ssize_t pread(int fd, void* data, size_t size, off_t offset) {
    return Answer(Kernel(SYS_pread64, fd, Raw(data), static_cast<long>(size), offset));
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
    return Answer(Kernel(SYS_pwrite64, fd, Raw(data), static_cast<long>(size), offset));
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
    return Answer(Kernel(SYS_writev, fd, Raw(parts), count));
}
off_t lseek(int fd, off_t offset, int whence) __THROW {
    return Answer(Kernel(SYS_lseek, fd, offset, whence));
}
int ftruncate(int fd, off_t size) __THROW {
    return Call(SYS_ftruncate, fd, size);
}
int fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return Call(SYS_fcntl, fd, command, argument);
}
int dup2(int from, int to) __THROW {
    return from == to ? to : Call(SYS_dup3, from, to, 0);
}
int pipe2(int* ends, int flags) __THROW {
    return Call(SYS_pipe2, Raw(ends), flags);
}
int ioctl(int fd, unsigned long request, ...) __THROW {
    va_list list;
    va_start(list, request);
    long argument = va_arg(list, long);
    va_end(list);
    return Call(SYS_ioctl, fd, request, argument);
}
int mkdirat(int directory, const char* path, mode_t mode) __THROW {
    return Call(SYS_mkdirat, directory, Raw(path), mode);
}
int mkdir(const char* path, mode_t mode) __THROW {
    return mkdirat(AT_FDCWD, path, mode);
}
int unlinkat(int directory, const char* path, int flags) __THROW {
    return Call(SYS_unlinkat, directory, Raw(path), flags);
}
ssize_t readlink(const char* path, char* target, size_t size) __THROW {
    return Answer(Kernel(SYS_readlinkat, AT_FDCWD, Raw(path), Raw(target), static_cast<long>(size)));
}
int unlink(const char* path) __THROW {
    return unlinkat(AT_FDCWD, path, 0);
}
int rmdir(const char* path) __THROW {
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
int rename(const char* from, const char* to) __THROW {
    return Call(SYS_renameat2, AT_FDCWD, Raw(from), AT_FDCWD, Raw(to), 0);
}
int symlinkat(const char* to, int directory, const char* path) __THROW {
    return Call(SYS_symlinkat, Raw(to), directory, Raw(path));
}
int mknodat(int directory, const char* path, mode_t mode, dev_t device) __THROW {
    return Call(SYS_mknodat, directory, Raw(path), mode, device);
}
int fchownat(int directory, const char* path, uid_t uid, gid_t gid, int flags) __THROW {
    return Call(SYS_fchownat, directory, Raw(path), uid, gid, flags);
}
int fchown(int fd, uid_t uid, gid_t gid) __THROW {
    return Call(SYS_fchown, fd, uid, gid);
}
// The kernel's struct stat is libc's on both architectures.
int fstatat(int directory, const char* path, struct stat* info, int flags) __THROW {
    return Call(SYS_newfstatat, directory, Raw(path), Raw(info), flags);
}
int fchmod(int fd, mode_t mode) __THROW {
    return Call(SYS_fchmod, fd, mode);
}
ssize_t readlinkat(int directory, const char* path, char* text, size_t size) __THROW {
    return Answer(Kernel(SYS_readlinkat, directory, Raw(path), Raw(text), static_cast<long>(size)));
}
int futimens(int fd, const struct timespec* times) __THROW {
    return Call(SYS_utimensat, fd, 0, Raw(times), 0);
}
int fstat(int fd, struct stat* info) __THROW {
    return Call(SYS_fstat, fd, Raw(info));
}
int statx(int directory, const char* path, int flags, unsigned mask, struct statx* info) __THROW {
    return Call(SYS_statx, directory, Raw(path), flags, static_cast<long>(mask), Raw(info));
}
int stat(const char* path, struct stat* info) __THROW {
    return fstatat(AT_FDCWD, path, info, 0);
}
int faccessat(int directory, const char* path, int mode, int flags) __THROW {
    return Call(SYS_faccessat2, directory, Raw(path), mode, flags);
}
int access(const char* path, int mode) __THROW {
    return Call(SYS_faccessat2, AT_FDCWD, Raw(path), mode, 0);
}
int chdir(const char* path) __THROW {
    return Call(SYS_chdir, Raw(path));
}
int chroot(const char* path) __THROW {
    return Call(SYS_chroot, Raw(path));
}
int fchdir(int fd) __THROW {
    return Call(SYS_fchdir, fd);
}
mode_t umask(mode_t mask) __THROW {
    return static_cast<mode_t>(Call(SYS_umask, mask));
}
unsigned gnu_dev_major(dev_t device) __THROW {
    return static_cast<unsigned>(((device >> 8) & 0xfff) | ((device >> 32) & ~0xfffULL));
}
unsigned gnu_dev_minor(dev_t device) __THROW {
    return static_cast<unsigned>((device & 0xff) | ((device >> 12) & ~0xffULL));
}
dev_t gnu_dev_makedev(unsigned major, unsigned minor) __THROW {
    return (static_cast<dev_t>(major & 0xfff) << 8) | (static_cast<dev_t>(major & ~0xfffu) << 32) |
           (minor & 0xff) | (static_cast<dev_t>(minor & ~0xffu) << 12);
}

// Sockets and waiting.
int socket(int domain, int type, int protocol) __THROW {
    return Call(SYS_socket, domain, type, protocol);
}
int socketpair(int domain, int type, int protocol, int* ends) __THROW {
    return Call(SYS_socketpair, domain, type, protocol, Raw(ends));
}
int bind(int fd, const struct sockaddr* address, socklen_t size) __THROW {
    return Call(SYS_bind, fd, Raw(address), size);
}
int connect(int fd, const struct sockaddr* address, socklen_t size) {
    return Call(SYS_connect, fd, Raw(address), size);
}
int shutdown(int fd, int how) __THROW {
    return Call(SYS_shutdown, fd, how);
}
int setsockopt(int fd, int level, int name, const void* value, socklen_t size) __THROW {
    return Call(SYS_setsockopt, fd, level, name, Raw(value), size);
}

int listen(int fd, int backlog) __THROW {
    return Call(SYS_listen, fd, backlog);
}
int accept4(int fd, struct sockaddr* address, socklen_t* size, int flags) {
    return Call(SYS_accept4, fd, Raw(address), Raw(size), flags);
}
int getsockopt(int fd, int level, int name, void* value, socklen_t* size) __THROW {
    return Call(SYS_getsockopt, fd, level, name, Raw(value), Raw(size));
}
ssize_t send(int fd, const void* data, size_t size, int flags) {
    return Answer(Kernel(SYS_sendto, fd, Raw(data), static_cast<long>(size), flags));
}
ssize_t recv(int fd, void* data, size_t size, int flags) {
    return Answer(Kernel(SYS_recvfrom, fd, Raw(data), static_cast<long>(size), flags));
}
ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
    return Answer(Kernel(SYS_sendmsg, fd, Raw(message), flags));
}
ssize_t recvmsg(int fd, struct msghdr* message, int flags) {
    return Answer(Kernel(SYS_recvmsg, fd, Raw(message), flags));
}
struct cmsghdr* __cmsg_nxthdr(struct msghdr* message, struct cmsghdr* header) __THROW {
    auto* end = static_cast<uint8_t*>(message->msg_control) + message->msg_controllen;
    auto* next = reinterpret_cast<uint8_t*>(header) + CMSG_ALIGN(header->cmsg_len);
    if (header->cmsg_len < sizeof *header || next + sizeof *header > end) return nullptr;
    auto* found = reinterpret_cast<struct cmsghdr*>(next);
    return next + CMSG_ALIGN(found->cmsg_len) > end ? nullptr : found;
}
int inotify_init1(int flags) __THROW {
    return Call(SYS_inotify_init1, flags);
}
int inotify_add_watch(int fd, const char* path, uint32_t mask) __THROW {
    return Call(SYS_inotify_add_watch, fd, Raw(path), mask);
}
int epoll_create1(int flags) __THROW {
    return Call(SYS_epoll_create1, flags);
}
int epoll_ctl(int epoll, int operation, int fd, struct epoll_event* event) __THROW {
    return Call(SYS_epoll_ctl, epoll, operation, fd, Raw(event));
}
int epoll_wait(int epoll, struct epoll_event* events, int count, int timeout) {
    return Call(SYS_epoll_pwait, epoll, Raw(events), count, timeout, 0, kSignalSetSize);
}
int poll(struct pollfd* fds, nfds_t count, int timeout) {
    struct timespec time = {timeout / 1000, timeout % 1000 * 1'000'000L};
    return Call(SYS_ppoll, Raw(fds), count, timeout < 0 ? 0 : Raw(&time), 0, kSignalSetSize);
}
int clock_gettime(clockid_t clock, struct timespec* time) __THROW {
    return Call(SYS_clock_gettime, clock, Raw(time));
}
int timerfd_create(__clockid_t clock, int flags) __THROW {
    return Call(SYS_timerfd_create, clock, flags);
}
int timerfd_settime(int fd, int flags, const struct itimerspec* time, struct itimerspec* before) __THROW {
    return Call(SYS_timerfd_settime, fd, flags, Raw(time), Raw(before));
}
int usleep(useconds_t microseconds) {
    struct timespec time = {microseconds / 1'000'000, microseconds % 1'000'000 * 1000L};
    return Call(SYS_nanosleep, Raw(&time), 0);
}

// Signals. No handlers, so no trampoline to return from one.
int sigemptyset(sigset_t* set) __THROW {
    memset(set, 0, sizeof *set);
    return 0;
}
int sigfillset(sigset_t* set) __THROW {
    memset(set, 0xff, sizeof *set);
    return 0;
}
int sigaddset(sigset_t* set, int signal) __THROW {
    set->__val[0] |= 1UL << (signal - 1);
    return 0;
}
int sigprocmask(int how, const sigset_t* set, sigset_t* before) __THROW {
    return Call(SYS_rt_sigprocmask, how, Raw(set), Raw(before), kSignalSetSize);
}
int sigaction(int signal, const struct sigaction* action, struct sigaction*) __THROW {
    struct {
        __sighandler_t handler;
        unsigned long flags;
        void (*restorer)();
        unsigned long mask;
    } plain = {action->sa_handler, 0, nullptr, 0};
    return Call(SYS_rt_sigaction, signal, Raw(&plain), 0, kSignalSetSize);
}
__sighandler_t signal(int number, __sighandler_t handler) __THROW {
    struct sigaction action = {};
    action.sa_handler = handler;
    return sigaction(number, &action, nullptr) == 0 ? SIG_DFL : SIG_ERR;
}
int signalfd(int fd, const sigset_t* set, int flags) __THROW {
    return Call(SYS_signalfd4, fd, Raw(set), kSignalSetSize, flags);
}
int sigwaitinfo(const sigset_t* set, siginfo_t* info) {
    return Call(SYS_rt_sigtimedwait, Raw(set), Raw(info), 0, kSignalSetSize);
}
int kill(pid_t pid, int signal) __THROW {
    return Call(SYS_kill, pid, signal);
}

// Processes.
pid_t fork() __THROW {
    return Call(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}
int setpgid(pid_t pid, pid_t group) __THROW {
    return Call(SYS_setpgid, pid, group);
}
int waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
    return Call(SYS_waitid, type, id, Raw(info), options, 0);
}
int execve(const char* path, char* const* arguments, char* const* environment) __THROW {
    return Call(SYS_execve, Raw(path), Raw(arguments), Raw(environment));
}
int prctl(int option, ...) __THROW {
    va_list list;
    va_start(list, option);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long);
    va_end(list);
    return Call(SYS_prctl, option, a, b, c, d);
}
pid_t setsid() __THROW {
    return Call(SYS_setsid);
}
pid_t getpid() __THROW {
    return Call(SYS_getpid);
}
pid_t getppid() __THROW {
    return Call(SYS_getppid);
}
uid_t geteuid() __THROW {
    return static_cast<uid_t>(Call(SYS_geteuid));
}
int setgroups(size_t count, const gid_t* groups) __THROW {
    return Call(SYS_setgroups, count, Raw(groups));
}
int setresuid(uid_t real, uid_t effective, uid_t saved) __THROW {
    return Call(SYS_setresuid, real, effective, saved);
}
int setresgid(gid_t real, gid_t effective, gid_t saved) __THROW {
    return Call(SYS_setresgid, real, effective, saved);
}
int unshare(int flags) __THROW {
    return Call(SYS_unshare, flags);
}
int setns(int fd, int type) __THROW {
    return Call(SYS_setns, fd, type);
}
int sethostname(const char* name, size_t size) __THROW {
    return Call(SYS_sethostname, Raw(name), size);
}
int uname(struct utsname* names) __THROW {
    return Call(SYS_uname, Raw(names));
}
int setdomainname(const char* name, size_t size) __THROW {
    return Call(SYS_setdomainname, Raw(name), size);
}
int setrlimit(__rlimit_resource_t resource, const struct rlimit* limit) __THROW {
    return Call(SYS_prlimit64, 0, resource, Raw(limit), 0);
}
int getrlimit(__rlimit_resource_t resource, struct rlimit* limit) __THROW {
    return Call(SYS_prlimit64, 0, resource, 0, Raw(limit));
}
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t* set) __THROW {
    return Call(SYS_sched_setaffinity, pid, size, Raw(set));
}

// Memory.
void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) __THROW {
    return reinterpret_cast<void*>(
        Answer(Kernel(SYS_mmap, Raw(at), static_cast<long>(size), protection, flags, fd, offset)));
}
void* mremap(void* at, size_t before, size_t after, int flags, ...) __THROW {
    return reinterpret_cast<void*>(
        Answer(Kernel(SYS_mremap, Raw(at), static_cast<long>(before), static_cast<long>(after), flags)));
}
int munmap(void* at, size_t size) __THROW {
    return Call(SYS_munmap, Raw(at), size);
}

int madvise(void* at, size_t size, int advice) __THROW {
    return Call(SYS_madvise, Raw(at), size, advice);
}

}  // extern "C"
