// The sections `init`, `gate` and `exec`: after pivot_root, everything in reach is the container's.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "monitor/child.h"
#include "monitor/gate.h"
#include "monitor/hooks.h"
#include "monitor/init.h"
#include "monitor/pause.h"
#include "sys/attributes.h"
#include "sys/file.h"
#include "sys/local_socket.h"
#include "sys/mount.h"
#include "sys/netlink.h"
#include "sys/pass_fd.h"
#include "sys/process.h"
#include "sys/root.h"
#include "sys/syscalls.h"

namespace libpod {

namespace {

// Zeroed memory that goes with execve.
void* Allocate(size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

#define LIBPOD_ARGUMENTS(Type) \
    Type op;                   \
    op.Decode(reader)

Status Child::Init(Op operation, Reader* reader) {
    switch (operation) {
        case Op::kSession: {
            LIBPOD_ARGUMENTS(SessionOp);
            return Session(op.terminal != 0);
        }
        case Op::kHostname: {
            LIBPOD_ARGUMENTS(HostnameOp);
            return sethostname(op.name.c_str(), op.name.size) == 0 ? Ok() : Fail("sethostname");
        }
        case Op::kDomainname: {
            LIBPOD_ARGUMENTS(DomainnameOp);
            return setdomainname(op.name.c_str(), op.name.size) == 0 ? Ok() : Fail("setdomainname");
        }
        case Op::kNetlink: {
            LIBPOD_ARGUMENTS(NetlinkOp);
            // The kernel finds a macvlan's MAC address taken by the one of the last run.
            return SendNetlinkWhenFree(static_cast<int>(op.protocol), op.messages.data, op.messages.size,
                                       EADDRINUSE);
        }
        case Op::kNetworkHold: {
            LIBPOD_ARGUMENTS(NetworkHoldOp);
            return HoldNetwork(op);
        }
        case Op::kRuntimeCreate: {
            LIBPOD_ARGUMENTS(RuntimeCreateOp);
            return RuntimeCreate(op);
        }
        case Op::kRuntimeRun: {
            LIBPOD_ARGUMENTS(RuntimeRunOp);
            return RuntimeRun(op);
        }
        case Op::kLoopbackUp:
            return LoopbackUp();
        case Op::kSysctl: {
            LIBPOD_ARGUMENTS(SysctlOp);
            return Sysctl(op);
        }
        case Op::kRlimit: {
            LIBPOD_ARGUMENTS(RlimitOp);
            return SetLimit(op.resource, op.soft, op.hard, op.clamp != 0);
        }
        case Op::kKeyring: {
            LIBPOD_ARGUMENTS(KeyringOp);
            // A kernel without CONFIG_KEYS has no keyring to leak either.
            long serial = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, op.name.c_str());
            return serial >= 0 || errno == ENOSYS ? Ok() : Fail("keyctl");
        }
        case Op::kRootPropagation: {
            LIBPOD_ARGUMENTS(RootPropagationOp);
            return SetMountPropagation(root_.get(), op.flags);
        }
        case Op::kPersonality: {
            LIBPOD_ARGUMENTS(PersonalityOp);
            return SetPersonality(op.persona);
        }
        case Op::kScheduler: {
            LIBPOD_ARGUMENTS(SchedulerOp);
            return SetScheduling({op.policy, op.flags, static_cast<int32_t>(op.nice), op.priority, op.runtime,
                                  op.deadline, op.period});
        }
        case Op::kIoPriority: {
            LIBPOD_ARGUMENTS(IoPriorityOp);
            return SetIoPriority(op.priority);
        }
        case Op::kMemoryPolicy: {
            LIBPOD_ARGUMENTS(MemoryPolicyOp);
            return SetMemoryPolicy(op.mode, op.nodes);
        }
        case Op::kExecLabel: {
            LIBPOD_ARGUMENTS(ExecLabelOp);
            return ExecLabel(op);
        }
        case Op::kUmask: {
            LIBPOD_ARGUMENTS(UmaskOp);
            umask(op.mask);
            return Ok();
        }
        case Op::kBounding: {
            LIBPOD_ARGUMENTS(BoundingOp);
            return DropBounding(op.capabilities);
        }
        case Op::kUser: {
            LIBPOD_ARGUMENTS(UserOp);
            return BecomeUser(op.uid, op.gid, op.groups);
        }
        case Op::kCapabilities: {
            LIBPOD_ARGUMENTS(CapabilitiesOp);
            return SetCapabilities(op.effective, op.permitted, op.inheritable, op.ambient);
        }
        case Op::kNoNewPrivileges:
            return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? Ok() : Fail("prctl(PR_SET_NO_NEW_PRIVS)");
        case Op::kSeccomp: {
            LIBPOD_ARGUMENTS(SeccompOp);
            return Seccomp(op.filter, op.flags, nullptr);
        }
        case Op::kSeccompNotify: {
            LIBPOD_ARGUMENTS(SeccompNotifyOp);
            return SeccompNotify(op);
        }
        case Op::kWorkingDirectory: {
            LIBPOD_ARGUMENTS(WorkingDirectoryOp);
            return WorkingDirectory(op);
        }
        case Op::kDeathSignal: {
            LIBPOD_ARGUMENTS(DeathSignalOp);
            return prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(op.signal), 0, 0, 0) == 0
                       ? Ok()
                       : Fail("prctl(PR_SET_PDEATHSIG)");
        }
        case Op::kFindExecutable: {
            LIBPOD_ARGUMENTS(FindExecutableOp);
            return FindExecutable(op);
        }
        case Op::kHook: {
            LIBPOD_ARGUMENTS(HookOp);
            return RunHook(op, getpid(), detail_, sizeof detail_);
        }
        case Op::kAwaitStart:
            return AwaitStart();
        case Op::kPause:
            return Pause();
        case Op::kExec: {
            LIBPOD_ARGUMENTS(ExecOp);
            return Exec(op);
        }
        default:
            return FailWith("decode", ENOSYS);
    }
}

Status Child::Session(bool terminal) {
    if (setsid() < 0) return Fail("setsid");
    if (!terminal) return Ok();
    if (!terminal_.valid()) return FailWith("ioctl(TIOCSCTTY)", ENOTTY);
    return ioctl(terminal_.get(), TIOCSCTTY, 0) == 0 ? Ok() : Fail("ioctl(TIOCSCTTY)");
}

// A procfs of our own: whatever the container's root or mounts put at /proc cannot redirect a write.
Status Child::OpenSysctlFiles() {
    if (proc_.valid()) return Ok();
    FsContext context;
    LIBPOD_TRY(context.Open("proc"));
    return context.Create(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &proc_);
}

// In a user namespace that does not own the PID namespace no procfs can be mounted: the host's, which is
// still in reach, does as well. Its parameters are those of whoever writes, and so are the rights over them.
Status Child::KeepSysctlFiles() {
    Status status = OpenSysctlFiles();
    if (status.ok() || status.error != EPERM) return status;
    proc_.Reset(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return proc_.valid() ? Ok() : Fail("open");
}

Status Child::WriteProc(const char* path, const Text& value) {
    LIBPOD_TRY(OpenSysctlFiles());
    OwnedFd file(sys::Openat2(proc_.get(), path, O_WRONLY, 0,
                              RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV));
    if (!file.valid()) return Fail("openat2");
    return WriteAll(file.get(), value.c_str(), value.size);
}

Status Child::Sysctl(const SysctlOp& op) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "sys/%s", op.path.c_str()) >= static_cast<int>(sizeof path))
        return FailWith("openat2", ENAMETOOLONG);
    return WriteProc(path, op.value);
}

