// libpod-monitor: stands over one container. Started by the engine with one or two descriptors and nothing
// else:
//     3  the birth connection, a stream socket that speaks the control protocol
//     4  the launch program, a memory file; without it the monitor is kept ready, and the program comes
//     later, as a
//        descriptor over the birth connection; the end of that connection is then the end of the monitor
// It is static, takes no arguments, reads no environment and no configuration.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "monitor/monitor.h"
#include "sys/pass_fd.h"
#include "sys/process.h"

namespace {

constexpr int kBirthFd = 3;
constexpr int kProgramFd = 4;
constexpr int kUsage = 64;  // EX_USAGE of sysexits(3)

// Waits for the program of a monitor that is kept ready; -1 when nobody needs it any more.
int ReceiveProgram() {
    uint8_t byte;
    int fd;
    return libpod::ReceiveWithFd(kBirthFd, &byte, sizeof byte, &fd) == 1 ? fd : -1;
}

int Refuse(const char* why) {
    char text[160];
    int size = snprintf(text, sizeof text,
                        "libpod-monitor: %s; it is started by libpod and is no command of its own\n", why);
    (void)!write(STDERR_FILENO, text, static_cast<size_t>(size));
    return kUsage;
}

}  // namespace

int main() {
    struct stat info;
    if (fstat(kBirthFd, &info) != 0 || !S_ISSOCK(info.st_mode)) return Refuse("descriptor 3 is not a socket");
    libpod::ResetInherited();
    int program_fd = kProgramFd;
    if (fstat(kProgramFd, &info) != 0) {
        program_fd = ReceiveProgram();
        if (program_fd < 0) return 0;
        if (fstat(program_fd, &info) != 0) return Refuse("the launch program is not there");
    }
    if (info.st_size <= 0) return Refuse("the launch program is empty");
    size_t size = static_cast<size_t>(info.st_size);
    void* bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, program_fd, 0);
    if (bytes == MAP_FAILED) return Refuse("the launch program cannot be mapped");
    close(program_fd);
    fcntl(kBirthFd, F_SETFD, FD_CLOEXEC);
    libpod::Program program;
    const char* wrong = program.Load(static_cast<const uint8_t*>(bytes), size);
    if (wrong != nullptr) return Refuse(wrong);
    libpod::Monitor monitor(program, libpod::OwnedFd(kBirthFd));
    return monitor.Run();
}
