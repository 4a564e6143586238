#include "sys/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/mount.h"
#include "sys/pass_fd.h"
#include "sys/syscalls.h"
#include "sys/vfork.h"

namespace libpod {
namespace {

constexpr unsigned kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Status OpenThroughOverlay(const char* directory, const char* name, const char* empty_directory,
                          OwnedFd* out) {
    FsContext context;
    LIBPOD_TRY(context.Open("overlay"));
    std::string lower;
    for (const char* layer : {directory, empty_directory}) {
        if (!lower.empty()) lower += ':';
        for (const char* at = layer; *at != '\0'; at++) {
            if (*at == ':' || *at == '\\') lower += '\\';
            lower += *at;
        }
    }
    LIBPOD_TRY(context.SetString("lowerdir", lower.c_str()));
    OwnedFd mount;
    LIBPOD_TRY(context.Create(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, &mount));
    out->Reset(openat(mount.get(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    return out->valid() ? Ok() : Fail("openat");
}

Status CopySealed(const char* directory, const char* name, OwnedFd* out) {
    std::string path = std::string(directory) + "/" + name;
    OwnedFd source(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info;
    if (!source.valid() || fstat(source.get(), &info) != 0) return Fail("open");
    OwnedFd copy(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!copy.valid()) return Fail("memfd_create");
    for (off_t left = info.st_size; left > 0;) {
        ssize_t count = sendfile(copy.get(), source.get(), nullptr, static_cast<size_t>(left));
        if (count <= 0) return Fail("sendfile");
        left -= count;
    }
    if (fchmod(copy.get(), 0500) != 0) return Fail("fchmod");
    if (fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return Fail("fcntl(F_ADD_SEALS)");
    *out = static_cast<OwnedFd&&>(copy);
    return Ok();
}

Status ProgramFile(const uint8_t* program, size_t size, OwnedFd* out) {
    out->Reset(memfd_create("launch-program", MFD_CLOEXEC));
    if (!out->valid()) return Fail("memfd_create");
    return WriteAll(out->get(), program, size);
}

struct ChildContext : VforkContext {
    const SpawnRequest* request;
    int birth;
    int program;
};

// Runs in the parent's memory: system calls only, no allocation, no lock.
[[noreturn]] __attribute__((noinline)) void ChildMain(ChildContext* context) {
    for (const std::string& file : context->request->tasks_files) {
        int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
        if (fd < 0) VforkFail(context, "open");
        if (write(fd, "0", 1) != 1) VforkFail(context, "write");
        close(fd);
    }
    // Out of the way first, or a dup2 below might close what the next one needs.
    int executable = fcntl(context->request->executable, F_DUPFD_CLOEXEC, 16);
    int birth = fcntl(context->birth, F_DUPFD_CLOEXEC, 16);
    int program = context->program < 0 ? -1 : fcntl(context->program, F_DUPFD_CLOEXEC, 16);
    int null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool copied = executable >= 0 && birth >= 0 && (program >= 0 || context->program < 0);
    int descriptors[kMostDescriptors];
    size_t count = context->request->descriptors.size();
    for (size_t i = 0; i < count && copied; i++) {
        descriptors[i] = fcntl(context->request->descriptors[i], F_DUPFD_CLOEXEC, 16);
        copied = descriptors[i] >= 0;
    }
    if (!copied || null_device < 0) VforkFail(context, "fcntl(F_DUPFD_CLOEXEC)");
    for (int fd = 0; fd < 3; fd++) {
        if (dup2(null_device, fd) < 0) VforkFail(context, "dup2");
    }
    if (dup2(birth, 3) < 0 || dup3(executable, 5, O_CLOEXEC) < 0) VforkFail(context, "dup2");
    if (program < 0) {
        close(4);
    } else if (dup2(program, 4) < 0) {
        VforkFail(context, "dup2");
    }
    for (size_t i = 0; i < count; i++) {
        if (dup2(descriptors[i], kFirstDescriptor + static_cast<int>(i)) < 0) VforkFail(context, "dup2");
    }
    if (sys::CloseRange(kFirstDescriptor + static_cast<unsigned>(count), ~0u, 0) != 0)
        VforkFail(context, "close_range");
    if (setsid() < 0) VforkFail(context, "setsid");
    if (chdir("/") != 0) VforkFail(context, "chdir");
    char name[] = "libpod-monitor";
    char* arguments[] = {name, nullptr};
    char* environment[] = {nullptr};
    syscall(SYS_execveat, 5, "", arguments, environment, AT_EMPTY_PATH);
    VforkFail(context, "execveat");
}

}  // namespace

Status OpenExecutable(const char* directory, const char* name, const char* empty_directory, OwnedFd* out,
                      bool* sealed) {
    *sealed = false;
    if (OpenThroughOverlay(directory, name, empty_directory, out).ok()) return Ok();
    *sealed = true;
    return CopySealed(directory, name, out);
}

Status SpawnMonitor(const SpawnRequest& request, Spawned* out) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Fail("socketpair");
    OwnedFd mine(ends[0]), birth(ends[1]);
    OwnedFd program;
    if (request.program != nullptr) LIBPOD_TRY(ProgramFile(request.program, request.program_size, &program));

    ChildContext context = {{}, &request, birth.get(), program.get()};
    struct clone_args arguments = {};
    arguments.flags = request.clone_flags;
    LIBPOD_TRY(Vfork(arguments, request.cgroup, &context, ChildMain, &out->pid, &out->pidfd));
    out->socket = static_cast<OwnedFd&&>(mine);
    return Ok();
}

Status SendProgram(int socket, const uint8_t* program, size_t size, const uint8_t* words, size_t words_size) {
    OwnedFd file;
    LIBPOD_TRY(ProgramFile(program, size, &file));
    // The program comes with one byte; the words follow it.
    std::vector<uint8_t> message(1, 'P');
    message.insert(message.end(), words, words + words_size);
    ssize_t count = SendWithFd(socket, message.data(), message.size(), file.get());
    if (count < 0) return Fail("sendmsg");
    return static_cast<size_t>(count) == message.size() ? Ok() : FailWith("sendmsg", EAGAIN);
}

}  // namespace libpod