Status Child::ExecLabel(const ExecLabelOp& op) {
    char path[64];
    if (snprintf(path, sizeof path, "%d/attr/%s", static_cast<int>(getpid()), op.file.c_str()) >=
        static_cast<int>(sizeof path))
        return FailWith("openat2", ENAMETOOLONG);
    return WriteProc(path, op.label);
}

// With `listener` the filter has one, which goes there.
Status Child::Seccomp(const Bytes& bytes, unsigned flags, OwnedFd* listener) {
    if (bytes.size == 0 || bytes.size % sizeof(struct sock_filter) != 0) return FailWith("seccomp", EINVAL);
    size_t count = bytes.size / sizeof(struct sock_filter);
    if (count > BPF_MAXINSNS) return FailWith("seccomp", E2BIG);
    // The bytes of the program are not aligned.
    auto* filter = static_cast<struct sock_filter*>(Allocate(bytes.size));
    if (filter == nullptr) return FailWith("mmap", ENOMEM);
    memcpy(filter, bytes.data, bytes.size);
    struct sock_fprog program = {static_cast<unsigned short>(count), filter};
    if (listener != nullptr) flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long answer = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (answer < 0) return Fail("seccomp");
    if (listener != nullptr) listener->Reset(static_cast<int>(answer));
    return Ok();
}

