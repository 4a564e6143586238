#include "sys/spawn_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/process.h"
#include "sys/syscalls.h"
#include "sys/vfork.h"

namespace libpod {
namespace {

// Everything that the child needs, made before it exists: it may not allocate.
struct ChildContext : VforkContext {
    const ProcessRequest* request;
    char* const* arguments;
    char* const* environment;
    int* copies;  // one place for each descriptor
};

void PlaceDescriptors(ChildContext* context) {
    const std::vector<int>& wanted = context->request->descriptors;
    int count = static_cast<int>(wanted.size());
    // Out of the way first, or a dup2 below might close what a later one needs.
    for (int i = 0; i < count; i++) {
        int source = wanted[i];
        int null_device = source < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
        if (source < 0 && null_device < 0) VforkFail(context, "open");
        context->copies[i] = fcntl(source < 0 ? null_device : source, F_DUPFD_CLOEXEC, count);
        if (context->copies[i] < 0) VforkFail(context, "fcntl(F_DUPFD_CLOEXEC)");
        if (null_device >= 0) close(null_device);
    }
    for (int i = 0; i < count; i++) {
        if (dup2(context->copies[i], i) < 0) VforkFail(context, "dup2");
    }
    if (sys::CloseRange(static_cast<unsigned>(count), ~0u, 0) != 0) VforkFail(context, "close_range");
}

// Runs in the parent's memory: system calls only, no allocation, no lock.
[[noreturn]] __attribute__((noinline)) void ChildMain(ChildContext* context) {
    const ProcessRequest& request = *context->request;
    for (const std::string& file : request.tasks_files) {
        int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
        if (fd < 0) VforkFail(context, "open");
        if (write(fd, "0", 1) != 1) VforkFail(context, "write");
        close(fd);
    }
    PlaceDescriptors(context);
    if (request.session && setsid() < 0) VforkFail(context, "setsid");
    if (!request.directory.empty() && chdir(request.directory.c_str()) != 0) VforkFail(context, "chdir");
    // Last: until here every signal is blocked. Node ignores SIGPIPE, which an execve would hand on.
    ResetSignals();
    int error = ENOENT;
    for (const std::string& file : request.files) {
        execve(file.c_str(), context->arguments, context->environment);
        // As execvp(3): what is found and may not be executed is remembered, in case nothing better comes.
        if (errno == EACCES) error = EACCES;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) VforkFail(context, "execve");
    }
    errno = error;
    VforkFail(context, "execve");
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

Status SpawnProcess(const ProcessRequest& request, StartedProcess* out) {
    LIBPOD_TRY(EnterNamespaces(request.entries.data(), static_cast<uint32_t>(request.entries.size())));
    std::vector<char*> arguments = Pointers(request.arguments);
    std::vector<char*> environment = Pointers(request.environment);
    std::vector<int> copies(request.descriptors.size());
    ChildContext context = {{}, &request, arguments.data(), environment.data(), copies.data()};
    struct clone_args clone = {};
    clone.exit_signal = SIGCHLD;
    return Vfork(clone, request.cgroup, &context, ChildMain, &out->pid, &out->pidfd);
}

}  // namespace libpod
