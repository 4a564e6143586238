// A launcher: the child that has an OCI runtime make the container, or a session's process, in place of
// becoming it.
//
// It may have a mount namespace of its own, in which it shows what the runtime is to find at a path: the
// root, namespaces. The container keeps what it was given, and the rest goes with the launcher. Whatever is
// orphaned by the runtime falls to the monitor, the nearest subreaper.
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "monitor/child.h"
#include "sys/file.h"
#include "sys/local_socket.h"
#include "sys/mount.h"
#include "sys/pass_fd.h"
#include "sys/process.h"
#include "sys/run_program.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// How often to look whether the runtime has let go of the process, which a helper of it may hold a moment
// longer than it lives itself, and how often.
constexpr useconds_t kLookAgainUs = 2000;
constexpr int kMostLooks = 2500;

// Attaches a namespace, which a descriptor refers to, over an empty file.
Status ShowNamespace(int fd, const char* at) {
    OwnedFd mount, target;
    LIBPOD_TRY(CloneMount(fd, "", false, &mount));
    LIBPOD_TRY(WriteFile(AT_FDCWD, at, 0600, 0, "", 0));
    target.Reset(open(at, O_PATH | O_CLOEXEC));
    if (!target.valid()) return Fail("open");
    return AttachMount(mount.get(), target.get());
}

// What an OCI runtime writes to its log meanwhile.
class RuntimeLog {
  public:
    explicit RuntimeLog(const char* path) : path_(path), begin_(Size()) {}