Status Child::ConnectListener(const char* path) {
    // In a PID namespace of its own the process knows itself by another number.
    char link[16] = "";
    if (readlink("/proc/self", link, sizeof link - 1) < 0) return Fail("readlink");
    for (const char* digit = link; *digit >= '0' && *digit <= '9'; digit++)
        host_pid_ = host_pid_ * 10 + (*digit - '0');
    return ConnectTo(path, &seccomp_socket_);
}

// Between the filter and the message there is no other system call: whoever is to answer for them has not
// heard of this process before.
Status Child::SeccompNotify(const SeccompNotifyOp& op) {
    constexpr size_t kMostDigits = 12;
    size_t room = op.state.size + op.pids_at.count * kMostDigits;
    auto* text = static_cast<char*>(Allocate(room + 1));
    if (text == nullptr) return FailWith("mmap", ENOMEM);
    size_t size = 0, from = 0;
    for (uint32_t i = 0; i < op.pids_at.count; i++) {
        size_t hole = op.pids_at[i];
        if (hole < from || hole > op.state.size) return FailWith("seccomp", EINVAL);
        memcpy(text + size, op.state.data + from, hole - from);
        size += hole - from;
        size += static_cast<size_t>(snprintf(text + size, kMostDigits, "%d", host_pid_));
        from = hole;
    }
    memcpy(text + size, op.state.data + from, op.state.size - from);
    size += op.state.size - from;
    OwnedFd listener;
    LIBPOD_TRY(Seccomp(op.filter, op.flags, &listener));
    ssize_t sent = SendWithFd(seccomp_socket_.get(), text, size, listener.get());
    if (sent < 0) return Fail("sendmsg");
    seccomp_socket_.Reset();
    return static_cast<size_t>(sent) == size ? Ok() : FailWith("sendmsg", EMSGSIZE);
}

Status Child::WorkingDirectory(const WorkingDirectoryOp& op) {
    if (op.make != 0) {
        OwnedFd root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), made;
        if (!root.valid()) return Fail("open");
        LIBPOD_TRY(MakeDirectoryInRoot(root.get(), op.path.c_str(), 0755, &made));
    }
    if (chdir(op.path.c_str()) != 0) return Fail("chdir");
    // A magic link such as /proc/self/fd/N may lead to a directory outside the root (CVE-2024-21626): the
    // kernel then answers "(unreachable)/...", the C library ENOENT.
    char where[PATH_MAX];
    if (syscall(SYS_getcwd, where, sizeof where) < 0) return Fail("getcwd");
    return where[0] == '/' ? Ok() : FailWith("getcwd", EXDEV);
}

Status Child::FindExecutable(const FindExecutableOp& op) {
    int answer = ENOENT;
    auto consider = [&](const char* directory) {
        const char* format = directory[0] == '\0' ? "%s%s" : "%s/%s";
        if (snprintf(executable_, sizeof executable_, format, directory, op.name.c_str()) >=
            static_cast<int>(sizeof executable_)) {
            return false;
        }
        struct stat info;
        if (stat(executable_, &info) != 0) {
            if (errno != ENOENT && errno != ENOTDIR) answer = errno;
            return false;
        }
        bool runnable = S_ISREG(info.st_mode) && faccessat(AT_FDCWD, executable_, X_OK, AT_EACCESS) == 0;
        if (!runnable) answer = EACCES;
        return runnable;
    };
    if (strchr(op.name.c_str(), '/') != nullptr) return consider("") ? Ok() : FailWith("stat", answer);
    for (Text directory : op.search) {
        if (consider(directory.c_str())) return Ok();
    }
    return FailWith("stat", answer);
}

