#include "sys/operation.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sys/directory.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/pass_fd.h"
#include "sys/root.h"
#include "sys/syscalls.h"

#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

namespace libpod {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;

int Number(const Operation& operation, int index) {
    return static_cast<int>(operation.numbers[index]);
}

// Where the operation's paths begin. The mount namespace may be a stranger's, so even `/` is a root to stay
// in: a symlink there could else lead through /proc/self/fd to descriptors of this process.
Status OpenRoot(const Operation& operation, OwnedFd* own, int* root) {
    *root = operation.root;
    if (operation.root >= 0) return Ok();
    own->Reset(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    *root = own->get();
    return own->valid() ? Ok() : Fail("open");
}

Status OpenPath(const Operation& operation, uint32_t text, int flags, OwnedFd* out) {
    OwnedFd own;
    int root;
    LIBPOD_TRY(OpenRoot(operation, &own, &root));
    return OpenInRoot(root, operation.Text(text), flags, out);
}

Status Open(const Operation& operation, Answer* answer) {
    OwnedFd own;
    int root;
    LIBPOD_TRY(OpenRoot(operation, &own, &root));
    return OpenInRoot(root, operation.Text(0), Number(operation, 0), &answer->fd,
                      static_cast<unsigned>(Number(operation, 1)));
}

Status Read(const Operation& operation, Answer* answer) {
    OwnedFd file;
    // Non-blocking: opening a FIFO would wait for a writer for ever.
    LIBPOD_TRY(OpenPath(operation, 0, O_RDONLY | O_NONBLOCK | O_NOCTTY, &file));
    struct stat info;
    if (fstat(file.get(), &info) != 0) return Fail("fstat");
    if (S_ISDIR(info.st_mode)) return FailWith("read", EISDIR);
    if (!S_ISREG(info.st_mode)) return FailWith("fstat", EINVAL);
    for (;;) {
        ssize_t count = read(file.get(), answer->data + answer->size, kAnswerCapacity - answer->size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Fail("read");
        if (count == 0) return answer->size < kAnswerCapacity ? Ok() : FailWith("read", EFBIG);
        answer->size += static_cast<uint32_t>(count);
    }
}

Status List(const Operation& operation, Answer* answer) {
    OwnedFd found;
    LIBPOD_TRY(OpenPath(operation, 0, O_PATH | O_DIRECTORY, &found));
    Directory directory;
    LIBPOD_TRY(directory.Open(found.get(), "."));
    DirectoryEntry entry;
    while (directory.Next(&entry)) {
        size_t length = strlen(entry.name) + 1;
        if (answer->size + 1 + length > kAnswerCapacity) return FailWith("getdents64", EFBIG);
        answer->data[answer->size] = static_cast<char>(entry.type);
        memcpy(answer->data + answer->size + 1, entry.name, length);
        answer->size += static_cast<uint32_t>(1 + length);
    }
    return directory.status();
}

Status Mount(const Operation& operation) {
    OwnedFd target, mount;
    LIBPOD_TRY(OpenPath(operation, 0, O_PATH, &target));
    FsContext context;
    LIBPOD_TRY(context.Open(operation.Text(1)));
    if (operation.text_sizes[2] > 0) LIBPOD_TRY(context.SetString("source", operation.Text(2)));
    const char* options = operation.Text(3);
    for (uint32_t at = 0; at < operation.text_sizes[3]; at += strlen(options + at) + 1) {
        LIBPOD_TRY(context.SetOption(options + at));
    }
    LIBPOD_TRY(context.Create(static_cast<uint64_t>(operation.numbers[0]), &mount));
    return AttachMount(mount.get(), target.get());
}

Status Bind(const Operation& operation) {
    OwnedFd target, source, mount;
    LIBPOD_TRY(OpenPath(operation, 0, O_PATH, &target));
    LIBPOD_TRY(OpenPath(operation, 1, O_PATH, &source));
    LIBPOD_TRY(CloneMount(source.get(), "", operation.numbers[0] != 0, &mount));
    if (operation.numbers[1] != 0) {
        LIBPOD_TRY(SetMountAttributes(mount.get(), static_cast<uint64_t>(operation.numbers[1]), 0,
                                      operation.numbers[0] != 0));
    }
    return AttachMount(mount.get(), target.get());
}

// What is mounted in this namespace can be copied from inside it alone.
Status CloneTree(const Operation& operation, Answer* answer) {
    OwnedFd source;
    LIBPOD_TRY(OpenPath(operation, 0, O_PATH, &source));
    return CloneMount(source.get(), "", operation.numbers[0] != 0, &answer->fd);
}

// umount2(2) takes a path alone: the last component, from inside its directory.
Status Umount(const Operation& operation) {
    const char* path = operation.Text(0);
    const char* slash = strrchr(path, '/');
    const char* name = slash == nullptr ? path : slash + 1;
    char parent[PATH_MAX];
    size_t length = static_cast<size_t>(name - path);
    if (length >= sizeof parent) return FailWith("openat2", ENAMETOOLONG);
    memcpy(parent, path, length);
    parent[length] = '\0';
    OwnedFd own, directory;
    int root;
    LIBPOD_TRY(OpenRoot(operation, &own, &root));
    LIBPOD_TRY(OpenInRoot(root, parent, O_PATH | O_DIRECTORY, &directory));
    if (fchdir(directory.get()) != 0) return Fail("fchdir");
    return sys::Umount(name, Number(operation, 0) | UMOUNT_NOFOLLOW) == 0 ? Ok() : Fail("umount2");
}

Status Hostname(Answer* answer) {
    struct utsname names;
    if (uname(&names) != 0) return Fail("uname");
    answer->size = static_cast<uint32_t>(strlen(names.nodename));
    memcpy(answer->data, names.nodename, answer->size);
    return Ok();
}

Status Clock(const Operation& operation, Answer* answer) {
    struct timespec time;
    if (clock_gettime(Number(operation, 0), &time) != 0) return Fail("clock_gettime");
    answer->number = time.tv_sec * kNanoseconds + time.tv_nsec;
    return Ok();
}

// Only the thread's own directory of /proc tells the thread's namespaces; it is opened before any is entered,
// since there need be no /proc inside. (`task/TID` beneath a process lacks timens_offsets.)
Status OpenOwnProc(OwnedFd* out) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", static_cast<int>(syscall(SYS_gettid)));
    out->Reset(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    return out->valid() ? Ok() : Fail("open");
}

Status Unshare(const Operation& operation, int own_proc, Answer* answer) {
    int type = Number(operation, 0);
    if (unshare(type) != 0) return Fail("unshare");
    if (type == CLONE_NEWNS && operation.numbers[1] != 0) {
        LIBPOD_TRY(SetPropagation(static_cast<uint64_t>(operation.numbers[1])));
    }
    if (operation.text_sizes[0] > 0) {
        LIBPOD_TRY(WriteKernelFile(own_proc, "timens_offsets", operation.Text(0), operation.text_sizes[0]));
    }
    char path[32];
    snprintf(path, sizeof path, "ns/%s", NamespaceFile(type));
    answer->fd.Reset(openat(own_proc, path, O_RDONLY | O_CLOEXEC));
    return answer->fd.valid() ? Ok() : Fail("openat");
}

Status Run(const Operation& operation, int own_proc, Answer* answer) {
    switch (operation.kind) {
        case OperationKind::kOpen:
            return Open(operation, answer);
        case OperationKind::kRead:
            return Read(operation, answer);
        case OperationKind::kList:
            return List(operation, answer);
        case OperationKind::kMount:
            return Mount(operation);
        case OperationKind::kBind:
            return Bind(operation);
        case OperationKind::kUmount:
            return Umount(operation);
        case OperationKind::kSetHostname:
            return sethostname(operation.Text(0), operation.text_sizes[0]) == 0 ? Ok() : Fail("sethostname");
        case OperationKind::kHostname:
            return Hostname(answer);
        case OperationKind::kSocket:
            answer->fd.Reset(
                socket(Number(operation, 0), Number(operation, 1) | SOCK_CLOEXEC, Number(operation, 2)));
            return answer->fd.valid() ? Ok() : Fail("socket");
        case OperationKind::kClock:
            return Clock(operation, answer);
        case OperationKind::kUnshare:
            return Unshare(operation, own_proc, answer);
        case OperationKind::kCloneTree:
            return CloneTree(operation, answer);
        case OperationKind::kHold:
            break;
    }
    return FailWith("operation", ENOSYS);
}

}  // namespace

const char* Operation::Text(uint32_t index) const {
    const char* at = reinterpret_cast<const char*>(this + 1);
    for (uint32_t i = 0; i < index; i++) at += text_sizes[i] + 1;
    return at;
}

Status RunOperation(const Operation& operation, Answer* answer) {
    return Run(operation, -1, answer);
}

Status RunOperationInside(const Operation& operation, Answer* answer) {
    OwnedFd own_proc;
    if (operation.kind == OperationKind::kUnshare) LIBPOD_TRY(OpenOwnProc(&own_proc));
    LIBPOD_TRY(EnterNamespaces(operation.entries, operation.entry_count));
    return Run(operation, own_proc.get(), answer);
}

void SendAnswer(int socket, const Status& status, const Answer& answer) {
    AnswerHeader header = {};
    header.number = answer.number;
    if (status.ok()) {
        header.size = answer.size;
    } else {
        header.error = status.error;
        snprintf(header.stage, sizeof header.stage, "%s", status.stage);
    }
    // Whoever asked may be gone: then nobody wants the answer.
    if (SendWithFd(socket, &header, sizeof header, answer.fd.get()) == sizeof header && header.size > 0) {
        (void)WriteAll(socket, answer.data, header.size).ok();
    }
}

Status ReceiveAnswer(int socket, Answer* answer, char* stage) {
    AnswerHeader header;
    int fd;
    ssize_t count = ReceiveWithFd(socket, &header, sizeof header, &fd);
    if (count < 0) return Fail("recvmsg");
    answer->fd.Reset(fd);
    // The helper was killed before it could answer.
    if (count != sizeof header || header.size > kAnswerCapacity) return FailWith("recvmsg", ECONNRESET);
    while (answer->size < header.size) {
        count = read(socket, answer->data + answer->size, header.size - answer->size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count < 0 ? Fail("read") : FailWith("read", ECONNRESET);
        answer->size += static_cast<uint32_t>(count);
    }
    answer->number = header.number;
    if (header.error == 0) return Ok();
    memcpy(stage, header.stage, sizeof header.stage);
    stage[sizeof header.stage - 1] = '\0';
    return FailWith(stage, header.error);
}

}  // namespace libpod