    // Puts its last line in the place of what is known of a failure, if it has written one.
    void Quote(char* detail, size_t capacity) const {
        char text[8192];
        off_t end = Size(), begin = begin_;
        if (end - begin >= static_cast<off_t>(sizeof text)) begin = end - static_cast<off_t>(sizeof text) + 1;
        OwnedFd file(open(path_, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (!file.valid()) return;
        ssize_t size = pread(file.get(), text, sizeof text - 1, begin);
        while (size > 0 && text[size - 1] == '\n') size--;
        if (size <= 0) return;
        text[size] = '\0';
        const char* newline = strrchr(text, '\n');
        const char* line = newline == nullptr ? text : newline + 1;
        size_t length = strlen(line) < capacity ? strlen(line) : capacity - 1;
        memcpy(detail, line, length);
        detail[length] = '\0';
    }

  private:
    off_t Size() const {
        struct stat info;
        return stat(path_, &info) == 0 ? info.st_size : 0;
    }

    const char* path_;
    off_t begin_;
};

// Waits until a process is the child of another one, to which it falls when those in between are gone.
Status AwaitOrphan(pid_t pid, pid_t heir) {
    for (int looks = 0; looks < kMostLooks; looks++) {
        pid_t parent = ParentOf(pid);
        if (parent == heir) return Ok();
        if (parent == 0) return FailWith("waitid", ESRCH);
        usleep(kLookAgainUs);
    }
    return FailWith("waitid", ECHILD);
}

}  // namespace

Status Child::HoldNamespace(const NamespaceHoldOp& op) {
    OwnedFd fd(open(op.path.c_str(), O_PATH | O_CLOEXEC));
    if (!fd.valid()) return Fail("open");
    // Looked at after the open, as JoinNamespace does.
    if (op.pid != 0 && StartTicks(static_cast<int>(op.pid)) != op.start_ticks) return FailWith("open", ESRCH);
    return ShowNamespace(fd.get(), op.at.c_str());
}

Status Child::HoldNetwork(const NetworkHoldOp& op) {
    OwnedFd own(open("/proc/self/ns/net", O_PATH | O_CLOEXEC));
    if (!own.valid()) return Fail("open");
    LIBPOD_TRY(ShowNamespace(own.get(), op.at.c_str()));
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", static_cast<int>(getppid()));
    OwnedFd monitors(open(path, O_RDONLY | O_CLOEXEC));
    if (!monitors.valid()) return Fail("open");
    return setns(monitors.get(), CLONE_NEWNET) == 0 ? Ok() : Fail("setns");
}

Status Child::RuntimeCreate(const RuntimeCreateOp& op) {
    pid_t monitor = getppid();
    char directory[PATH_MAX], process[PATH_MAX + 16], pid_file[PATH_MAX + 16], console[PATH_MAX + 16],
        log_file[PATH_MAX + 16];
    int length = snprintf(directory, sizeof directory, "%s/launch-%d", op.directory.c_str(),
                          static_cast<int>(getpid()));
    if (length >= static_cast<int>(sizeof directory)) return FailWith("mkdir", ENAMETOOLONG);
    LIBPOD_TRY(RemoveTree(AT_FDCWD, directory));
    if (mkdir(directory, 0700) != 0) return Fail("mkdir");
    snprintf(process, sizeof process, "%s/process.json", directory);
    snprintf(pid_file, sizeof pid_file, "%s/pid", directory);
    snprintf(console, sizeof console, "%s/console", directory);
    snprintf(log_file, sizeof log_file, "%s/log", directory);
    OwnedFd listener, place(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!place.valid()) return Fail("open");
    if (stdio_->terminal) LIBPOD_TRY(ListenAt(console, SOCK_NONBLOCK, &listener));
    if (op.process.size > 0)
        LIBPOD_TRY(WriteFile(AT_FDCWD, process, 0600, 0, op.process.data, op.process.size));
    // The address of a socket has 107 bytes (unix(7)).
    char short_console[64];
    snprintf(short_console, sizeof short_console, "/proc/%d/fd/%d/console", static_cast<int>(getpid()),
             place.get());
    constexpr size_t kMostWords = 16;
    const char* more[kMostWords];
    size_t count = 0;
    more[count++] = "--log";
    more[count++] = log_file;
    for (Text word : op.verb) {
        if (count + 8 > kMostWords) return FailWith("execve", E2BIG);
        more[count++] = word.c_str();
    }
    more[count++] = "--pid-file";
    more[count++] = pid_file;
    if (stdio_->terminal) {
        more[count++] = "--console-socket";
        more[count++] = short_console;
    }
    if (op.process.size > 0) {
        more[count++] = "--process";
        more[count++] = process;
    }
    more[count++] = op.id.c_str();
    more[count] = nullptr;

    int streams[3] = {stdio_->child_input.get(), stdio_->child_output.get(), stdio_->child_error.get()};
    ProgramRun run = {op.path.c_str(), op.arguments, op.environment, nullptr, 0, op.timeout_ms};
    run.more_arguments = more;
    // With a terminal what the runtime itself says is nobody's output.
    if (!stdio_->terminal) run.streams = streams;
    RuntimeLog log(log_file);
    Status status = RunProgram(run, detail_, sizeof detail_);
    if (!status.ok()) {
        log.Quote(detail_, sizeof detail_);
        (void)RemoveTree(AT_FDCWD, directory).ok();
        return status;
    }
    char text[32];
    bool told = ReadFile(AT_FDCWD, pid_file, text, sizeof text) > 0;
    auto pid = static_cast<pid_t>(told ? ParseNumber(text) : 0);
    if (pid <= 0) {
        snprintf(detail_, sizeof detail_, "it has written no PID to its --pid-file");
        return FailWith("open", ENODATA);
    }
    if (stdio_->terminal) LIBPOD_TRY(TakeTerminal(listener.get(), op));
    (void)RemoveTree(AT_FDCWD, directory).ok();
    stdio_->CloseChildEnds();
    status = AwaitOrphan(pid, monitor);
    if (!status.ok()) {
        snprintf(detail_, sizeof detail_, "process %d has not become an orphan", static_cast<int>(pid));
        return status;
    }
    Report report = {};
    report.kind = ReportKind::kBorn;
    report.pid = pid;
    return SendReport(channel_, report) ? Ok() : Fail("sendmsg");
}

// The runtime has connected, and sent the terminal's master: runc, Terminals and Standard IO.
Status Child::TakeTerminal(int listener, const RuntimeCreateOp& op) {
    OwnedFd connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    int master = -1;
    char name[256];
    if (connection.valid()) (void)!ReceiveWithFd(connection.get(), name, sizeof name, &master);
    if (master < 0) {
        snprintf(detail_, sizeof detail_, "it has sent no terminal to its --console-socket");
        return FailWith("recvmsg", ENODATA);
    }
    OwnedFd terminal(master);
    struct winsize size = {};
    size.ws_row = static_cast<unsigned short>(op.rows);
    size.ws_col = static_cast<unsigned short>(op.columns);
    if (size.ws_row != 0) ioctl(terminal.get(), TIOCSWINSZ, &size);
    Report report = {};
    report.kind = ReportKind::kConsole;
    return SendReport(channel_, report, terminal.get()) ? Ok() : Fail("sendmsg");
}

Status Child::RuntimeRun(const RuntimeRunOp& op) {
    ProgramRun run = {op.path.c_str(), op.arguments, op.environment, nullptr, 0, op.timeout_ms};
    RuntimeLog log(op.log.c_str());
    Status status = RunProgram(run, detail_, sizeof detail_);
    if (!status.ok()) {
        log.Quote(detail_, sizeof detail_);
        return status;
    }
    Report report = {};
    report.kind = ReportKind::kStarted;
    return SendReport(channel_, report) ? Ok() : Fail("sendmsg");
}

}  // namespace libpod