Status Child::AwaitStart() {
    Report report = {};
    report.kind = ReportKind::kReady;
    if (!SendReport(channel_, report)) return Fail("sendmsg");
    if (gate_ < 0) return Await(ReportKind::kGo);
    // The launcher is told nothing more, and need not be there any more.
    close(channel_);
    OwnedFd starter;
    LIBPOD_TRY(WaitAtGate(gate_, &starter));
    close(gate_);
    channel_ = starter.Release();
    started_ = true;
    return Ok();
}

// The standard streams are the container's; every other descriptor goes with the execve.
Status Child::TakeStreams() {
    int input = terminal_.valid() ? terminal_.get() : stdio_->child_input.get();
    int output = terminal_.valid() ? terminal_.get() : stdio_->child_output.get();
    int error = terminal_.valid() ? terminal_.get() : stdio_->child_error.get();
    if (input >= 0 && dup2(input, STDIN_FILENO) < 0) return Fail("dup2");
    if (output >= 0 && dup2(output, STDOUT_FILENO) < 0) return Fail("dup2");
    if (error >= 0 && dup2(error, STDERR_FILENO) < 0) return Fail("dup2");
    LIBPOD_TRY(PlacePreserved());
    unsigned first = 3 + static_cast<unsigned>(stdio_->preserved_count);
    if (sys::CloseRange(first, ~0u, CLOSE_RANGE_CLOEXEC) != 0) return Fail("close_range");
    return Ok();
}

// From 3 on, where something else may stand: all that is still needed makes room first.
Status Child::PlacePreserved() {
    int count = stdio_->preserved_count;
    if (count == 0) return Ok();
    int end = 3 + count;
    auto move_up = [end](int* fd) {
        if (*fd >= end || *fd < 3) return true;
        *fd = fcntl(*fd, F_DUPFD_CLOEXEC, end);
        return *fd >= 0;
    };
    int init = init_.Release();
    if (!move_up(&channel_) || !move_up(&init)) return Fail("fcntl(F_DUPFD_CLOEXEC)");
    init_.Reset(init);
    int from[kMostPreserved];
    for (int i = 0; i < count; i++) {
        from[i] = stdio_->preserved[i].get();
        if (!move_up(&from[i])) return Fail("fcntl(F_DUPFD_CLOEXEC)");
    }
    for (int i = 0; i < count; i++) {
        if (from[i] < 0) {
            close(3 + i);
        } else if (dup2(from[i], 3 + i) < 0) {
            return Fail("dup2");
        }
    }
    return Ok();
}

Status Child::Exec(const ExecOp& op) {
    LIBPOD_TRY(TakeStreams());
    // With room in front for the words of an init.
    constexpr size_t kInitWords = 2;
    auto list = [](const Texts& texts) {
        auto** items = static_cast<char**>(Allocate((kInitWords + texts.count() + 1) * sizeof(char*)));
        if (items == nullptr) return items;
        size_t index = kInitWords;
        for (Text text : texts) items[index++] = const_cast<char*>(text.c_str());
        return items;
    };
    char** words = list(op.arguments);
    char** environment = list(op.environment);
    if (words == nullptr || environment == nullptr) return FailWith("mmap", ENOMEM);
    char** arguments = words + kInitWords;
    environment += kInitWords;
    // The monitor reset all that it inherited, and ignores this one alone.
    signal(SIGPIPE, SIG_DFL);
    // An init takes its signals when it is ready; one that came before would be lost to a PID 1 without
    // handlers.
    sigset_t blocked;
    if (init_.valid()) {
        sigfillset(&blocked);
    } else {
        sigemptyset(&blocked);
    }
    sigprocmask(SIG_SETMASK, &blocked, nullptr);
    if (init_.valid()) {
        words[0] = const_cast<char*>(kInitName);
        words[1] = executable_;
        syscall(SYS_execveat, init_.get(), "", words, environment, AT_EMPTY_PATH);
        return Fail("execveat");
    }
    execve(executable_, arguments, environment);
    return Fail("execve");
}

Status Child::Pause() {
    LIBPOD_TRY(TakeStreams());
    signal(SIGPIPE, SIG_DFL);
    // It takes its signals when it is ready: one that came before would be lost to a PID 1 without handlers.
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    char* words[] = {const_cast<char*>(kPauseName), nullptr};
    char* environment[] = {nullptr};
    syscall(SYS_execveat, init_.get(), "", words, environment, AT_EMPTY_PATH);
    return Fail("execveat");
}

}  // namespace libpod
