#include "sys/id_maps.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "sys/file.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// The kernel takes a map in one write of less than a page.
constexpr size_t kMostMap = 4096;

Status WriteMap(pid_t pid, const char* name, Words map) {
    char text[kMostMap];
    size_t size = 0;
    for (uint32_t i = 0; i + 2 < map.count; i += 3) {
        int length = snprintf(text + size, sizeof text - size, "%u %u %u\n", map[i], map[i + 1], map[i + 2]);
        size += static_cast<size_t>(length);
        if (size >= sizeof text) return FailWith("write", E2BIG);
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", static_cast<int>(pid), name);
    return WriteKernelFile(AT_FDCWD, path, text, size);
}

}  // namespace

Status WriteIdMaps(pid_t pid, Words uids, Words gids) {
    LIBPOD_TRY(WriteMap(pid, "uid_map", uids));
    return WriteMap(pid, "gid_map", gids);
}

Status MakeUserNamespace(Words uids, Words gids, OwnedFd* out) {
    struct clone_args arguments = {};
    arguments.flags = CLONE_NEWUSER;
    arguments.exit_signal = SIGCHLD;
    int pid = sys::Clone3(&arguments);
    if (pid < 0) return Fail("clone3");
    if (pid == 0) {
        // Until it is killed; and not longer than a page of kernel time if nobody is left to do so.
        for (int waited = 0; waited < 60'000; waited++) usleep(1000);
        _exit(0);
    }
    Status status = WriteIdMaps(pid, uids, gids);
    if (status.ok()) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
        out->Reset(open(path, O_RDONLY | O_CLOEXEC));
        if (!out->valid()) status = Fail("open");
    }
    kill(pid, SIGKILL);
    siginfo_t ended;
    (void)waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED);
    return status;
}

}  // namespace libpod
